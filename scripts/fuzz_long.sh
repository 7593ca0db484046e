#!/usr/bin/env bash
# Runs every fuzz target for long; what grows stays in build/fuzz_corpus/ and is where the next run begins.
#   scripts/fuzz_long.sh [SECONDS] [TARGET...]     seconds for each target (default 600); all targets of the clang preset
# A finding is kept in build/fuzz_findings/; the others still run, and the script ends with 1. Reproduce one with
#   build/clang/fuzz/NAME_fuzz build/fuzz_findings/NAME-crash-...
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
cd "$root"

seconds=${1:-600}
if (($# > 0)); then shift; fi
[[ $seconds =~ ^[0-9]+$ ]] || die "usage: scripts/fuzz_long.sh [SECONDS] [TARGET...]"

prepare() {
  ensure_packages build test all
  configure clang -DEBB_TESTS=ON
  build clang
}
if [[ -z ${EBB_FUZZ_BUILD:-} ]]; then locked prepare; fi
build_dir=${EBB_FUZZ_BUILD:-$root/build/clang}

# target_line NAME: corpus and longest input, as fuzz/CMakeLists.txt has them.
target_line() { sed -nE "s/^ebb_fuzz_target\(($1) .*CORPUS ([a-z_]+) .*LONGEST ([0-9]+)\)/\1 \2 \3/p" fuzz/CMakeLists.txt; }

failed=()
while read -r name corpus longest; do
  if (($# > 0)) && [[ " $* " != *" $name "* ]]; then continue; fi
  say "==== $name for $seconds s"
  log=$root/build/fuzz_findings/$name.log
  mkdir -p "$(dirname "$log")"
  if ! scripts/fuzz_run.sh "$build_dir/fuzz/${name}_fuzz" "$name" "$corpus" "$seconds" -max_len="$longest" \
    -jobs="$(nproc)" -workers="$(nproc)" >"$log" 2>&1; then
    failed+=("$name")
    say "$name found something; its log is $log"
  fi
  say "$name: $(find "build/fuzz_corpus/$name" -type f | wc -l) inputs in its grown corpus"
done < <(target_line '[a-z_]+')
if ((${#failed[@]} > 0)); then die "findings in: ${failed[*]} (build/fuzz_findings/)"; fi
say "no findings"
