#!/usr/bin/env bash
# Runs so many seeds (100,000) of the simulation from the first one (1) on, and prints seeds, events, faults and events a second.
# A seed that breaks a rule is printed with the command that repeats it, and a shorter script that breaks the same rule.
#   scripts/simulate_many.sh [N] [FIRST]
# EBB_BUILD names another folder of programs than build/release, EBB_JOBS another number of threads than there are cores.
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
seeds=${1:-100000}
first=${2:-1}
programs=${EBB_BUILD:-$root/build/release}
[[ -x $programs/ebb-simulate ]] || die "there is no $programs/ebb-simulate: build it with ./test"
exec "$programs/ebb-simulate" --seeds "$seeds" --from "$first" --jobs "${EBB_JOBS:-$(nproc)}" --shrink
