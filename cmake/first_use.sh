#!/usr/bin/env bash
# A program that is not built yet: apps/<name> is a link to this. Builds it, and runs it.
set -euo pipefail
name=$(basename "$0")
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
if [[ ! -f $root/apps/$name.cpp ]]; then
  echo "first_use.sh: $name: no program of this name; needs one of $root/apps/*.cpp" >&2
  exit 2
fi
if [[ ! -x $root/build/apps/$name ]]; then
  (cd "$root" && source cmake/build.sh && lively_build release "$name") >&2
fi
exec "$root/build/apps/$name" "$@"
