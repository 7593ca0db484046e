#!/usr/bin/env bash
# Runs every deliberate defect (docs/mutants.md) in the simulation until a rule notices it, and prints how many seeds that took.
#   scripts/mutants.sh [--seeds N] [--jobs J] [--markdown] [NAME...]
#   scripts/mutants.sh --absent      only looks whether a program contains defects that may not
# EBB_BUILD names another folder of programs than build/release.
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
programs=${EBB_BUILD:-$root/build/release}
simulator=$programs/ebb-simulate
[[ -x $simulator-mutants ]] || die "there is no $simulator-mutants: build it with ./test"

# The selected defect is a variable: where its name is missing, no line asks for it.
contains_defects() { grep -q selected_mutant "$1"; }
contains_defects "$simulator-mutants" || die "$simulator-mutants contains no defects"
for program in ebb ebb-simulate ebb-sign ebb-crashable; do
  if [[ -e $programs/$program ]] && contains_defects "$programs/$program"; then die "$program contains deliberate defects"; fi
done
if [[ ${1:-} == --absent ]]; then
  if "$simulator" --seeds 1 --mutant no_such_defect 2>/dev/null || (($? != 2)); then die "an unknown defect was accepted"; fi
  exit 0
fi
exec python3 "$root/scripts/mutants.py" "$simulator" "$@"
