#!/usr/bin/env bash
# Measures for how long an ensemble acknowledges no write after its leader has failed; writes the table to a file. Takes
# about 15 minutes; the machine should do nothing else.
# Usage: failover.sh OUT [ARGUMENTS]   OUT is a file to write; --help says what else there is.
set -euo pipefail

[[ $# -ge 1 ]] || { sed -n '2,4s/^# //p' "$0" >&2; exit 64; }
home=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
[[ $1 != --help ]] || exec "$home/benchmarks/run.sh" failover --help
out=$1
shift

ARCHIPEL_BUILD_ONLY=1 "$home/archipel"
exec "$home/benchmarks/run.sh" failover --out "$out" "$@"
