# Sourced by ./test all: every preset one after the other, each stage stamped with a digest of the sources, so that a
# stopped run resumes. RESTART=1 forgets the stamps.

stamps=$root/build/.all
presets=(asan-ubsan tsan clang coverage)
# Their code is tested under other presets already (the library's assertions in asan-ubsan, for one): the program alone is built
# and must give the same commands.
program_only=(debug portable)
coverage_minimum=85
# Tests of the whole program over sockets, and of its speed: the release build is what they are about.
release_only='fuzz|wire|client|load|crash|soak|^simulation$|^simulation_long$'

# What a stage's result depends on: every file but prose.
sources_digest() {
  git -C "$root" ls-files -z --cached --others --exclude-standard -- . ':!docs' ':!*.md' |
    (cd "$root" && xargs -0 sha256sum 2>/dev/null || true) | sha256sum | cut -d' ' -f1
}

# stage NAME FUNCTION ARGS...
stage() {
  local name=$1 started=$SECONDS
  shift
  if [[ -e $stamps/$name && $(<"$stamps/$name") == "$digest" ]]; then
    results+=("$name: done before")
    return 0
  fi
  say "==== $name"
  current=$name
  "$@"
  printf '%s\n' "$digest" >"$stamps/$name"
  current=
  results+=("$name: ok in $((SECONDS - started)) s")
}

# Address-space randomisation of new kernels is more than the sanitizers of GCC 12 can map.
if setarch "$(uname -m)" -R true 2>/dev/null; then launcher=(setarch "$(uname -m)" -R); fi

# commands_of PRESET ARGS...: the digest of all commands of one run.
commands_of() {
  local program=$root/build/$1/ebb
  shift
  "${launcher[@]}" "$program" "$@" --json | python3 "$root/scripts/json_field.py" commands_sha256
}

# The digests of a demo and, where the recordings are, of a backtest: equal for every preset.
record_commands() {  # PRESET
  local data recorded
  recorded=${EBB_RECORDED_DATA:-$root/../shared/data}/ws_market/sahajpatel123/slice_20260727T184300Z.first660.jsonl.zst
  data=$(mktemp -d)
  commands_of "$1" demo --data-dir "$data" --seconds 60 --seed 7 --speed 0 --headless >"$stamps/commands-$1" ||
    die "ebb built with preset $1 did not finish its demo"
  if [[ -e $recorded ]]; then
    commands_of "$1" backtest --data-dir "$data" --tier predecessor "$recorded" >>"$stamps/commands-$1" ||
      die "ebb built with preset $1 did not finish its backtest"
  fi
  rm -rf "$data"
}

prepare_preset() {  # PRESET
  configure "$1" -DEBB_TESTS=ON
  build "$1"
}

prepare_program() {  # PRESET
  configure "$1" -DEBB_TESTS=OFF
  build "$1"
}

run_program() {  # PRESET
  locked prepare_program "$1"
  record_commands "$1"
}

test_preset() {  # PRESET
  local preset=$1
  locked prepare_preset "$preset"
  if [[ $preset == coverage ]]; then find "$root/build/coverage" -name '*.gcda' -delete; fi
  ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 \
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 run_ctest "$preset" -LE "$release_only"
  if [[ $preset == coverage ]]; then check_coverage; else record_commands "$preset"; fi
}

check_coverage() {
  local modules
  modules=$(python3 "$root/scripts/check_levels.py" --list-up-to 4 | paste -sd'|')
  say "line coverage of levels 0 to 4 (at least $coverage_minimum %)"
  (cd "$root" && gcovr --root . --object-directory build/coverage --filter "src/($modules)/" \
    --exclude '.*_test\.cpp' --gcov-ignore-parse-errors -j "$jobs" --print-summary \
    --txt build/coverage/coverage.txt --html build/coverage/coverage.html \
    --fail-under-line "$coverage_minimum" build/coverage >&2) || die "coverage is below $coverage_minimum %"
}

# Short runs over the corpus and what grows from it (fuzz/CMakeLists.txt says how long).
run_fuzzers() { run_ctest clang -L fuzz; }

compare_commands() {
  local preset reference
  record_commands release
  reference=$(<"$stamps/commands-release")
  [[ -n $reference ]] || die "no commands_sha256 from the release build"
  for preset in "${presets[@]}" "${program_only[@]}"; do
    if [[ $preset == coverage ]]; then continue; fi
    if [[ $(<"$stamps/commands-$preset") != "$reference" ]]; then
      printf 'release:\n%s\n%s:\n%s\n' "$reference" "$preset" "$(<"$stamps/commands-$preset")" >&2
      die "commands_sha256 differs between release and $preset"
    fi
  done
  say "commands_sha256 is the same with every preset and both compilers"
}

# The venue's own client trades on ebb exchange. An npm of another origin than Debian's will do.
official_client() {
  command -v npm >/dev/null 2>&1 || ensure_packages client
  "$root/tests/official_client/run.sh" "$root/build/release/ebb"
}

results=()
current=
trap 'if [[ -n $current ]]; then say "stage $current did not pass; ./test all starts there again"; fi' EXIT
if [[ -n ${RESTART:-} ]]; then rm -rf "$stamps"; fi
mkdir -p "$stamps"
ensure_packages build test all
digest=$(sources_digest)
stage fast fast
for preset in "${presets[@]}"; do stage "$preset" test_preset "$preset"; done
for preset in "${program_only[@]}"; do stage "$preset" run_program "$preset"; done
stage fuzz run_fuzzers
stage determinism compare_commands
stage official-client official_client
stage load run_ctest release -L load
stage soak run_ctest release -L soak_short
stage wire run_ctest release -L wire
stage crash run_ctest release -L crash
stage simulation run_ctest release -L '^simulation_long$' -V
stage mutants run_ctest release -L '^mutants$'
printf '\n'
printf '%s\n' "${results[@]}"
echo "all stages passed"
