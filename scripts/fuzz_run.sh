#!/usr/bin/env bash
# Runs one libFuzzer target over its corpus, what grew from it, and what the recordings give.
#   scripts/fuzz_run.sh PROGRAM NAME CORPUS SECONDS [libFuzzer options]
# What grows goes to build/fuzz_corpus/NAME, an input that fails to build/fuzz_findings/. EBB_RECORDED_DATA names the recordings.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$(realpath "$1") name=$2 corpus=$3 seconds=$4
shift 4
grown=$root/build/fuzz_corpus/$name
findings=$root/build/fuzz_findings
mkdir -p "$grown" "$findings"
folders=("$grown" "$root/fuzz/corpus/$corpus")
recorded=${EBB_RECORDED_DATA:-$root/../shared/data}
if [[ -d $recorded ]]; then
  python3 "$root/scripts/fuzz_seeds.py" "$recorded" "$root/build/fuzz_recorded" "$corpus"
  if [[ -d $root/build/fuzz_recorded/$corpus ]]; then folders+=("$root/build/fuzz_recorded/$corpus"); fi
fi
options=()
cd "$findings"  # where parallel jobs leave their logs
if [[ -e $root/fuzz/dictionaries/$corpus.dict ]]; then options+=("-dict=$root/fuzz/dictionaries/$corpus.dict"); fi
export ASAN_OPTIONS=quarantine_size_mb=16:malloc_context_size=8${ASAN_OPTIONS:+:$ASAN_OPTIONS}
exec "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="$findings/$name-" "${options[@]}" "$@" "${folders[@]}"
