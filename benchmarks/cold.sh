#!/usr/bin/env bash
# Measures our own server beside CouchDB in one run, both right after their start and then again, and writes one table
# for each pass. Takes about 7 minutes; the machine should do nothing else.
# Usage: cold.sh COUCHDB OUT   COUCHDB is the directory of a release of CouchDB (with bin/couchdb), OUT a file to write.
set -euo pipefail

[[ $# -eq 2 && -x $1/bin/couchdb ]] || { sed -n '2,4s/^# //p' "$0" >&2; exit 64; }
couchdb=$(cd -- "$1" && pwd)
out=$2
home=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
ours_port=${OURS_PORT:-15984}
theirs_port=${THEIRS_PORT:-15985}
workloads=${WORKLOADS:-put1,put16,bulk,get16,alldocs,changes,viewbuild,mangobuild}

# Beside the sources: where temporary files lie in memory, an fsync costs nothing.
mkdir -p "$home/benchmarks/target"
work=$(mktemp -d "$home/benchmarks/target/cold-XXXXXX")
ours='' theirs=''
stop() {
  local pid
  for pid in $ours $theirs; do kill "$pid" 2> /dev/null || true; done
  for pid in $ours $theirs; do wait "$pid" 2> /dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT

# A copy, since its settings and data lie inside. Two shards and the fsync of each request are its defaults.
start_couchdb() {
  cp -r "$couchdb" "$work/couchdb"
  mkdir -p "$work/couchdb/etc/local.d" "$work/theirs"
  cat > "$work/couchdb/etc/local.d/bench.ini" <<EOF
[couchdb]
single_node = true
database_dir = $work/theirs
view_index_dir = $work/theirs
[chttpd]
bind_address = 127.0.0.1
port = $theirs_port
[admins]
admin = secret
[log]
level = warning
EOF
  "$work/couchdb/bin/couchdb" > "$work/theirs.log" 2>&1 &
  theirs=$!
}

# Usage: ready PORT LOG   waits until the server answers.
ready() {
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; then return 0; fi
    sleep 0.1
  done
  cat "$2" >&2
  return 1
}

# Usage: pass NAME DRIVER_ARGUMENTS...   one table of all workloads, in alternating rounds.
pass() {
  local name=$1
  shift
  printf '## %s\n' "$name" >> "$out"
  "$home/benchmarks/run.sh" --url "http://admin:secret@127.0.0.1:$ours_port" --pid "$ours" \
    --url2 "http://admin:secret@127.0.0.1:$theirs_port" --pid2 "$theirs" --only "$workloads" --out "$work/table" "$@"
  cat "$work/table" >> "$out"
}

ARCHIPEL_BUILD_ONLY=1 "$home/archipel"
"$home/benchmarks/run.sh" --list > /dev/null
start_couchdb
ready "$theirs_port" "$work/theirs.log"
ARCHIPEL_ADMIN_PASSWORD=secret "$home/archipel" serve --port "$ours_port" --data "$work/ours" --admin admin \
  > "$work/ours.log" 2>&1 &
ours=$!
ready "$ours_port" "$work/ours.log"

: > "$out"
pass 'Right after the start' --warmup 0 --seconds 6 --rounds 1
pass 'Again, in the same processes' --warmup 6 --seconds 9 --rounds 3
