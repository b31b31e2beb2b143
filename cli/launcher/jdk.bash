# Sourced by ./archipel, ./dev and build.bash: finds the JDK without starting one (a JVM's start costs more than ours).

# Sets java_home to the first JDK of 25 or newer: JAVA_HOME, then PATH, then the usual directories.
find_jdk() {
  local candidate on_path
  on_path=$(type -P javac || type -P java || true)
  [[ -n $on_path ]] && on_path=$(readlink -f -- "$on_path")
  for candidate in "${JAVA_HOME:-}" "${on_path%/bin/*}" /usr/lib/jvm/* /opt/java/* /opt/jdk* \
      "$HOME"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if is_jdk "$candidate"; then
      java_home=$candidate
      return 0
    fi
  done
  return 1
}

# Whether the directory is a whole JDK (javac too, since we build from source) of version 25 or newer.
is_jdk() {
  local line major
  [[ -n $1 && -x $1/bin/java && -x $1/bin/javac && -r $1/release ]] || return 1
  while IFS= read -r line; do
    if [[ $line =~ ^JAVA_VERSION=\"?([0-9]+) ]]; then
      major=${BASH_REMATCH[1]}
      (( major >= 25 ))
      return
    fi
  done < "$1/release"
  return 1
}

require_jdk() {
  if find_jdk; then
    [[ -z ${JAVA_HOME:-} || -d $JAVA_HOME ]] || echo "JAVA_HOME=$JAVA_HOME does not exist; using $java_home" >&2
    return 0
  fi
  cat >&2 <<'EOF'
archipel: needs a JDK of version 25 or newer, and found none in JAVA_HOME, on the PATH or in /usr/lib/jvm.
Install one, for example
  Debian 13, Ubuntu 25.10 and newer:  sudo apt-get install openjdk-25-jdk-headless
  older Debian and Ubuntu:            temurin-25-jdk from https://adoptium.net/installation/linux
  Fedora:                             sudo dnf install java-25-openjdk-devel
  macOS:                              brew install openjdk
or point JAVA_HOME at one that is already there.
EOF
  return 1
}
