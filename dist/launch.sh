#!/bin/sh
# Finds one program of Launchway, checks it, and becomes it: launch.sh <program> [arguments]
# launch.sh setup puts several on PATH, those that LAUNCHWAY_PROGRAMS names. docs/launcher.md tells all.
#
# Looked for in this order: LAUNCHWAY_PATH, the runner's tool cache, LAUNCHWAY_MIRROR or else the release on
# GitHub; with LAUNCHWAY_FALLBACK=source, or where SHA256SUMS is empty, it is built. What was not built here
# runs only with the hash that stands in SHA256SUMS beside this script.
#
# Writes nothing into the working directory, and, but for setup, neither PATH nor the runner's files.

# An sh that is bash takes functions from the environment. A privileged one does not, and until it is
# there only words are used that no function can stand in for: in POSIX mode exec is one.
case ${BASH_VERSION:+${BASH:+$-}} in
  '' | *p*) ;;
  *)
    POSIXLY_CORRECT=y
    exec env -u BASH_ENV -u ENV -u SHELLOPTS -u BASHOPTS "$BASH" -p -- "$0" "$@"
    ;;
esac
set -eu
unset BASH_ENV ENV CDPATH GLOBIGNORE
# Read-only in bash, which was started without them.
case ${BASH_VERSION-} in '') unset SHELLOPTS BASHOPTS ;; esac
IFS=' 	
'
cr=$(printf '\r')
nl='
'
dist=.
case $0 in */*) dist=${0%/*} ;; esac
sums=$dist/SHA256SUMS
work='' running='' status='' hash='' target='' why='' version=''

leave() {
  if [ -n "$running" ]; then kill "$running" 2>/dev/null || :; fi
  if [ -n "$work" ]; then rm -rf -- "$work"; fi
  running='' work=''
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# $1: what is wrong, $2: what to do, $3: the exit code, 2 unless given. One line, whatever is in it.
fail() {
  if [ "${GITHUB_ACTIONS:-}" = true ]; then
    printf '::error title=Launchway::%s\n' "$(printf '%s; %s' "$1" "$2" | tr '\r\n' '  ' | sed 's/%/%25/g')"
  else
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
  fi
  exit "${3:-2}"
}

become() {
  leave
  exec "$@"
}

# What runs below us has no use for the step's secrets.
without_secrets() {
  unset LAUNCHWAY_INPUTS GITHUB_TOKEN GH_TOKEN NODE_AUTH_TOKEN NPM_TOKEN CARGO_REGISTRY_TOKEN
  unset ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_RUNTIME_TOKEN
}

# Sets `found` to the program in folder $1, whatever the platform calls it.
find_in() {
  for found in "$1/launchway-$program" "$1/launchway-$program.exe"; do
    if [ -f "$found" ] && [ -x "$found" ]; then return 0; fi
  done
  return 1
}

# The folders that programs are kept in, each given to function $1, until one says yes.
each_cache() {
  for cache in "${RUNNER_TOOL_CACHE:-}" "${RUNNER_TEMP:-}" "${XDG_CACHE_HOME:-}" "${HOME:+$HOME/.cache}"; do
    case $cache in /*) if "$1" "$cache/launchway"; then return 0; fi ;; esac
  done
  return 1
}

# Sets `work` to a new folder in $1, if that can be written. Others may read what is kept there: a
# container's root and the runner share a cache. What is unfinished nobody else can reach.
work_in() {
  (umask 022 && mkdir -p -- "$1") 2>/dev/null || return 1
  work=$(umask 077 && mktemp -d "$1/.new-XXXXXX" 2>/dev/null) || work=
  [ -n "$work" ]
}

# Sets `hash` to that of $1 in SHA256SUMS, empty where there is none.
wanted() {
  hash=
  # Read line by line the whole file would take longer than all the rest.
  rest=$(grep -F "  $1" "$sums" || :)$nl
  while [ -n "$rest" ]; do
    line=${rest%%"$nl"*}
    rest=${rest#*"$nl"}
    line=${line%"$cr"}
    case $line in *"  $1") hash=${line%"  $1"} && break ;; esac
  done
  case $hash in *[!0-9a-f]*) hash=damaged ;; esac
  if [ -n "$hash" ] && [ "${#hash}" -ne 64 ]; then
    fail "dist/SHA256SUMS is damaged at $1" 'use the action at a released version; if you do, please report it'
  fi
}

# Sets `hasher` to what takes the SHA-256 of files.
find_hasher() {
  if command -v sha256sum >/dev/null 2>&1; then
    hasher=sha256sum
  elif command -v shasum >/dev/null 2>&1; then
    hasher='shasum -a 256'
  elif command -v openssl >/dev/null 2>&1; then
    hasher='openssl dgst -sha256 -r'
  else
    fail 'there is no sha256sum, shasum or openssl, so no download can be checked' 'install one of them (Debian: coreutils), or set LAUNCHWAY_PATH to a program you trust'
  fi
}

# Whether file $1 has `hash`.
is_wanted() {
  sum=$($hasher <"$1") || sum=
  [ "${sum%% *}" = "$hash" ]
}

platform() {
  kind=$(uname -sm)
  case $kind in
    'Linux x86_64' | 'Linux amd64') target=x86_64-unknown-linux-musl ;;
    # armv8l: a process of 32 bits on a system of 64, which runs a static program all the same.
    'Linux aarch64' | 'Linux arm64' | 'Linux armv8l' | 'Linux armv8b') target=aarch64-unknown-linux-musl ;;
    'Darwin arm64') target=aarch64-apple-darwin ;;
    'Darwin x86_64')
      target=x86_64-apple-darwin
      # Under Rosetta an Apple processor says it is another.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then target=aarch64-apple-darwin; fi
      ;;
  esac
}

# Whether folder $1 holds the program. One with another hash is not replaced in silence: somebody writes
# where the runner keeps its tools, and whoever owns it must hear of that.
kept_in() {
  found=$1/$version/$target/launchway-$program
  if ! [ -f "$found" ] || ! [ -r "$found" ]; then return 1; fi
  if is_wanted "$found"; then
    [ -x "$found" ]
    return
  fi
  if rm -f -- "$found" 2>/dev/null; then gone='it is deleted'; else gone='it cannot be deleted'; fi
  fail "the kept $found is not the launchway-$program $version of dist/SHA256SUMS; $gone" 'find out who writes to the tool cache of this runner; run again to fetch the program anew'
}

# One try to fetch $1 to $2 within $3 seconds. Sets `why` on failure, and `again` if one more may help.
try() {
  again=yes
  : >"$work/log"
  (
    without_secrets
    if command -v curl >/dev/null 2>&1; then
      if [ -n "${LAUNCHWAY_MIRROR:-}" ]; then set -- "$@" --netrc-optional; fi
      url=$1 file=$2 time=$3
      shift 3
      exec curl -q --silent --show-error --fail --location --max-redirs 5 --proto "=$scheme" --proto-redir =https \
        --connect-timeout 10 --max-time "$time" --speed-limit 512 --speed-time "$stall" --max-filesize 268435456 \
        "$@" --output "$file" --url "$url"
    fi
    if [ -n "${HTTPS_PROXY:-}" ]; then export https_proxy="${https_proxy:-$HTTPS_PROXY}"; fi
    if [ -n "${NO_PROXY:-}" ]; then export no_proxy="${no_proxy:-$NO_PROXY}"; fi
    url=$1 file=$2 time=$3
    set --
    if command -v timeout >/dev/null 2>&1; then set -- timeout "$time"; fi
    if wget --version >/dev/null 2>&1; then
      set -- "$@" wget --no-config --tries=1 --max-redirect=5 --timeout="$stall"
      if [ -z "${LAUNCHWAY_MIRROR:-}" ]; then set -- "$@" --no-netrc; fi
      if [ -n "${SSL_CERT_FILE:-}" ]; then set -- "$@" --ca-certificate="$SSL_CERT_FILE"; fi
    else
      set -- "$@" wget
    fi
    exec "$@" -S -O "$file" "$url"
  ) >/dev/null 2>"$work/log" &
  running=$!
  code=0
  wait "$running" || code=$?
  running=
  # wget follows redirects to http and cannot be told not to: then nothing it brought is looked at.
  if grep -qi '^ *location: *http:' "$work/log"; then
    why='a redirect leads to http'
    again=no
    return 1
  fi
  if [ "$code" -eq 0 ]; then return 0; fi
  if grep -q 'redirections' "$work/log"; then
    why='there are too many redirects'
    again=no
    return 1
  fi
  status=$(sed -n -e 's|^ *HTTP/[0-9.]* \([0-9][0-9][0-9]\).*|\1|p' -e 's|.*returned error: \([0-9][0-9][0-9]\).*|\1|p' "$work/log" | tail -n 1)
  case $status in
    408 | 425 | 429 | 5?? | '' | 2?? | 3??) ;;
    *) again=no ;;
  esac
  # What curl says of a forbidden protocol, a bad URL, a full disk, a redirect loop, a certificate.
  case $code in 1 | 3 | 23 | 47 | 60 | 77) if command -v curl >/dev/null 2>&1; then again=no; fi ;; esac
  why=$(grep -i -e '^curl: ' -e '^wget: ' -e '^error' -e 'failed' "$work/log" | head -n 1 | cut -c 1-300)
  if [ "$code" -eq 124 ]; then why="no end within $3 seconds"; fi
  if [ -n "$status" ] && [ "$status" -ge 400 ]; then why="it answered $status"; fi
  if [ -z "$why" ]; then why="the download ended with exit code $code"; fi
  return 1
}

# Fetches the archive $1 into `work`; if it cannot be had, sets `why`.
fetch() {
  base=${LAUNCHWAY_MIRROR:-https://github.com/launchway/launchway/releases/download/v$version}
  base=${base%/}
  case $base in
    file:///*)
      if ! [ -f "${base#file://}/$1" ]; then
        why="there is no $1"
        return 1
      fi
      cp -- "${base#file://}/$1" "$work/$1" 2>"$work/log" && return
      why=$(tail -n 1 "$work/log")
      return 1
      ;;
    *[[:cntrl:][:space:]\"\\?#]*) scheme= ;;
    https://?*) scheme=https ;;
    http://127.0.0.1 | http://127.0.0.1[:/]* | http://localhost | http://localhost[:/]* | 'http://[::1]' | 'http://[::1]'[:/]*) scheme=http ;;
    *) scheme= ;;
  esac
  host=${base#*://}
  case ${host%%/*} in *@*) fail 'LAUNCHWAY_MIRROR holds a login' 'write the login into ~/.netrc, where it does not reach a log' ;; esac
  [ -n "$scheme" ] || fail 'LAUNCHWAY_MIRROR is no address of https or file:///' 'http is taken only for 127.0.0.1, localhost and [::1]'
  command -v curl >/dev/null 2>&1 || command -v wget >/dev/null 2>&1 || fail "there is neither curl nor wget to fetch launchway-$program" 'install one of them in an earlier step, or set LAUNCHWAY_MIRROR to file:///FOLDER'
  total=${LAUNCHWAY_TIMEOUT:-120}
  case $total in '' | 0* | *[!0-9]* | ??????*) fail 'LAUNCHWAY_TIMEOUT is no number of seconds' 'write a plain number, such as 120' ;; esac
  stall=$(((total + 5) / 6))
  end=$(($(date +%s) + total))
  pause=1
  printf 'fetching launchway-%s %s for %s\n' "$program" "$version" "$target" >&2
  while :; do
    left=$((end - $(date +%s)))
    if [ "$left" -gt $(((total + 1) / 2)) ]; then left=$(((total + 1) / 2)); fi
    # To curl and timeout 0 is no limit.
    if [ "$left" -lt 1 ]; then left=1; fi
    if try "$base/$1" "$work/$1" "$left"; then return 0; fi
    rm -f -- "$work/$1"
    if [ "$again" = no ] || [ "$pause" -gt 8 ] || [ $((end - $(date +%s))) -le "$pause" ]; then return 1; fi
    printf 'trying again in %s s: %s\n' "$pause" "$why" >&2
    sleep "$pause" &
    running=$!
    wait "$running" || :
    running=
    pause=$((pause * 2))
  done
}

# Brings the program into folder $1/<version>/<target>; `found` is it then.
keep_in() {
  folder=$1/$version/$target
  work_in "$folder" || return 1
  archive=launchway-$program-$version-$target.tar.gz
  unpacked=$hash
  wanted "$archive"
  [ -n "$hash" ] || fail "dist/SHA256SUMS names $target/launchway-$program and not $archive" 'this is a bug in the release; please report it'
  if ! fetch "$archive"; then
    leave
    hash=$unpacked
    found=''
    if [ "$fallback" = source ]; then return 0; fi
    fail "launchway-$program $version could not be fetched from $base: $why" 'look at network, proxy (HTTPS_PROXY) and authorities (SSL_CERT_FILE) of this runner; LAUNCHWAY_MIRROR, LAUNCHWAY_PATH and LAUNCHWAY_FALLBACK=source are ways without it' 3
  fi
  is_wanted "$work/$archive" || fail "$archive from $base is not what dist/SHA256SUMS says; it is deleted and nothing of it ran" 'run again if a proxy may have cut it; if that does not help, somebody replaced it: please report it'
  hash=$unpacked
  # To standard output: a path or a link in the archive leads nowhere.
  (unset TAR_OPTIONS && tar -xzOf "$work/$archive" "launchway-$program" 2>"$work/log" | head -c 67108864 >"$work/program") || :
  is_wanted "$work/program" || fail "the launchway-$program in $archive is not what dist/SHA256SUMS says, or the disk is full; it is deleted and did not run" 'look at the free space of the tool cache; if there is enough, please report it'
  found=$folder/launchway-$program
  if [ -d "$found" ]; then fail "$found is a folder" 'delete it'; fi
  # Two at once: each renames a whole and checked file.
  { chmod 755 "$work/program" && mv -f -- "$work/program" "$found"; } || fail "$found cannot be written" 'look at the free space and the rights of the tool cache'
  leave
  [ -x "$found" ] || fail "$found cannot be run" 'let RUNNER_TOOL_CACHE or RUNNER_TEMP lie on a disk whose programs may run (mounted without noexec)'
}

# Builds the program from the tree above this script, once per source.
build() {
  if [ ! -f "$dist/../Cargo.lock" ] || [ ! -d "$dist/../crates/$program" ]; then
    fail "the source of launchway-$program is not next to this action" 'use the action from its own repository, or set LAUNCHWAY_PATH to a built program'
  fi
  # File times say nothing here: the runner unpacks the action anew.
  # shellcheck disable=SC2086 # the hasher has words
  key=$(cd -- "$dist/.." && find Cargo.toml Cargo.lock crates -type f -exec $hasher {} + | sort | $hasher | cut -c 1-16)
  built_in() { find_in "$1/$key/release"; }
  if each_cache built_in; then return 0; fi
  if ! command -v cargo >/dev/null 2>&1; then
    fail "launchway-$program is built from source and there is no cargo on this runner" 'install Rust 1.95 or newer in an earlier step (rustup toolchain install stable), or set LAUNCHWAY_PATH to a built program'
  fi
  each_cache work_in || fail 'there is no folder to build in' 'let RUNNER_TOOL_CACHE, RUNNER_TEMP or HOME name a folder that can be written'
  folder=${work%/*}/$key
  leave
  printf 'building launchway-%s from source, once for this version\n' "$program" >&2
  if ! (
    umask 022
    without_secrets
    unset CARGO_BUILD_TARGET
    mkdir -p -- "$folder"
    # From the source's own folder: the configuration of the user's repository is not ours.
    cd -- "$dist/.."
    command cargo build --quiet --locked --release --package "launchway-$program" --target-dir "$folder" >&2
  ); then
    fail "launchway-$program could not be built" 'the compiler says why above; Rust 1.95 or newer and access to the Rust package registry are needed'
  fi
  find_in "$folder/release" || fail "cargo built no program launchway-$program" 'this is a bug in Launchway; please report it'
}

# Sets `found` to the program, and `hash` to what it must have, empty where it was built or given.
obtain() {
  case $program in
    '' | *[!a-z]*) fail 'launch.sh was started without the name of a program' 'this is a bug in the action file, or in what LAUNCHWAY_PROGRAMS names; names are such as health' ;;
  esac
  hash=
  if [ -n "${LAUNCHWAY_PATH:-}" ]; then
    if [ -d "$LAUNCHWAY_PATH" ]; then
      if find_in "$LAUNCHWAY_PATH"; then return 0; fi
      fail "the folder that LAUNCHWAY_PATH names holds no program launchway-$program" "build it with 'cargo build --release --package launchway-$program', or unset LAUNCHWAY_PATH"
    fi
    found=$LAUNCHWAY_PATH
    if [ -f "$found" ] && [ -x "$found" ]; then return 0; fi
    fail 'LAUNCHWAY_PATH names nothing that can be run' 'let it name a program or a folder of programs, or unset it'
  fi
  fallback=${LAUNCHWAY_FALLBACK:-}
  case $fallback in '' | source) ;; *) fail 'LAUNCHWAY_FALLBACK is neither empty nor source' 'write source, or nothing' ;; esac
  version=
  if [ -f "$dist/VERSION" ]; then read -r version <"$dist/VERSION" || :; fi
  version=${version%"$cr"}
  case $version in
    '' | [!0-9]* | *[!0-9A-Za-z.+-]*) fail 'dist/VERSION is missing or holds no version' 'the action was not unpacked whole; clear the folder _actions of this runner' ;;
  esac
  [ -f "$sums" ] || fail 'dist/SHA256SUMS is missing' 'the action was not unpacked whole; clear the folder _actions of this runner'
  find_hasher
  if ! [ -s "$sums" ]; then
    build
    return
  fi
  if [ -z "$target" ]; then platform; fi
  if [ -n "$target" ]; then wanted "$target/launchway-$program"; fi
  if [ -n "$hash" ]; then
    if each_cache kept_in; then return 0; fi
    if ! each_cache keep_in; then
      # Nowhere to keep it: a folder of its own, this once.
      work=$(umask 077 && mktemp -d "${TMPDIR:-/tmp}/launchway-XXXXXX") || fail 'there is no folder to keep a program in' 'let RUNNER_TOOL_CACHE, RUNNER_TEMP, HOME or TMPDIR name a folder that can be written'
      folder=$work work=''
      keep_in "$folder" || fail "nothing can be written to $folder" 'look at the free space of the disk'
    fi
    if [ -n "$found" ]; then return 0; fi
    hash=
  elif [ "$fallback" != source ]; then
    fail "there is no launchway-$program $version for this machine ($kind)" 'there are programs for Linux and macOS on x86_64 and arm64, on Windows with launch.ps1; set LAUNCHWAY_FALLBACK=source to build one with cargo, or LAUNCHWAY_PATH to a built program'
  fi
  build
}

# Puts the programs that LAUNCHWAY_PROGRAMS names into a folder of this job, and that on PATH.
setup() {
  umask 022
  bin=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/launchway-XXXXXX") || fail 'there is no folder to put programs in' 'let RUNNER_TEMP or TMPDIR name a folder that can be written'
  case $bin in *"$nl"* | *"$cr"*) fail 'RUNNER_TEMP holds a line break' 'let it name a folder without one' ;; esac
  chmod 755 "$bin"
  set -f
  # shellcheck disable=SC2046 # words between blanks, commas and line breaks
  set -- $(printf '%s' "${LAUNCHWAY_PROGRAMS:-}" | tr ',\r' '  ')
  set +f
  [ "$#" -gt 0 ] || fail 'LAUNCHWAY_PROGRAMS names no program' 'name some, such as health, one per line'
  for program; do
    program=${program#launchway-}
    obtain
    cp -- "$found" "$bin/launchway-$program" || fail "launchway-$program could not be copied to $bin" 'look at the free space of the disk'
    # The copy is what later steps run.
    [ -z "$hash" ] || is_wanted "$bin/launchway-$program" || fail "the copy of launchway-$program in $bin is not what dist/SHA256SUMS says" 'look at the free space of the disk; run again'
  done
  if [ -n "${GITHUB_PATH:-}" ]; then printf '%s\n' "$bin" >>"$GITHUB_PATH"; fi
  if [ -n "${GITHUB_OUTPUT:-}" ]; then printf 'path=%s\nversion=%s\n' "$bin" "${version:-}" >>"$GITHUB_OUTPUT"; fi
  printf '%s\n' "$bin"
}

program=${1:-}
if [ "$program" = setup ]; then
  setup
  exit
fi
if [ "$#" -gt 0 ]; then shift; fi
obtain
become "$found" "$@"
