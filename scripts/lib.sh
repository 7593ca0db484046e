# Shared by ./ebb, ./test and the scripts beside this file: packages, configuring, building. Source it; $root is set.
# Everything here writes to stderr only: the stdout of ./ebb belongs to the program.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export NINJA_STATUS='@%f/%t '

say() { printf 'ebb: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# ---- packages -------------------------------------------------------------------------------------------------------

# packages_of SET...: the names in scripts/packages.txt, one a line.
packages_of() {
  local set package wanted=" $* "
  while read -r set package; do
    if [[ -n $package && $set != '#'* && $wanted == *" $set "* ]]; then echo "$package"; fi
  done <"$root/scripts/packages.txt"
}

# missing_packages SET...: those of them that are not installed.
missing_packages() {
  local name status
  local -A installed=()
  local -a wanted
  mapfile -t wanted < <(packages_of "$@")
  while read -r status name; do
    if [[ $status == ii* ]]; then installed[$name]=1; fi
  done < <(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
  for name in "${wanted[@]}"; do
    if [[ -z ${installed[$name]:-} ]]; then echo "$name"; fi
  done
}

# as_root COMMAND...: as root, or through sudo.
as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

apt_with_retries() {
  local attempt
  for attempt in 1 2 3; do
    if as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 \
      "$@" </dev/null >&2; then return 0; fi
    if ((attempt < 3)); then
      say "apt-get $1 failed (attempt $attempt of 3); trying again in $((attempt * 10)) s"
      sleep $((attempt * 10))
    fi
  done
  return 1
}

# ensure_packages SET...: installs what is missing.
ensure_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    command -v cmake >/dev/null 2>&1 && command -v ninja >/dev/null 2>&1 && return 0
    die "this is not a Debian system; install the counterparts of scripts/packages.txt by hand, then try again"
  fi
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return 0; fi
  if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null 2>&1; then
    say "these packages are missing, and there is neither root nor sudo to install them. As root:"
    die "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  apt_with_retries update || die "apt-get update failed: is the network up, and are /etc/apt/sources.list* right?"
  apt_with_retries install --no-install-recommends "${missing[@]}" ||
    die "the packages above could not be installed; the project is made for Debian 12 (bookworm)"
}

# ---- building -------------------------------------------------------------------------------------------------------

# locked FUNCTION ARGS...: one build at a time in this checkout.
locked() {
  mkdir -p "$root/build"
  exec 9>"$root/build/.lock"
  if ! flock -n 9; then
    say "another build is running in this checkout; waiting for it"
    flock 9
  fi
  "$@" 9>&-
  exec 9>&-
}

# The release preset is for processors of about 2015 and later; on others it is configured for any x86-64.
release_options() {
  local flag flags
  flags=" $(grep -m1 '^flags' /proc/cpuinfo 2>/dev/null || true) "
  for flag in avx2 bmi1 bmi2 fma movbe pclmulqdq; do
    if [[ $flags != *" $flag "* ]]; then
      echo "-DCMAKE_CXX_FLAGS=-march=x86-64"
      return 0
    fi
  done
}

# configure PRESET [-DNAME=VALUE...]: only when something differs from what the build directory was made with.
configure() {
  local preset=$1 dir=$root/build/$1 option stale=0
  shift
  if ! cmp -s "$root/CMakePresets.json" "$dir/.presets.json" || [[ ! -e $dir/build.ninja ]]; then stale=1; fi
  for option in "$@"; do
    option=${option#-D}
    if ! grep -q "^${option%%=*}:[A-Z]*=${option#*=}\$" "$dir/CMakeCache.txt" 2>/dev/null; then stale=1; fi
  done
  if ((stale == 0)); then return 0; fi
  say "configuring build/$preset"
  mkdir -p "$dir"
  if ! (cd "$root" && cmake --preset "$preset" "$@") >"$dir/configure.log" 2>&1; then
    tail -n 30 "$dir/configure.log" >&2
    die "configuring failed; the whole output is in build/$preset/configure.log"
  fi
  cp "$root/CMakePresets.json" "$dir/.presets.json"
}

# One line of progress on a terminal, one line every ten per cent elsewhere; whatever compilers say passes through.
show_progress() {
  local preset=$1 line percent shown=-10 drawn=0 terminal=0
  if [[ -t 2 ]]; then terminal=1; fi
  while IFS= read -r line; do
    if [[ $line =~ ^@([0-9]+)/([0-9]+)\ (.*) ]]; then
      if [[ ${BASH_REMATCH[3]} == Re-* ]]; then continue; fi
      percent=$((100 * BASH_REMATCH[1] / BASH_REMATCH[2]))
      if ((terminal)); then
        printf '\r\033[Kebb: building %s: %d of %d' "$preset" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" >&2
        drawn=1
      elif ((percent >= shown + 10)); then
        say "building $preset: ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"
        shown=$percent
      fi
    elif [[ $line == 'ninja: no work to do.' || $line == 'ninja: Entering directory'* || $line == '-- '* ]]; then
      continue
    else
      if ((drawn)); then printf '\r\033[K' >&2; fi
      printf '%s\n' "$line" >&2
    fi
  done
  if ((drawn)); then printf '\r\033[K' >&2; fi
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  if ! ninja -C "$root/build/$preset" "$@" 2>&1 | show_progress "$preset"; then
    die "the build of build/$preset failed"
  fi
}
