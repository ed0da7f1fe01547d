#!/usr/bin/env bash
# Installs what is missing, builds, runs all tests.
# With CI=true also: the format of every source, the tests under ASan and UBSan, a clang++ build
# without warnings and its tests, threads under TSan, and apps/first_run.sh with its verdicts checked.
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/build.sh

ci=${CI:-}
[[ $ci == true || $ci == 1 ]] || ci=
say() { printf '\n== %s\n' "$*"; }

bash cmake/packages.sh ${ci:+clang}

if [[ $ci ]]; then
  say "format"
  # Names each file and line; `clang-format -i FILE` mends it.
  git ls-files -z -- '*.cpp' '*.h' | xargs -0 clang-format --dry-run -Werror
fi

say "building"
lively_build release all ${ci:+-DLIVELY_WERROR=ON}
say "tests"
ctest --preset release
passed="every test passed"

if [[ $ci ]]; then
  say "building for the address and undefined-behaviour sanitizers"
  lively_build asan all
  say "tests under the sanitizers"
  ctest --preset asan

  say "building with clang++, warnings as errors"
  lively_build clang all
  say "tests as clang++ built them"
  ctest --preset clang

  say "threads under ThreadSanitizer: the pool, batches in parts, and two runs side by side"
  lively_build tsan lively_tests_tensor
  lively_build tsan lively_tests_autograd
  lively_build tsan lively_tests_apps
  ctest --test-dir build-tsan --output-on-failure -R '^(tensor.threads|autograd.parts|apps.recipe)$'

  if command -v qemu-aarch64 >/dev/null && command -v aarch64-linux-gnu-g++ >/dev/null &&
     dpkg -s zlib1g-dev:arm64 >/dev/null 2>&1; then
    say "64-bit ARM under qemu: kernels, PyTorch's reference values, the C interface"
    bash tests/arm.sh short
  fi

  if [[ -f apps/first_run.sh ]]; then
    say "apps/first_run.sh on synthetic digits"
    bash apps/first_run.sh --data synthetic --check
  fi
  passed="format, release, sanitizers, clang++ and first_run"
fi

printf '\nAll good: %s, in %d min %02d s.\n' "$passed" $((SECONDS / 60)) $((SECONDS % 60))
