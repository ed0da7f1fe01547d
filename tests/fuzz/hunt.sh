#!/usr/bin/env bash
# Hunts with libFuzzer in each parser of outside bytes, one after the other, under ASan and UBSan:
#   bash tests/fuzz/hunt.sh [SECONDS=600] [TARGET …]
# Says how many inputs were tried; what fails is left in build-fuzz/found/TARGET.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-600}
shift || true
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target lively_fuzz
targets=("$@")
((${#targets[@]})) || targets=($(ls tests/fuzz/corpus))
failed=0
for target in "${targets[@]}"; do
  work=build-fuzz/work/$target found=build-fuzz/found/$target
  mkdir -p "$work" "$found"
  log=build-fuzz/work/$target.log
  # No input of so few bytes may ask for 300 MB at once: memory is bounded by the file's size.
  if nice "build-fuzz/tests/lively_fuzz_$target" "$work" "tests/fuzz/corpus/$target" \
    -max_total_time="$seconds" -max_len=65536 -timeout=30 -malloc_limit_mb=300 \
    -artifact_prefix="$found/" -print_final_stats=1 >"$log" 2>&1; then
    echo "$target: $(sed -n 's/.*number_of_executed_units: *//p' "$log") inputs in $seconds s, clean"
  else
    failed=1
    echo "$target: FAILED, see $log"
  fi
done
exit $failed
