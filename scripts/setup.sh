# shellcheck shell=bash
# What ./run and ./test share: finding a JDK and Maven, and installing what is missing where that is allowed.
# To be sourced by bash (3.2 will do), with $project set to the project's folder. Nothing here writes to standard output.

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Sets $major to the version of the JDK at $1, 0 where there is none.
# The release file says it without a process being started.
jdk_major() {
  local line version=''
  major=0
  [[ -x $1/bin/java ]] || return 0
  if [[ -r $1/release ]]; then
    while IFS= read -r line; do
      if [[ $line == JAVA_VERSION=* ]]; then
        version=${line#*\"}
        break
      fi
    done <"$1/release"
  else
    version=$("$1/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.version = //p') || true
  fi
  version=${version%%[!0-9]*}
  major=${version:-0}
}

# Sets $newest and $newest_major to the newest JDK (with a compiler) that is found; 0 where none is 17 or newer.
newest_jdk() {
  local home on_path
  newest='' newest_major=16
  on_path=$(type -P javac || true)
  if [[ -n $on_path ]]; then
    on_path=$(readlink -f "$on_path" 2>/dev/null || printf %s "$on_path")
    on_path=${on_path%/bin/javac}
  fi
  for home in ${JAVA_HOME:+"$JAVA_HOME"} ${on_path:+"$on_path"} /usr/lib/jvm/* /opt/* "${HOME-}"/.sdkman/candidates/java/* \
    "${HOME-}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    [[ -x $home/bin/javac ]] || continue
    jdk_major "$home"
    if ((major > newest_major)); then
      newest=$home newest_major=$major
    fi
  done
  [[ -n $newest ]] || newest_major=0
}

# Whether Debian packages can be installed without asking anyone.
may_install() { type -P apt-get >/dev/null && { ((EUID == 0)) || sudo -n true 2>/dev/null; }; }
as_root() { if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi; }

# Installs Debian packages. The lists may be old or missing, so they are fetched when the first try fails.
install() {
  local log=$project/target/apt.log
  mkdir -p "$project/target"
  say "Installing $* …"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$@" </dev/null >"$log" 2>&1 && return
  { as_root apt-get -q update && as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$@"; } \
    </dev/null >>"$log" 2>&1
}

# Sets $newest to the newest JDK, which is installed if there is none.
require_jdk() {
  newest_jdk
  ((newest_major == 0)) || return 0
  if may_install; then
    local package
    for package in openjdk-25-jdk-headless openjdk-21-jdk-headless openjdk-17-jdk-headless; do
      if install "$package"; then
        newest_jdk
        ((newest_major == 0)) || return 0
      fi
    done
  fi
  die "WSGI Bridge needs a JDK, 17 or newer, and finds none. Install one:
  Debian, Ubuntu   sudo apt-get install openjdk-17-jdk-headless
  Fedora           sudo dnf install java-latest-openjdk-devel
  macOS            brew install openjdk
or set JAVA_HOME to one."
}

require_maven() {
  type -P mvn >/dev/null && return
  if may_install && install maven; then
    hash -r
    return
  fi
  die "WSGI Bridge is built with Maven, and finds none. Install it:
  Debian, Ubuntu   sudo apt-get install maven
  Fedora           sudo dnf install maven
  macOS            brew install maven"
}

# Maven on the newest JDK, with patience for a slow network.
maven() { JAVA_HOME=$newest mvn -B -f "$project/pom.xml" -Dmaven.wagon.http.retryHandler.count=5 "$@" </dev/null; }

# Puts the frameworks of scripts/python-packages.txt into target/python-packages, unless they are there: Debian's packages
# unpacked, nothing installed; where there is no apt, pip brings them.
fetch_python_packages() {
  local list=$project/scripts/python-packages.txt into=$project/target/python-packages work=$project/target/python-packages.new
  local log=$project/target/python-packages.log name names=() deb
  [[ ! -e $into || $list -nt $into ]] || return 0
  while IFS= read -r name; do
    [[ $name == '#'* ]] || names+=("$name")
  done <"$list"
  say "Fetching ${names[*]#*-} …"
  rm -rf "$work"
  mkdir -p "$work/debs" "$work/tree"
  if type -P apt-get dpkg-deb >/dev/null; then
    {
      download_debs "$work/debs" "${names[@]}" || { may_install && as_root apt-get -q update && download_debs "$work/debs" "${names[@]}"; }
    } >"$log" 2>&1 </dev/null || return
    for deb in "$work"/debs/*.deb; do
      dpkg-deb -x "$deb" "$work/tree" || return
    done
    # Links lead out of the folder, into that of jQuery.
    cp -RL "$work/tree/usr/lib/python3/dist-packages" "$work/packages" || return
  else
    read -ra names <<<"${names[*]/#libjs-*/}" # Which Django brings along.
    python3 -m pip install -q --target "$work/packages" "${names[@]#python3-}" >"$log" 2>&1 </dev/null || return
  fi
  rm -rf "$into"
  mv "$work/packages" "$into"
  touch "$into"
  rm -rf "$work"
}

# Downloads packages, and those of Python's and JavaScript's that they depend on, into the folder $1.
download_debs() {
  local into=$1 name all=()
  shift
  while IFS= read -r name; do
    all+=("$name")
  done < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
    sed -n '/^python3-\(minimal\|distutils\|lib2to3\)/d; s/^\(\(python3\|libjs\)-[^: ]*\)$/\1/p' | sort -u)
  ((${#all[@]})) || return
  # apt's own user may not write here, which it would say at length.
  (cd "$into" && apt-get -q -o APT::Sandbox::User=root download "${all[@]}")
}

# Installs what scripts/front-packages.txt names and is not there, and starts none of its services. Says what is missing
# in the end, and why.
install_fronts() {
  local name missing=() still=() why=''
  while IFS= read -r name; do
    missing+=("$name")
  done < <(missing_fronts)
  ((${#missing[@]})) || return 0
  if ! type -P apt-get >/dev/null; then
    why="there is no apt-get here"
  elif ! may_install; then
    why="that takes root, or sudo without a password"
  else
    install_idle "${missing[@]}" ||
      for name in "${missing[@]}"; do
        install_idle "$name" || true # One that can't be had keeps no other away.
      done
    why="see target/apt.log"
  fi
  while IFS= read -r name; do
    still+=("$name")
  done < <(missing_fronts)
  ((${#still[@]} == 0)) || say "Not installed: ${still[*]} ($why). The tests say what they could not run."
}

missing_fronts() {
  local name file
  while read -r name file; do
    [[ $name == '#'* || -e $file ]] || printf '%s\n' "$name"
  done <"$project/scripts/front-packages.txt"
}

# Installs packages whose services are not to run: not now, and not when the machine starts.
install_idle() (
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  install "$@" || exit
  [[ -d /run/systemd/system ]] || exit 0
  for name in "$@"; do
    as_root systemctl --quiet disable "$name" 2>/dev/null || true # Most have no service.
  done
)
