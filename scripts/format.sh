#!/usr/bin/env bash
# Formats our C++ files with clang-format 19. --check only says which would change (exit 1), or 77 without the tool.
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
cd "$root"

if ! command -v clang-format-19 >/dev/null 2>&1; then
  say "clang-format-19 is not installed (apt-get install clang-format-19)"
  exit 77
fi
mapfile -t files < <(find src bench fuzz tests -name '*.hpp' -o -name '*.cpp' | sort)
if [[ ${1:-} == --check ]]; then
  bad=0
  for file in "${files[@]}"; do
    if ! clang-format-19 "$file" | cmp -s - "$file"; then
      echo "$file is not formatted; run scripts/format.sh"
      bad=1
    fi
  done
  exit "$bad"
fi
clang-format-19 -i "${files[@]}"
