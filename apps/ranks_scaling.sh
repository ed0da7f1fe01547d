#!/usr/bin/env bash
# Prints what apps/ranks.md is filled from; run it on a quiet machine, in the build folder:
#   bash ../apps/ranks_scaling.sh
# Samples a second of one process on one and on two threads and of two ranks on one each, alternating, by
# the program's own clock; bytes and messages that the ranks send (Open MPI's monitoring) in a short run;
# latency and bandwidth.
set -euo pipefail
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

speed() {  # name, command …
  local name=$1
  shift
  "$@" --log "$here/log" >/dev/null
  printf '%-34s' "$name"
  grep -o '"samples_per_s":[0-9.]*' "$here/log" | cut -d: -f2 | tr '\n' ' '
  echo
}

mlp="./apps/mnist_mlp --data synthetic --quick --no-treatment --epochs 3 --liveness off"
resnet="./apps/mnist_resnet --data synthetic --quick --no-treatment --epochs 1 --liveness off"
for run in "mlp 128 $mlp" "mlp 512 $mlp --batch-size 512" "resnet 128 $resnet"; do
  read -r name batch command <<<"$run"
  for round in 1 2 3; do
    speed "$name $batch, 1 x 1" $command --threads 1
    speed "$name $batch, 1 x 2" $command --threads 2
    speed "$name $batch, 2 x 1" mpirun -n 2 $command --threads 1
  done
done

echo "bytes sent by a rank:"
for command in "$mlp --epochs 1" "$resnet"; do
  mpirun -n 2 --mca pml_monitoring_enable 2 --mca pml_monitoring_enable_output 3 \
    --mca pml_monitoring_filename "$here/sent" $command --threads 1 --log "$here/log" >/dev/null || true
  grep -o '"parameters":[0-9]*' "$here/log" | head -1
  grep -c '"type":"step"' "$here/log" || true
  cat "$here"/sent* 2>/dev/null || echo "this MPI does not tell"
  rm -f "$here"/sent*
done
mpirun -n 2 ./apps/allreduce
