#!/usr/bin/env bash
# Runs the benchmarks; ./dev bench calls this. Usage: run.sh [micro|peers|failover|ensemble|tree] [ARGUMENTS], see README.md.
set -euo pipefail

home=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
list=$home/benchmarks/target/runtime.classpath
. "$home/cli/launcher/jdk.bash"
require_jdk || exit 69

build() {
  local newer
  if [[ -r $list ]]; then
    newer=$(find "$home/pom.xml" "$home"/{benchmarks,document,engine}/{pom.xml,src/main} -newer "$list" -print -quit)
    [[ -n $newer ]] || return 0
  fi
  echo 'benchmarks: building' >&2
  (cd "$home" && JAVA25_HOME=$java_home mvn -q -B -Dstyle.color=never -pl benchmarks -am -Dmaven.test.skip=true package) < /dev/null >&2
}

main=archipel.load.LoadDriver
# The serial collector and a small heap: the client is to stay out of the server's way.
options=(-XX:+UseSerialGC -Xmx512m --enable-native-access=ALL-UNNAMED "-Darchipel.root=${ARCHIPEL_BENCH_ROOT:-$home}"
  "-Djava.library.path=$home/.build/current/native")
if [[ ${1:-} == micro ]]; then
  main=org.openjdk.jmh.Main
  options+=(--sun-misc-unsafe-memory-access=allow)
  shift
elif [[ ${1:-} == peers ]]; then
  main=archipel.pairs.PairsDriver
  shift
elif [[ ${1:-} == failover ]]; then
  main=archipel.failover.FailoverDriver
  shift
elif [[ ${1:-} == tree ]]; then
  main=archipel.trees.TreeDriver
  shift
elif [[ ${1:-} == ensemble ]]; then
  main=archipel.trios.EnsembleDriver
  options+=(--sun-misc-unsafe-memory-access=allow)
  shift
fi
build
exec "$java_home/bin/java" "${options[@]}" -cp "$home/benchmarks/target/classes:$(< "$list")" "$main" "$@"
