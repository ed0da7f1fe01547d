#!/usr/bin/env bash
# 64-bit ARM on an x86-64 Debian: installs what is missing, cross-compiles the library and its tests, and
# runs them under qemu-user.
#   bash tests/arm.sh          all of the library's tests
#   bash tests/arm.sh short    PyTorch's reference values, kernels and the C interface
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/build.sh

folders=(tensor autograd nn optim data reference embed)
only=
case ${1:-} in
  '') ;;
  short) folders=(tensor reference embed) only='^(tensor\.kernels|reference|embed)' ;;
  *) echo "arm.sh: $1: unknown; short is known" >&2; exit 2 ;;
esac

bash cmake/packages.sh arm
for folder in "${folders[@]}"; do
  lively_build aarch64 "lively_tests_$folder"
done
ctest --preset aarch64 -R "${only:-^($(IFS='|'; echo "${folders[*]}"))\.}"
