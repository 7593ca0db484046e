#!/usr/bin/env bash
# The same seed gives the same commands, whatever runs beside it and however it is told to run.
set -euo pipefail
program=$1
digests() { "$program" --digests "$@" | sort -n; }
alone=$(digests --seeds 4 --from 21)
[[ $(wc -l <<<"$alone") == 4 && $(cut -d' ' -f2 <<<"$alone" | sort -u | wc -l) == 4 ]]
[[ $(digests --seeds 4 --from 21 --jobs 4) == "$alone" ]]
script=$(mktemp)
trap 'rm -f "$script"' EXIT
"$program" --print-script 22 >"$script"
[[ $(digests --seeds 1 --from 22 --script "$script") == "$(sed -n 2p <<<"$alone")" ]]
