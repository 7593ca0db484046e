#!/usr/bin/env bash
# clang-tidy 19 over our sources: scripts/tidy.sh [FOLDER...], default all of src. Needs ./test all's packages and uses
# the compile commands of build/clang (configured if missing). Exit 1 when something was found.
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
cd "$root"

ensure_packages build test all
locked configure clang -DEBB_TESTS=ON
folders=("$@")
if ((${#folders[@]} == 0)); then folders=(src); fi
mapfile -t files < <(find "${folders[@]}" -name '*.cpp' | sort)
printf '%s\0' "${files[@]}" |
  xargs -0 -n 1 -P "$(nproc)" clang-tidy-19 -p build/clang --quiet --warnings-as-errors='*' 2>/dev/null
