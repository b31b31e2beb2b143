# What Java is told of memory. To be sourced.

# Buffers of connections lie outside the heap, and by default Java lets them become as large as the heap again. Half of it
# does: what is held for long, such as the parts of a head or a body, is in the heap and counted there. Follows -Xmx, since
# a fixed limit would be too small where the heap is meant for many connections. Without -Xmx Java decides on both.
direct_memory() {
  local options=$1 kib
  [[ $options != *-XX:MaxDirectMemorySize=* && $options =~ .*-Xmx([0-9]+)([kKmMgG]?)( |$) ]] || return 0
  kib=${BASH_REMATCH[1]}
  case ${BASH_REMATCH[2]} in
    '') kib=$((kib / 1024)) ;;
    [mM]) kib=$((kib * 1024)) ;;
    [gG]) kib=$((kib * 1024 * 1024)) ;;
  esac
  kib=$((kib / 2))
  # Compression and transfers of one processor need some whatever the heap.
  printf -- '-XX:MaxDirectMemorySize=%dk' "$((kib < 65536 ? 65536 : kib))"
}
