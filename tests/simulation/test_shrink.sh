#!/usr/bin/env bash
# A deliberate defect is found, its script is shortened, and the shorter one breaks the same rule.
#   test_shrink.sh SIMULATOR MUTANT SEED RULE
set -euo pipefail
program=$1 mutant=$2 seed=$3 rule=$4
shorter=$(mktemp)
trap 'rm -f "$shorter"' EXIT
run() { "$program" --seeds 1 --from "$seed" --mutant "$mutant" "$@" 2>&1 || (($? == 1)); }
whole=$("$program" --print-script "$seed" | grep -c '^at ')
run --shrink | sed -n "/ faults break $rule /,/seeds,/p" | grep -E '^(seed [0-9]+$|at )' >"$shorter"
kept=$(grep -c '^at ' "$shorter" || true)
echo "seed $seed: $kept of $whole faults are left"
((kept < whole))
again=$(run --script "$shorter")  # whole: grep -q would end the program early
grep -q "  $rule  " <<<"$again"
