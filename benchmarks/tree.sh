#!/usr/bin/env bash
# Measures what ZooKeeper's clients wait for, at three processes of ours and of ZooKeeper's in turn: watches, locks, a
# failure of the leader, and 10,000 sessions with 100,000 watches; writes the table to a file. Takes about 12 minutes; the
# machine should do nothing else. How many changes and reads a second: ensemble.sh --systems tree,zookeeper
# Usage: tree.sh [ARGUMENTS]   see --help
# Results go to OUT, if the variable is set, or to benchmarks/results/DATE-COMMIT-tree.md.
set -euo pipefail

home=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
results=$home/benchmarks/results/$(date +%F)-$(git -C "$home" rev-parse --short=7 HEAD)

ARCHIPEL_BUILD_ONLY=1 "$home/archipel"
exec "$home/benchmarks/run.sh" tree --out "${OUT:-$results-tree.md}" "$@"
