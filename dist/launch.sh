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
lw_cr=$(printf '\r')
lw_nl='
'
# Names of our own: what a job calls `version` or `target` reaches the program as it is.
lw_dist=.
case $0 in */*) lw_dist=${0%/*} ;; esac
lw_sums=$lw_dist/SHA256SUMS
lw_work='' lw_running='' lw_status='' lw_hash='' lw_target='' lw_why='' lw_version=''

leave() {
  if [ -n "$lw_running" ]; then kill "$lw_running" 2>/dev/null || :; fi
  if [ -n "$lw_work" ]; then rm -rf -- "$lw_work"; fi
  lw_running='' lw_work=''
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

# Sets `lw_found` to the program in folder $1, whatever the platform calls it.
find_in() {
  for lw_found in "$1/launchway-$lw_program" "$1/launchway-$lw_program.exe"; do
    if [ -f "$lw_found" ] && [ -x "$lw_found" ]; then return 0; fi
  done
  return 1
}

# The folders that programs are kept in, each given to function $1, until one says yes.
each_cache() {
  for lw_cache in "${RUNNER_TOOL_CACHE:-}" "${RUNNER_TEMP:-}" "${XDG_CACHE_HOME:-}" "${HOME:+$HOME/.cache}"; do
    case $lw_cache in /*) if "$1" "$lw_cache/launchway"; then return 0; fi ;; esac
  done
  return 1
}

# Sets `lw_work` to a new folder in $1, if that can be written. Others may read what is kept there: a
# container's root and the runner share a cache. What is unfinished nobody else can reach.
work_in() {
  (umask 022 && mkdir -p -- "$1") 2>/dev/null || return 1
  lw_work=$(umask 077 && mktemp -d "$1/.new-XXXXXX" 2>/dev/null) || lw_work=
  [ -n "$lw_work" ]
}

# Sets `lw_hash` to that of $1 in SHA256SUMS, empty where there is none.
wanted() {
  lw_hash=
  # Read line by line the whole file would take longer than all the rest.
  lw_rest=$(grep -F "  $1" "$lw_sums" || :)$lw_nl
  while [ -n "$lw_rest" ]; do
    lw_line=${lw_rest%%"$lw_nl"*}
    lw_rest=${lw_rest#*"$lw_nl"}
    lw_line=${lw_line%"$lw_cr"}
    case $lw_line in *"  $1") lw_hash=${lw_line%"  $1"} && break ;; esac
  done
  case $lw_hash in *[!0-9a-f]*) lw_hash=damaged ;; esac
  if [ -n "$lw_hash" ] && [ "${#lw_hash}" -ne 64 ]; then
    fail "dist/SHA256SUMS is damaged at $1" 'use the action at a released version; if you do, please report it'
  fi
}

# Sets `lw_hasher` to what takes the SHA-256 of files.
find_hasher() {
  if command -v sha256sum >/dev/null 2>&1; then
    lw_hasher=sha256sum
  elif command -v shasum >/dev/null 2>&1; then
    lw_hasher='shasum -a 256'
  elif command -v openssl >/dev/null 2>&1; then
    lw_hasher='openssl dgst -sha256 -r'
  else
    fail 'there is no sha256sum, shasum or openssl, so no download can be checked' 'install one of them (Debian: coreutils), or set LAUNCHWAY_PATH to a program you trust'
  fi
}

# Whether file $1 has `lw_hash`.
is_wanted() {
  lw_sum=$($lw_hasher <"$1") || lw_sum=
  [ "${lw_sum%% *}" = "$lw_hash" ]
}

platform() {
  lw_kind=$(uname -sm)
  case $lw_kind in
    'Linux x86_64' | 'Linux amd64') lw_target=x86_64-unknown-linux-musl ;;
    # armv8l: a process of 32 bits on a system of 64, which runs a static program all the same.
    'Linux aarch64' | 'Linux arm64' | 'Linux armv8l' | 'Linux armv8b') lw_target=aarch64-unknown-linux-musl ;;
    'Darwin arm64') lw_target=aarch64-apple-darwin ;;
    'Darwin x86_64')
      lw_target=x86_64-apple-darwin
      # Under Rosetta an Apple processor says it is another.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then lw_target=aarch64-apple-darwin; fi
      ;;
  esac
}

# Whether folder $1 holds the program. One with another hash is not replaced in silence: somebody writes
# where the runner keeps its tools, and whoever owns it must hear of that.
kept_in() {
  lw_found=$1/$lw_version/$lw_target/launchway-$lw_program
  if ! [ -f "$lw_found" ] || ! [ -r "$lw_found" ]; then return 1; fi
  if is_wanted "$lw_found"; then
    [ -x "$lw_found" ]
    return
  fi
  if rm -f -- "$lw_found" 2>/dev/null; then lw_gone='it is deleted'; else lw_gone='it cannot be deleted'; fi
  fail "the kept $lw_found is not the launchway-$lw_program $lw_version of dist/SHA256SUMS; $lw_gone" 'find out who writes to the tool cache of this runner; run again to fetch the program anew'
}

# One try to fetch $1 to $2 within $3 seconds. Sets `lw_why` on failure, and `lw_again` if one more may help.
try() {
  lw_again=yes
  : >"$lw_work/log"
  (
    without_secrets
    if command -v curl >/dev/null 2>&1; then
      if [ -n "${LAUNCHWAY_MIRROR:-}" ]; then set -- "$@" --netrc-optional; fi
      lw_url=$1 lw_file=$2 lw_time=$3
      shift 3
      exec curl -q --silent --show-error --fail --location --max-redirs 5 --proto "=$lw_scheme" --proto-redir =https \
        --connect-timeout 10 --max-time "$lw_time" --speed-limit 512 --speed-time "$lw_stall" --max-filesize 268435456 \
        "$@" --output "$lw_file" --url "$lw_url"
    fi
    if [ -n "${HTTPS_PROXY:-}" ]; then export https_proxy="${https_proxy:-$HTTPS_PROXY}"; fi
    if [ -n "${NO_PROXY:-}" ]; then export no_proxy="${no_proxy:-$NO_PROXY}"; fi
    lw_url=$1 lw_file=$2 lw_time=$3
    set --
    if command -v timeout >/dev/null 2>&1; then set -- timeout "$lw_time"; fi
    if wget --version >/dev/null 2>&1; then
      set -- "$@" wget --no-config --tries=1 --max-redirect=5 --timeout="$lw_stall"
      if [ -z "${LAUNCHWAY_MIRROR:-}" ]; then set -- "$@" --no-netrc; fi
      if [ -n "${SSL_CERT_FILE:-}" ]; then set -- "$@" --ca-certificate="$SSL_CERT_FILE"; fi
    else
      set -- "$@" wget
    fi
    exec "$@" -S -O "$lw_file" "$lw_url"
  ) >/dev/null 2>"$lw_work/log" &
  lw_running=$!
  lw_code=0
  wait "$lw_running" || lw_code=$?
  lw_running=
  # wget follows redirects to http and cannot be told not to: then nothing it brought is looked at.
  if grep -qi '^ *location: *http:' "$lw_work/log"; then
    lw_why='a redirect leads to http'
    lw_again=no
    return 1
  fi
  if [ "$lw_code" -eq 0 ]; then return 0; fi
  if grep -q 'redirections' "$lw_work/log"; then
    lw_why='there are too many redirects'
    lw_again=no
    return 1
  fi
  lw_status=$(sed -n -e 's|^ *HTTP/[0-9.]* \([0-9][0-9][0-9]\).*|\1|p' -e 's|.*returned error: \([0-9][0-9][0-9]\).*|\1|p' "$lw_work/log" | tail -n 1)
  case $lw_status in
    408 | 425 | 429 | 5?? | '' | 2?? | 3??) ;;
    *) lw_again=no ;;
  esac
  # What curl says of a forbidden protocol, a bad URL, a full disk, a redirect loop, a certificate.
  case $lw_code in 1 | 3 | 23 | 47 | 60 | 77) if command -v curl >/dev/null 2>&1; then lw_again=no; fi ;; esac
  lw_why=$(grep -i -e '^curl: ' -e '^wget: ' -e '^error' -e 'failed' "$lw_work/log" | head -n 1 | cut -c 1-300)
  if [ "$lw_code" -eq 124 ]; then lw_why="no end within $3 seconds"; fi
  if [ -n "$lw_status" ] && [ "$lw_status" -ge 400 ]; then lw_why="it answered $lw_status"; fi
  if [ -z "$lw_why" ]; then lw_why="the download ended with exit code $lw_code"; fi
  return 1
}

# Fetches the archive $1 into `lw_work`; if it cannot be had, sets `lw_why`.
fetch() {
  lw_base=${LAUNCHWAY_MIRROR:-https://github.com/launchway/launchway/releases/download/v$lw_version}
  lw_base=${lw_base%/}
  case $lw_base in
    file:///*)
      if ! [ -f "${lw_base#file://}/$1" ]; then
        lw_why="there is no $1"
        return 1
      fi
      cp -- "${lw_base#file://}/$1" "$lw_work/$1" 2>"$lw_work/log" && return
      lw_why=$(tail -n 1 "$lw_work/log")
      return 1
      ;;
    *[[:cntrl:][:space:]\"\\?#]*) lw_scheme= ;;
    https://?*) lw_scheme=https ;;
    http://127.0.0.1 | http://127.0.0.1[:/]* | http://localhost | http://localhost[:/]* | 'http://[::1]' | 'http://[::1]'[:/]*) lw_scheme=http ;;
    *) lw_scheme= ;;
  esac
  lw_host=${lw_base#*://}
  case ${lw_host%%/*} in *@*) fail 'LAUNCHWAY_MIRROR holds a login' 'write the login into ~/.netrc, where it does not reach a log' ;; esac
  [ -n "$lw_scheme" ] || fail 'LAUNCHWAY_MIRROR is no address of https or file:///' 'write https://... or file:///FOLDER; http is taken only for 127.0.0.1, localhost and [::1]'
  command -v curl >/dev/null 2>&1 || command -v wget >/dev/null 2>&1 || fail "there is neither curl nor wget to fetch launchway-$lw_program" 'install one of them in an earlier step, or set LAUNCHWAY_MIRROR to file:///FOLDER'
  lw_total=${LAUNCHWAY_TIMEOUT:-120}
  case $lw_total in '' | 0* | *[!0-9]* | ??????*) fail 'LAUNCHWAY_TIMEOUT is no number of seconds' 'write a plain number, such as 120' ;; esac
  lw_stall=$(((lw_total + 5) / 6))
  lw_end=$(($(date +%s) + lw_total))
  lw_pause=1
  printf 'fetching launchway-%s %s for %s\n' "$lw_program" "$lw_version" "$lw_target" >&2
  while :; do
    lw_left=$((lw_end - $(date +%s)))
    if [ "$lw_left" -gt $(((lw_total + 1) / 2)) ]; then lw_left=$(((lw_total + 1) / 2)); fi
    # To curl and timeout 0 is no limit.
    if [ "$lw_left" -lt 1 ]; then lw_left=1; fi
    if try "$lw_base/$1" "$lw_work/$1" "$lw_left"; then return 0; fi
    rm -f -- "$lw_work/$1"
    if [ "$lw_again" = no ] || [ "$lw_pause" -gt 8 ] || [ $((lw_end - $(date +%s))) -le "$lw_pause" ]; then return 1; fi
    printf 'trying again in %s s: %s\n' "$lw_pause" "$lw_why" >&2
    sleep "$lw_pause" &
    lw_running=$!
    wait "$lw_running" || :
    lw_running=
    lw_pause=$((lw_pause * 2))
  done
}

# Brings the program into folder $1/<version>/<target>; `lw_found` is it then.
keep_in() {
  lw_folder=$1/$lw_version/$lw_target
  work_in "$lw_folder" || return 1
  lw_archive=launchway-$lw_program-$lw_version-$lw_target.tar.gz
  lw_unpacked=$lw_hash
  wanted "$lw_archive"
  [ -n "$lw_hash" ] || fail "dist/SHA256SUMS names $lw_target/launchway-$lw_program and not $lw_archive" 'this is a bug in the release; please report it'
  if ! fetch "$lw_archive"; then
    leave
    lw_hash=$lw_unpacked
    lw_found=''
    if [ "$lw_fallback" = source ]; then return 0; fi
    fail "launchway-$lw_program $lw_version could not be fetched from $lw_base: $lw_why" 'look at network, proxy (HTTPS_PROXY) and authorities (SSL_CERT_FILE) of this runner; LAUNCHWAY_MIRROR, LAUNCHWAY_PATH and LAUNCHWAY_FALLBACK=source are ways without it' 3
  fi
  is_wanted "$lw_work/$lw_archive" || fail "$lw_archive from $lw_base is not what dist/SHA256SUMS says; it is deleted and nothing of it ran" 'run again if a proxy may have cut it; if that does not help, somebody replaced it: please report it'
  lw_hash=$lw_unpacked
  # To standard output: a path or a link in the archive leads nowhere.
  (unset TAR_OPTIONS && tar -xzOf "$lw_work/$lw_archive" "launchway-$lw_program" 2>"$lw_work/log" | head -c 67108864 >"$lw_work/program") || :
  is_wanted "$lw_work/program" || fail "the launchway-$lw_program in $lw_archive is not what dist/SHA256SUMS says, or the disk is full; it is deleted and did not run" 'look at the free space of the tool cache; if there is enough, please report it'
  lw_found=$lw_folder/launchway-$lw_program
  if [ -d "$lw_found" ]; then fail "$lw_found is a folder" 'delete it'; fi
  # Two at once: each renames a whole and checked file.
  { chmod 755 "$lw_work/program" && mv -f -- "$lw_work/program" "$lw_found"; } || fail "$lw_found cannot be written" 'look at the free space and the rights of the tool cache'
  leave
  [ -x "$lw_found" ] || fail "$lw_found cannot be run" 'let RUNNER_TOOL_CACHE or RUNNER_TEMP lie on a disk whose programs may run (mounted without noexec)'
}

# Builds the program from the tree above this script, once per source.
build() {
  if [ ! -f "$lw_dist/../Cargo.lock" ] || [ ! -d "$lw_dist/../crates/$lw_program" ]; then
    fail "the source of launchway-$lw_program is not next to this action" 'use the action from its own repository, or set LAUNCHWAY_PATH to a built program'
  fi
  # File times say nothing here: the runner unpacks the action anew.
  # shellcheck disable=SC2086 # the hasher has words
  lw_key=$(cd -- "$lw_dist/.." && find Cargo.toml Cargo.lock crates -type f -exec $lw_hasher {} + | sort | $lw_hasher | cut -c 1-16)
  built_in() { find_in "$1/$lw_key/release"; }
  if each_cache built_in; then return 0; fi
  if ! command -v cargo >/dev/null 2>&1; then
    fail "launchway-$lw_program is built from source and there is no cargo on this runner" 'install Rust 1.95 or newer in an earlier step (rustup toolchain install stable), or set LAUNCHWAY_PATH to a built program'
  fi
  each_cache work_in || fail 'there is no folder to build in' 'let RUNNER_TOOL_CACHE, RUNNER_TEMP or HOME name a folder that can be written'
  lw_folder=${lw_work%/*}/$lw_key
  leave
  printf 'building launchway-%s from source, once for this version\n' "$lw_program" >&2
  if ! (
    umask 022
    without_secrets
    unset CARGO_BUILD_TARGET
    mkdir -p -- "$lw_folder"
    # From the source's own folder: the configuration of the user's repository is not ours.
    cd -- "$lw_dist/.."
    command cargo build --quiet --locked --release --package "launchway-$lw_program" --target-dir "$lw_folder" >&2
  ); then
    fail "launchway-$lw_program could not be built" 'the compiler says why above; Rust 1.95 or newer and access to the Rust package registry are needed'
  fi
  find_in "$lw_folder/release" || fail "cargo built no program launchway-$lw_program" 'this is a bug in Launchway; please report it'
}

# Sets `lw_found` to the program, and `lw_hash` to what it must have, empty where it was built or given.
obtain() {
  case $lw_program in
    '' | *[!a-z]*) fail 'launch.sh was started without the name of a program' 'this is a bug in the action file, or in what LAUNCHWAY_PROGRAMS names; names are such as health' ;;
  esac
  lw_hash=
  if [ -n "${LAUNCHWAY_PATH:-}" ]; then
    if [ -d "$LAUNCHWAY_PATH" ]; then
      if find_in "$LAUNCHWAY_PATH"; then return 0; fi
      fail "the folder that LAUNCHWAY_PATH names holds no program launchway-$lw_program" "build it with 'cargo build --release --package launchway-$lw_program', or unset LAUNCHWAY_PATH"
    fi
    lw_found=$LAUNCHWAY_PATH
    if [ -f "$lw_found" ] && [ -x "$lw_found" ]; then return 0; fi
    fail 'LAUNCHWAY_PATH names nothing that can be run' 'let it name a program or a folder of programs, or unset it'
  fi
  lw_fallback=${LAUNCHWAY_FALLBACK:-}
  case $lw_fallback in '' | source) ;; *) fail 'LAUNCHWAY_FALLBACK is neither empty nor source' 'write source, or nothing' ;; esac
  lw_version=
  if [ -f "$lw_dist/VERSION" ]; then read -r lw_version <"$lw_dist/VERSION" || :; fi
  lw_version=${lw_version%"$lw_cr"}
  case $lw_version in
    '' | [!0-9]* | *[!0-9A-Za-z.+-]*) fail 'dist/VERSION is missing or holds no version' 'the action was not unpacked whole; clear the folder _actions of this runner' ;;
  esac
  [ -f "$lw_sums" ] || fail 'dist/SHA256SUMS is missing' 'the action was not unpacked whole; clear the folder _actions of this runner'
  find_hasher
  if ! [ -s "$lw_sums" ]; then
    build
    return
  fi
  if [ -z "$lw_target" ]; then platform; fi
  if [ -n "$lw_target" ]; then wanted "$lw_target/launchway-$lw_program"; fi
  if [ -n "$lw_hash" ]; then
    if each_cache kept_in; then return 0; fi
    if ! each_cache keep_in; then
      # Nowhere to keep it: a folder of its own, this once.
      lw_work=$(umask 077 && mktemp -d "${TMPDIR:-/tmp}/launchway-XXXXXX") || fail 'there is no folder to keep a program in' 'let RUNNER_TOOL_CACHE, RUNNER_TEMP, HOME or TMPDIR name a folder that can be written'
      lw_folder=$lw_work lw_work=''
      keep_in "$lw_folder" || fail "nothing can be written to $lw_folder" 'look at the free space of the disk'
    fi
    if [ -n "$lw_found" ]; then return 0; fi
    lw_hash=
  elif [ "$lw_fallback" != source ]; then
    fail "there is no launchway-$lw_program $lw_version for this machine ($lw_kind)" 'there are programs for Linux and macOS on x86_64 and arm64, on Windows with launch.ps1; set LAUNCHWAY_FALLBACK=source to build one with cargo, or LAUNCHWAY_PATH to a built program'
  fi
  build
}

# Puts the programs that LAUNCHWAY_PROGRAMS names into a folder of this job, and that on PATH.
setup() {
  umask 022
  lw_bin=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/launchway-XXXXXX") || fail 'there is no folder to put programs in' 'let RUNNER_TEMP or TMPDIR name a folder that can be written'
  case $lw_bin in *"$lw_nl"* | *"$lw_cr"*) fail 'RUNNER_TEMP holds a line break' 'let it name a folder without one' ;; esac
  chmod 755 "$lw_bin"
  set -f
  # shellcheck disable=SC2046 # words between blanks, commas and line breaks
  set -- $(printf '%s' "${LAUNCHWAY_PROGRAMS:-}" | tr ',\r' '  ')
  set +f
  [ "$#" -gt 0 ] || fail 'LAUNCHWAY_PROGRAMS names no program' 'name some, such as health, one per line'
  for lw_program; do
    lw_program=${lw_program#launchway-}
    obtain
    cp -- "$lw_found" "$lw_bin/launchway-$lw_program" || fail "launchway-$lw_program could not be copied to $lw_bin" 'look at the free space of the disk'
    # The copy is what later steps run.
    [ -z "$lw_hash" ] || is_wanted "$lw_bin/launchway-$lw_program" || fail "the copy of launchway-$lw_program in $lw_bin is not what dist/SHA256SUMS says" 'look at the free space of the disk; run again'
  done
  if [ -n "${GITHUB_PATH:-}" ]; then printf '%s\n' "$lw_bin" >>"$GITHUB_PATH"; fi
  if [ -n "${GITHUB_OUTPUT:-}" ]; then printf 'path=%s\nversion=%s\n' "$lw_bin" "${lw_version:-}" >>"$GITHUB_OUTPUT"; fi
  printf '%s\n' "$lw_bin"
}

lw_program=${1:-}
if [ "$lw_program" = setup ]; then
  setup
  exit
fi
if [ "$#" -gt 0 ]; then shift; fi
obtain
become "$lw_found" "$@"
