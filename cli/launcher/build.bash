#!/usr/bin/env bash
# Builds what ./archipel runs, into a directory of its own that .build/current then names: a server that runs from the
# build before keeps its jars. Called under the launcher's lock. Usage: build.bash HOME JDK
set -euo pipefail

home=$1
java_home=$2
builds=$home/.build/builds
target=$builds/$(date +%Y%m%d-%H%M%S)-$$
log=$home/.build/build.log
started=$SECONDS

fail() {
  printf ' failed.\n' >&2
  tail -n 40 "$log" >&2
  printf 'archipel: the build failed: %s (whole log: %s)\n' "$1" "$log" >&2
  rm -rf "$target"
  exit 70
}

# Jars of ours are copied, since the next Maven run writes over them; libraries never change, so they are linked.
collect_jars() {
  local jar libraries
  IFS=: read -r -a libraries < "$home/cli/target/runtime.classpath" || true
  for jar in "$home"/cli/target/cli-*.jar "${libraries[@]}"; do
    case $jar in
      "$home"/*) cp -p "$jar" "$target/lib/" ;;
      *) ln "$jar" "$target/lib/" 2> /dev/null || cp -p "$jar" "$target/lib/" ;;
    esac
    jars+=("$target/lib/${jar##*/}")
  done
}

# RocksDB's jar holds its library for every platform; taken out once, no start has to do it again.
unpack_native() {
  local jar name libc=''
  [[ -e /lib/ld-musl-$(uname -m).so.1 ]] && libc=-musl
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) name=librocksdbjni-linux64$libc.so ;;
    Linux-aarch64) name=librocksdbjni-linux-aarch64$libc.so ;;
    *) return 0 ;;
  esac
  for jar in "$target"/lib/rocksdbjni-*.jar; do
    [[ -e $jar ]] && (cd "$target/native" && "$java_home/bin/jar" xf "$jar" "$name")
  done
}

# Two files of arguments for Java: a node's, and those of commands that end at once, for which the best compiler and a
# performance counter file are a waste. Nothing here is worded for a locale; to list those of the platform, as the HTTP
# library does, takes 0.1 s and 7 MB.
write_arguments() {
  local classpath common
  classpath=$(IFS=:; printf '%s' "${jars[*]}")
  common="-XX:+UseSerialGC
-XX:+UseCompactObjectHeaders
-Djava.locale.providers=SPI
--enable-native-access=ALL-UNNAMED
--sun-misc-unsafe-memory-access=allow
-Xlog:aot*=off
-Xlog:cds*=off
\"-Djava.library.path=$target/native\"
-cp
\"$classpath\""
  # What is inlined less is compiled sooner: the JVM's own bounds are for throughput an hour later. A method that the
  # cache knows is queued for the compiler when the interpreter first reports it. After 512 calls, not 128, the queue
  # holds what is hot and not whatever ran a little: a fifth less for the compiler to do in the first seconds.
  cat > "$target/node.args" <<EOF
-XX:MaxInlineLevel=9
-XX:InlineSmallCode=1000
-XX:FreqInlineSize=150
-XX:Tier0InvokeNotifyFreqLog=9
-Xms64m
-XX:MaxHeapFreeRatio=50
-XX:-ShrinkHeapInSteps
-XX:TrimNativeHeapInterval=30000
$common
EOF
  cat > "$target/command.args" <<EOF
-XX:TieredStopAtLevel=1
-XX:-UsePerfData
$common
EOF
}

# Has the JVM run through typical work and keeps what it loaded, and of a node also what it learned, in a cache for the
# next starts. Without it everything works just the same, only slower: so a failure here is told in the log and nowhere
# else. Usage: cached ARGUMENTS FLAG CACHE   adds the flag for a cache that was made.
cached() {
  if [[ -s $3 ]]; then
    sed -i.bak "1i\\
\"$2=$3\"" "$1" && rm -f "$1.bak"
  fi
}

# One server, with the requests that clients send most.
train_node() {
  local scratch arguments=$target/node.args cache=$target/node.aot
  scratch=$(mktemp -d)
  timeout 180 "$java_home/bin/java" "@$arguments" -XX:AOTCacheOutput="$cache" archipel.cli.TrainingRun "$scratch" \
    >> "$log" 2>&1 < /dev/null || rm -f "$cache"
  rm -rf "$scratch"
  cached "$arguments" -XX:AOTCache "$cache"
}

# The older kind of cache, whose classes are linked as they are used: a command uses few, and the newer kind would link
# all of them at its start (0.08 s of processor time for "version", not 0.20).
train_command() {
  local arguments=$target/command.args cache=$target/command.jsa
  timeout 60 "$java_home/bin/java" "@$arguments" -XX:DumpLoadedClassList="$cache.list" archipel.cli.CommandTraining \
    >> "$log" 2>&1 < /dev/null \
    && timeout 60 "$java_home/bin/java" "@$arguments" -Xshare:dump -XX:SharedClassListFile="$cache.list" \
      -XX:SharedArchiveFile="$cache" >> "$log" 2>&1 < /dev/null || rm -f "$cache"
  rm -f "$cache.list"
  cached "$arguments" -XX:SharedArchiveFile "$cache"
}

if ! type -P mvn > /dev/null; then
  printf 'archipel: building needs Maven 3.8 or newer: apt-get install maven, dnf install maven, or brew install maven\n' >&2
  exit 69
fi
if [[ -e $home/.build/current ]]; then
  printf 'archipel: the sources are newer than the build, building ...' >&2
else
  printf 'archipel: building for the first time (about a minute, the libraries are fetched once) ...' >&2
fi

jars=()
mkdir -p "$target/lib" "$target/native"
printf '%s\n%s' "$home" "$java_home" > "$target/stamp"
(cd "$home" && mvn -q -B -pl cli -am -Dmaven.test.skip=true package) > "$log" 2>&1 < /dev/null || fail 'Maven says why above'
collect_jars
unpack_native >> "$log" 2>&1 || true
write_arguments
train_command
train_node

# The name changes at once from the old build to the new, and the three newest stay for servers that still run from them.
ln -s "$target" "$home/.build/next.$$"
mv -T "$home/.build/next.$$" "$home/.build/current" 2> /dev/null || { rm -f "$home/.build/current"; mv "$home/.build/next.$$" "$home/.build/current"; }
old=("$builds"/*)
for ((i = 0; i < ${#old[@]} - 3; i++)); do rm -rf "${old[i]}"; done
printf ' done in %d s.\n' $((SECONDS - started)) >&2
