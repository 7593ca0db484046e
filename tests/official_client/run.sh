#!/usr/bin/env bash
# The venue's official client against `ebb exchange`, plain and over TLS.
#   run.sh EBB_BINARY [signing]     signing: time the client's order signing beside ours instead (docs/performance.md)
# Everything that npm installs lies in build/official_client. Needs node and npm (any; the tests run on a Node from npm).
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
if (($# < 1 || $# > 2)) || [[ ! -x $1 ]]; then
  sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
ebb=$(readlink -f "$1")
what=${2:-tests}
cache=$here/../../build/official_client
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

install_modules() {
  local wanted attempt
  wanted=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum | cut -d' ' -f1)
  if [[ -e $cache/.installed && $(<"$cache/.installed") == "$wanted" ]]; then return 0; fi
  command -v npm >/dev/null || { echo "npm is missing: apt-get install npm nodejs" >&2; exit 1; }
  rm -rf "$cache/node_modules" "$cache/.installed"
  cp "$here/package.json" "$here/package-lock.json" "$cache/"
  for attempt in 1 2 3; do
    if (cd "$cache" && npm ci --no-audit --no-fund --loglevel=error --cache "$cache/npm" >"$cache/npm.log" 2>&1); then
      printf '%s\n' "$wanted" >"$cache/.installed"
      return 0
    fi
    sleep $((attempt * 5))
  done
  tail -n 20 "$cache/npm.log" >&2
  echo "the official client could not be installed; is the npm registry within reach?" >&2
  exit 1
}

exchange=
state=
stop_exchange() {  # expects an orderly stop
  local code=0
  if [[ -z $exchange ]]; then return 0; fi
  kill -TERM "$exchange" 2>/dev/null || true
  wait "$exchange" || code=$?
  exchange=
  if ((code != 130)); then
    echo "ebb exchange ended with $code:" >&2
    cat "$state/stderr" >&2
    return 1
  fi
}
cleanup() {
  stop_exchange || true
  if [[ -n $state ]]; then rm -rf "$state"; fi
}
trap cleanup EXIT

start_exchange() {  # ARGS...
  local waited
  state=$(mktemp -d)
  "$ebb" exchange --port 0 --data-dir "$state" "$@" >"$state/ready" 2>"$state/stderr" &
  exchange=$!
  for ((waited = 0; waited < 300; ++waited)); do
    if [[ -s $state/ready && $(head -c1 "$state/ready") == '{' && $(tail -c1 "$state/ready" | wc -l) == 1 ]]; then return 0; fi
    kill -0 "$exchange" 2>/dev/null || break
    sleep 0.1
  done
  cat "$state/stderr" >&2
  echo "ebb exchange did not get ready" >&2
  exit 1
}

run_tests() {  # ARGS...
  local ca
  start_exchange --markets 20 --settlement 0.1 "$@"
  ca=$("$node" -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).ca_file ?? ""' <"$state/ready")
  (
    cd "$cache/tests"
    export EBB_READY_LINE=$state/ready
    if [[ -n $ca ]]; then export NODE_EXTRA_CA_CERTS=$ca; fi
    "$node" --test --test-force-exit --test-timeout=120000 --test-concurrency=5 {reads,orders,cancels,wallets,streams}.test.mjs
    "$node" --test --test-force-exit --test-timeout=120000 modes.test.mjs  # by itself: its faults are everybody's
  )
  stop_exchange
  rm -rf "$state"
  state=
}

install_modules
node=$cache/node_modules/.bin/node
# Beside the modules, where Node looks for them.
rm -rf "$cache/tests"
mkdir "$cache/tests"
cp "$here"/*.mjs "$here/package.json" "$cache/tests/"
if [[ $what == signing ]]; then
  "$node" "$cache/tests/signing.mjs" "$ebb"
  exit
fi
echo "official client on Node $("$node" --version), plain" >&2
run_tests --seed 7
echo "official client on Node $("$node" --version), TLS" >&2
run_tests --seed 8 --tls
echo "the official client trades on ebb exchange without noticing"
