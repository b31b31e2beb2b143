#!/usr/bin/env bash
# Measures two nodes that replicate with each other, and two of PouchDB Server beside them, in one run; writes the
# tables to a file. Takes about 15 minutes; the machine should do nothing else.
# Usage: peers.sh OUT [ARGUMENTS]   OUT is a file to write; --help says what else there is.
set -euo pipefail

[[ $# -ge 1 ]] || { sed -n '2,4s/^# //p' "$0" >&2; exit 64; }
home=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
[[ $1 != --help ]] || exec "$home/benchmarks/run.sh" peers --help
out=$1
shift

# PouchDB Server in the version that the system tests use; none of the packages' scripts is run.
pouch=$home/system-tests/node
if [[ ! -e $pouch/node_modules/pouchdb-server ]]; then
  (cd "$pouch" && npm ci --ignore-scripts --no-audit --no-fund)
fi
ARCHIPEL_BUILD_ONLY=1 "$home/archipel"
exec "$home/benchmarks/run.sh" peers --pouch "$pouch" --out "$out" "$@"
