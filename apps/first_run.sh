#!/usr/bin/env bash
# The main job, from a bare clone: installs what is missing, builds, and shows one folklore name and
# the failures behind it. Arguments go on to the program: bash apps/first_run.sh --data synthetic
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/build.sh
bash cmake/packages.sh data
lively_build release lively_first $(lively_built)  # what an earlier call has built is kept up
exec ./apps/first_run "$@"
