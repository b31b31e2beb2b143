#!/usr/bin/env bash
# Measures an ensemble of ours, one of etcd and one of ZooKeeper in turn, three processes each; writes the tables to a
# file. Takes about 11 minutes; the machine should do nothing else.
# Usage: ensemble.sh [ARGUMENTS]            side by side; --parts idle,member,restart for others, see --help
#        ensemble.sh failover [ARGUMENTS]   for how long no write is acknowledged after the leader has failed
#        ensemble.sh single COMMIT          one node of an earlier commit and one of this, in turn
# Results go to OUT, if the variable is set, or to benchmarks/results/DATE-COMMIT-ensemble.md and the like.
set -euo pipefail

home=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
etcd_version=3.4.23
results=$home/benchmarks/results/$(date +%F)-$(git -C "$home" rev-parse --short=7 HEAD)

# Sets etcd to the server's path: Debian's package, unpacked beside the data, so that nothing is installed or started.
find_etcd() {
  local tools=$home/benchmarks/target/etcd
  etcd=$tools/usr/bin/etcd
  [[ ! -x $etcd ]] || return 0
  mkdir -p "$tools"
  (
    cd "$tools"
    apt-get download -q etcd-server > /dev/null 2>&1 || { apt-get update -qq && apt-get download -q etcd-server; }
    dpkg -x etcd-server_*.deb .
  ) >&2
  "$etcd" --version | grep -q "etcd Version: $etcd_version" || echo "ensemble: not etcd $etcd_version" >&2
}

# The existing load on one node, on two work trees in turn: PUT, GET, bulk, start-up and memory.
single() {
  local base=$home/benchmarks/target/base round part
  local out=${OUT:-$results-single.md}
  [[ -d $base ]] || git -C "$home" worktree add --detach "$base" "$1" >&2
  git -C "$base" checkout -q --detach "$1"
  ARCHIPEL_BUILD_ONLY=1 "$base/archipel"
  ARCHIPEL_BUILD_ONLY=1 "$home/archipel"
  : > "$out"
  for round in 1 2; do
    for part in "$base" "$home"; do
      ARCHIPEL_BENCH_ROOT=$part "$home/benchmarks/run.sh" --only put1,put16,update16,bulk,get1,get16 \
        --out "$out.part" >&2
      { printf '# Round %d\n' "$round"; cat "$out.part"; echo; } >> "$out"
      rm "$out.part"
    done
  done
  cat "$out"
}

case ${1:-} in
  failover)
    shift
    ARCHIPEL_BUILD_ONLY=1 "$home/archipel"
    exec "$home/benchmarks/run.sh" failover --out "${OUT:-$results-failover.md}" "$@"
    ;;
  single)
    [[ $# -eq 2 ]] || { sed -n '2,7s/^# //p' "$0" >&2; exit 64; }
    single "$2"
    ;;
  *)
    find_etcd
    ARCHIPEL_BUILD_ONLY=1 "$home/archipel"
    exec "$home/benchmarks/run.sh" ensemble --etcd "$etcd" --out "${OUT:-$results-ensemble.md}" "$@"
    ;;
esac
