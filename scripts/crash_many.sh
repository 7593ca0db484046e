#!/usr/bin/env bash
# Kills the trader so many times (200) with SIGKILL, and prints what was lost, what was doubled, and how soon trading went on.
#   scripts/crash_many.sh [N] [options of ebb-crashtest]
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
runs=${1:-200}
if (($# > 0)); then shift; fi
programs=${EBB_BUILD:-$root/build/release}
[[ -x $programs/ebb-crashtest ]] || die "there is no $programs/ebb-crashtest: build it with ./test"
exec "$programs/ebb-crashtest" --runs "$runs" "$@"
