#!/usr/bin/env bash
# A program that is not built yet: apps/<name> is a link to this. Builds it, and runs it.
set -euo pipefail
name=$(basename "$0")
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
(
  cd "$root"
  source cmake/build.sh
  # Ninja does not mind a second one in the same folder, and mpirun starts this several times at once.
  mkdir -p build
  exec 9>build/first_use.lock
  ! command -v flock >/dev/null || flock 9
  [[ -x build/apps/$name ]] || lively_build release "$name"
) >&2
exec "$root/build/apps/$name" "$@"
