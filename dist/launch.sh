#!/bin/sh
# Finds one program of Launchway and becomes it: launch.sh <program> [arguments]
#
# LAUNCHWAY_PATH  a program, or a folder that holds launchway-<program>; then nothing is built.
#                 Without it the program is built, once per source, from the folder above this
#                 script, into the runner's tool cache.
#
# Writes nothing into the working directory, PATH or the runner's environment files.

# A variable of an earlier step must not choose what any shell below us reads or how it behaves.
unset ENV BASH_ENV CDPATH GLOBIGNORE
unset -f cargo cksum command find mkdir sort 2>/dev/null || :
set -eu
IFS=' 	
'

fail() {
  # $1: what is wrong, $2: what to do. Fixed text only: it becomes a workflow command.
  if [ "${GITHUB_ACTIONS:-}" = true ]; then
    printf '::error title=Launchway::%s; %s\n' "$1" "$2"
  else
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
  fi
  exit 2
}

become() {
  # bash makes SHELLOPTS and BASHOPTS read-only, so there only env can take them away.
  if (unset SHELLOPTS BASHOPTS) 2>/dev/null; then
    unset SHELLOPTS BASHOPTS
    exec "$@"
  fi
  exec env -u SHELLOPTS -u BASHOPTS "$@"
}

# Sets `found` to the program in folder $1, whatever the platform calls it.
find_in() {
  for found in "$1/launchway-$program" "$1/launchway-$program.exe"; do
    if [ -f "$found" ] && [ -x "$found" ]; then return 0; fi
  done
  return 1
}

program=${1:-}
case $program in
  '' | *[!a-z]*) fail 'launch.sh was started without the name of a program' 'this is a bug in the action file; please report it' ;;
esac
shift

if [ -n "${LAUNCHWAY_PATH:-}" ]; then
  if [ -d "$LAUNCHWAY_PATH" ]; then
    if find_in "$LAUNCHWAY_PATH"; then become "$found" "$@"; fi
    fail "the folder that LAUNCHWAY_PATH names holds no program launchway-$program" "build it with 'cargo build --release --package launchway-$program', or unset LAUNCHWAY_PATH"
  fi
  if [ -f "$LAUNCHWAY_PATH" ] && [ -x "$LAUNCHWAY_PATH" ]; then become "$LAUNCHWAY_PATH" "$@"; fi
  fail 'LAUNCHWAY_PATH names nothing that can be run' 'let it name a program or a folder of programs, or unset it'
fi

here=$(cd -- "$(dirname -- "$0")" && pwd -P)
root=$(dirname -- "$here")
if [ ! -f "$root/Cargo.lock" ] || [ ! -d "$root/crates/$program" ]; then
  fail "the source of launchway-$program is not next to this action" 'use the action from its own repository, or set LAUNCHWAY_PATH to a built program'
fi

# The same source is built once. File times say nothing here: the runner unpacks the action anew.
key=$(cd -- "$root" && find Cargo.toml Cargo.lock crates -type f -exec cksum {} + | sort | cksum)
key=${key%% *}
cache=${RUNNER_TOOL_CACHE:-${RUNNER_TEMP:-${XDG_CACHE_HOME:-${HOME:?neither RUNNER_TOOL_CACHE nor RUNNER_TEMP nor HOME is set}/.cache}}}
target=$cache/launchway/$key
if find_in "$target/release"; then become "$found" "$@"; fi

if ! command -v cargo >/dev/null 2>&1; then
  fail "launchway-$program is built from source and there is no cargo on this runner" 'install Rust 1.95 or newer in an earlier step (rustup toolchain install stable), or set LAUNCHWAY_PATH to a built program'
fi
printf 'building launchway-%s from source, once for this version\n' "$program" >&2
if ! (
  umask 077
  # What builds has no use for the step's secrets.
  unset LAUNCHWAY_INPUTS GITHUB_TOKEN GH_TOKEN NODE_AUTH_TOKEN NPM_TOKEN ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_RUNTIME_TOKEN
  unset CARGO_BUILD_TARGET
  mkdir -p -- "$target"
  # From the source's own folder: the configuration of the user's repository is not ours.
  cd -- "$root"
  command cargo build --quiet --locked --release --package "launchway-$program" --target-dir "$target" >&2
); then
  fail "launchway-$program could not be built" 'the compiler says why above; Rust 1.95 or newer and access to the Rust package registry are needed'
fi
if find_in "$target/release"; then become "$found" "$@"; fi
fail "cargo built no program launchway-$program" 'this is a bug in Launchway; please report it'
