# What Java is told of memory and of the collector. To be sourced. Nothing here starts a process.

# Half of the heap for buffers of connections outside it. By default Java lets them become as large as the heap again;
# what is held for long, such as the parts of a head or a body, is in the heap and counted there. Follows -Xmx, since
# a fixed limit would be too small where the heap is meant for many connections. Without -Xmx Java decides on both.
direct_memory() {
  local options=$1 kib
  [[ $options != *-XX:MaxDirectMemorySize=* ]] || return 0
  given_heap "$options"
  [[ $kib ]] || return 0
  kib=$((kib / 2))
  # Compression and transfers of one processor need some whatever the heap.
  printf -- '-XX:MaxDirectMemorySize=%dk' "$((kib < 65536 ? 65536 : kib))"
}

# Whether the options name a collector. Java takes one: ours has to step back.
names_collector() {
  [[ $1 =~ -XX:\+Use[A-Za-z0-9]*GC( |$) ]]
}

# Names G1 where it serves better than the serial collector, which the build's arguments name. That one takes the least
# memory and processor time, and stops everything while it works: at its worst for about a second for each gigabyte that
# is in use. G1 does most of it beside the requests, for which there has to be a processor. Usage: collector OPTIONS [ROOT]
collector() {
  local options=$1 root=${2:-} kib
  given_heap "$options"
  # Without a limit Java lets the heap grow up to a quarter of the memory there is.
  [[ $kib ]] || kib=$(($(memory_kib "$root") / 4))
  if ((kib >= 2 * 1024 * 1024 && $(processors "$root") >= 4)); then
    printf -- '-XX:-UseSerialGC -XX:+UseG1GC'
  fi
}

# Sets kib to what the last -Xmx says, or to nothing.
given_heap() {
  kib=''
  [[ $1 =~ .*-Xmx([0-9]+)([kKmMgGtT]?)( |$) ]] || return 0
  kib=${BASH_REMATCH[1]}
  case ${BASH_REMATCH[2]} in
    '') kib=$((kib / 1024)) ;;
    [mM]) kib=$((kib * 1024)) ;;
    [gG]) kib=$((kib * 1024 * 1024)) ;;
    [tT]) kib=$((kib * 1024 * 1024 * 1024)) ;;
  esac
}

# The memory of the machine, or of the container or service that this runs in, where that is less; 0 where unknown.
memory_kib() {
  local root=$1 name value kib=0 group bytes
  if [[ -r $root/proc/meminfo ]]; then
    while read -r name value _; do
      [[ $name != MemTotal: ]] || { kib=$value; break; }
    done < "$root/proc/meminfo"
  fi
  while read -r group; do
    for bytes in "$group/memory.max" "$group/memory.limit_in_bytes"; do
      [[ -r $bytes ]] || continue
      read -r value < "$bytes"
      # Version 1 says a number near 2^63 where there is no limit, version 2 a word.
      [[ $value =~ ^[0-9]{1,18}$ ]] && ((value / 1024 < kib)) && kib=$((value / 1024))
    done
  done < <(control_groups "$root" memory)
  printf '%d' "$kib"
}

# How many processors this may use; 1 where unknown.
processors() {
  local root=$1 name list='' range count=0 group quota period
  if [[ -r $root/proc/self/status ]]; then
    while read -r name list; do
      [[ $name != Cpus_allowed_list: ]] || break
      list=''
    done < "$root/proc/self/status"
  fi
  local IFS=,
  for range in $list; do
    count=$((count + ${range#*-} - ${range%-*} + 1))
  done
  IFS=' '
  while read -r group; do
    [[ -r $group/cpu.max ]] || continue
    read -r quota period < "$group/cpu.max"
    [[ $quota == max ]] || { quota=$(((quota + period - 1) / period)); ((quota >= count)) || count=$quota; }
  done < <(control_groups "$root" cpu)
  printf '%d' "$((count < 1 ? 1 : count))"
}

# The directories of the control groups that limit this process, its own first. Usage: control_groups ROOT CONTROLLER
control_groups() {
  local root=$1 controller=$2 names path base
  [[ -r $root/proc/self/cgroup ]] || return 0
  while IFS=: read -r _ names path; do
    case $names in
      '') base=$root/sys/fs/cgroup ;;
      "$controller") base=$root/sys/fs/cgroup/$controller ;;
      *) continue ;;
    esac
    while :; do
      printf '%s\n' "$base${path%/}"
      [[ ${path%/} ]] || break
      path=${path%/*}
    done
  done < "$root/proc/self/cgroup"
}
