#!/usr/bin/env bash
# Runs nodes on this machine that know each other, or are one ensemble, until it is stopped. Called by ./dev.
# Usage: nodes.bash HOME COUNT [--ensemble] [--port BASE] [--data DIRECTORY] [SERVE FLAGS]
set -euo pipefail

home=$1
count=$2
shift 2
most=20
patience=60
base=5984
# Of an ensemble: where its nodes listen for each other, above their ports for clients.
ensemble=''
above=1000
directory=$home/nodes
flags=()
# Process ids of those that run, by number.
nodes=()
printers=()
asked=''
ended=''
status=0

say() {
  printf 'dev: %s\n' "$1"
}

refuse() {
  say "$1" >&2
  exit 64
}

parse() {
  local name value
  [[ $count =~ ^[0-9]{1,3}$ ]] && ((10#$count >= 1 && 10#$count <= most)) \
    || refuse "the number of nodes must be from 1 to $most, not '$count'"
  count=$((10#$count))
  while [[ $# -gt 0 ]]; do
    name=${1%%=*}
    case $name in
      --port | --data | --host) ;;
      --ensemble) ensemble=yes; shift; continue ;;
      --ensemble=* | --ensemble-name*) refuse "the ensemble's nodes are named by this command; give --ensemble alone" ;;
      --tls-*) refuse 'these nodes speak plain HTTP on 127.0.0.1; for TLS start each with ./archipel serve --tls-cert' ;;
      *) flags+=("$1"); shift; continue ;;
    esac
    if [[ $1 == *=* ]]; then
      value=${1#*=}
    else
      [[ $# -gt 1 ]] || refuse "$name needs a value"
      value=$2
      shift
    fi
    shift
    case $name in
      --port)
        [[ $value =~ ^[0-9]{1,5}$ ]] && ((10#$value >= 1 && 10#$value + count <= 65536)) \
          || refuse "--port must be the first of $count ports, at least 1 and at most $((65536 - count)), not '$value'"
        base=$((10#$value))
        ;;
      --data)
        [[ $value ]] || refuse '--data needs a directory'
        directory=$value
        ;;
      --host) refuse 'these nodes listen on 127.0.0.1 only; for others start each with ./archipel serve --host' ;;
    esac
  done
}

url() {
  printf 'http://127.0.0.1:%d' $((base + $1 - 1))
}

# Where an ensemble's nodes listen for each other.
members() {
  local number list=''
  for ((number = 1; number <= count; number++)); do
    list+=${list:+,}n$number=127.0.0.1:$((base + above + number - 1))
  done
  printf '%s' "$list"
}

start() {
  local number=$1 pipe join=()
  if [[ $ensemble ]]; then
    join=(--ensemble "$(members)" --ensemble-name "n$number")
  elif ((number > 1)); then
    join=(--peer "$(url 1)")
  fi
  # Each line gets the node's number. What does that must outlive the signals that end the nodes.
  exec {pipe}> >(
    trap '' INT TERM HUP
    exec sed -u "s/^/[$number] /"
  )
  printers+=($!)
  "$home/archipel" serve --host 127.0.0.1 --port $((base + number - 1)) --data "$directory/$number" \
    ${join[@]+"${join[@]}"} ${flags[@]+"${flags[@]}"} < /dev/null >&"$pipe" 2>&1 {pipe}>&- &
  nodes[number]=$!
  exec {pipe}>&-
}

# Whether a member of an ensemble serves, which it does once it has a leader.
is_up() {
  local line=''
  { exec {up}<> "/dev/tcp/127.0.0.1/$((base + $1 - 1))"; } 2> /dev/null || return 1
  printf 'GET /_up HTTP/1.0\r\n\r\n' >&"$up"
  IFS= read -r -t 5 line <&"$up" || true
  exec {up}>&-
  [[ $line == *' 200 '* ]]
}

is_connected() {
  local lines
  if [[ $ensemble ]]; then
    is_up "$1"
    return
  fi
  lines=$("$home/archipel" peers --url "$(url "$1")" 2> /dev/null) || return 1
  (($(grep -c ' connected ' <<< "$lines") == count - 1))
}

all_connected() {
  local number
  for ((number = 1; number <= count; number++)); do
    is_connected "$number" || return 1
  done
}

# Whether one has ended that was not told to: its number, and its exit status.
find_ended() {
  local number
  for number in ${nodes[@]+"${!nodes[@]}"}; do
    if ! kill -0 "${nodes[number]}" 2> /dev/null; then
      ended=$number
      status=0
      wait "${nodes[number]}" || status=$?
      unset "nodes[number]"
      return 0
    fi
  done
  return 1
}

signal() {
  local pid
  for pid in ${nodes[@]+"${nodes[@]}"}; do
    kill -s "$1" "$pid" 2> /dev/null || true
  done
}

stop() {
  local pid
  trap - EXIT
  # Whoever asks a second time does not want to wait: nothing that was acknowledged is lost.
  trap 'signal KILL' INT TERM HUP
  signal TERM
  for pid in ${nodes[@]+"${nodes[@]}"} "${printers[@]}"; do
    while kill -0 "$pid" 2> /dev/null; do wait "$pid" || true; done
  done
}

# Ctrl-C ends the sleep as well, and with a failure.
pause() {
  sleep "$1" || true
}

# As short as it can be given from here.
shown() {
  printf '%s' "${1#"$PWD"/}"
}

# Says once that all is well, or that it takes long.
announce() {
  local number urls
  if all_connected; then
    urls=$(url 1)
    for ((number = 2; number <= count; number++)); do urls+=", $(url "$number")"; done
    if ((count == 1)); then
      number='one node serves'
    elif [[ $ensemble ]]; then
      number="$count nodes serve as one ensemble"
    else
      number="$count nodes serve and are connected with each other"
    fi
    say "$number: $urls (admin \"$ARCHIPEL_ADMIN\"$password_shown, data in $(shown "$directory")). Ctrl-C stops them."
    return 0
  fi
  ((SECONDS >= patience)) || return 1
  if [[ $ensemble ]]; then
    say "the ensemble has no leader yet; curl $(url 1)/_up says why"
  else
    say "not all nodes are connected with each other yet; ./archipel peers --url $(url 1) says more"
  fi
}

parse "$@"
ARCHIPEL_BUILD_ONLY=1 "$home/archipel"
password_shown=''
if [[ ! ${ARCHIPEL_ADMIN_PASSWORD:-}${ARCHIPEL_ADMIN_PASSWORD_FILE:-} ]]; then
  # As well known as the port, and for this machine alone.
  export ARCHIPEL_ADMIN_PASSWORD=admin
  password_shown=', password "admin"'
fi
export ARCHIPEL_ADMIN=${ARCHIPEL_ADMIN:-admin}
# Nodes that know each other already need none: each start can have another.
if [[ ! ${ARCHIPEL_PEER_SECRET:-} ]]; then
  ARCHIPEL_PEER_SECRET=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  export ARCHIPEL_PEER_SECRET
fi

trap 'asked=130' INT
trap 'asked=143' TERM HUP
trap stop EXIT
SECONDS=0
for ((i = 1; i <= count; i++)); do start "$i"; done
until [[ $asked ]] || announce; do
  if find_ended; then
    stop
    # After what the node has said itself.
    [[ $asked ]] || say "node $ended at $(url "$ended") ended with status $status; the others are stopped" >&2
    exit "${asked:-$((status == 0 ? 1 : status))}"
  fi
  pause 0.2
done
# From now on one that is killed leaves the others, which show what they do then. The shell has words of its own for it.
while [[ ! $asked && ${#nodes[@]} -gt 0 ]]; do
  if find_ended; then
    [[ $asked ]] || say "node $ended ended with status $status; this starts it again: ./archipel serve --port \
$((base + ended - 1)) --data $(shown "$directory/$ended")"
  else
    pause 0.5
  fi
done 2> /dev/null
stop
exit "${asked:-1}"
