#!/usr/bin/env bash
# tests/same_runs.sh OLD_BUILD NEW_BUILD [FIELD ...]
# Runs forty commands (every preset of both programs, and what presets leave out) with the programs of
# two builds, two at a time and on one thread each, and compares exit codes, verdicts, weights_hash and
# every line of the logs: about three minutes of CPU. Times, versions, titles of layers, the folder of a
# program and the FIELDs of the log that are named may differ. ONLY='circles|slow' before it runs those
# that match. Needs two builds, and so is no part of ctest.
set -euo pipefail

usage() {
  echo "usage: $0 OLD_BUILD NEW_BUILD [FIELD ...]" >&2
  exit 2
}
[[ $# -ge 2 ]] || usage
old=$(realpath -- "$1") new=$(realpath -- "$2")
shift 2
for build in "$old" "$new"; do
  for app in mnist_mlp mnist_resnet; do
    [[ -x $build/apps/$app ]] || { echo "$build/apps/$app: is no program" >&2; exit 2; }
  done
done
for field; do [[ $field =~ ^[a-z_]+$ ]] || usage; done

fields=$(IFS='|'; echo "seconds|samples_per_s|version|titles${*:+|$*}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export old new fields work
export LC_ALL=C OMP_WAIT_POLICY=passive NO_COLOR=1

# PROGRAM FLAGS; what follows a + is run after it in the same folder.
runs() {
  local app
  for app in mnist_mlp mnist_resnet; do
    "$old/apps/$app" --list-presets | awk -v app=$app '{ print app, "--preset", $1 }'
  done
  cat <<'RUNS'
mnist_mlp --quick --epochs 1 --optimizer adam --lr 0.01 --dropout 0.2 --augment crop --save r.safetensors + --resume r.checkpoint --epochs 2
mnist_resnet --quick --depth 8 --width 2 --epochs 1 --schedule constant --augment flip --save r.safetensors + --resume r.checkpoint --epochs 2
mnist_mlp --quick --width 32 --epochs 1 --liveness off
mnist_mlp --quick --depth 3 --width 32 --optimizer adam --lr 0.1 --liveness batch --plant bias:20,3
mnist_mlp --quick --depth 2 --width 32 --epochs 1 --optimizer adam --lr 0.1 --liveness step --replay
mnist_mlp --quick --depth 2 --width 32 --epochs 1 --batch-size 200 --liveness step --replay --plant weights:20
mnist_mlp --quick --width 32 --optimizer adamw --lr 0.01 --weight-decay 0.1 --norm batch --dropout 0.1 --schedule one_cycle
mnist_mlp --quick --width 32 --optimizer adamax --lr 0.01 --norm batch_after --residual add:pre --activation elu
mnist_mlp --quick --width 32 --optimizer adadelta --lr 1 --residual subtract --activation leaky_relu:0.1 --plant lr_step:30
mnist_mlp --quick --width 32 --nesterov --weight-decay 1e-4 --schedule cosine --warmup 20 --clip 1 --init rai --activation prelu
mnist_mlp --data circles --depth 1 --width 16 --optimizer adam --lr 0.1 --epochs 10
mnist_mlp --data moons --depth 2 --width 8 --optimizer rmsprop --lr 0.05 --epochs 4 --liveness step --replay
mnist_mlp --data blobs --depth 2 --width 16 --optimizer adagrad --lr 0.1 --epochs 5 --bias-init constant:-0.5 --schedule exponential:0.9
mnist_resnet --quick --depth 8 --width 2 --epochs 1 --batch-size 1000 --liveness step --log-interval 2
mnist_resnet --quick --depth 8 --width 2 --epochs 1 --plain --liveness batch --plant outliers:5
mnist_resnet --quick --depth 8 --width 2 --epochs 1 --shortcut b --augment both --activation silu --clip-value 0.1 --schedule step:1,0.5
RUNS
}

# A log without what may differ.
comparable() {
  sed -E -e "s/\"($fields)\":(\"([^\"\\\\]|\\\\.)*\"|\{[^{}]*\}|\[[^]]*\]|[^],{}\"[]+),?//g" -e 's/,([]}])/\1/g' \
    -e 's#"((test_)?command)":"[^ "]*/#"\1":"#g' -e 's/ --no-treatment//g' -- "$1"
}
value_in() { sed -nE "s/.*\"type\":\"final\".*\"$2\":\"([^\"]*)\".*/\1/p" "$1" | tail -n 1; }

# All that a command leaves: its log, run.jsonl, and its exit code.
make_run() {
  local build=$1 folder=$2 app=$3 rest=$4 first flags code=0
  mkdir -p "$folder"
  cd "$folder"
  while [[ $rest ]]; do
    first=${rest%% + *}
    [[ $rest == *" + "* ]] && rest=${rest#* + } || rest=
    read -ra flags <<<"$first"
    [[ $first == *--data* || $first == *--resume* ]] || flags+=(--data synthetic)
    # Its twins take time, and are no part of the run.
    [[ $("$build/apps/$app" --help) != *--no-treatment* ]] || flags+=(--no-treatment)
    "$build/apps/$app" "${flags[@]}" --threads 1 --log run.jsonl >screen 2>&1 || code=$?
    [[ $code == 0 ]] || break
  done
  echo "$code" >code
}

compare_run() {
  local number=$1 app=${2%% *} flags=${2#* } at=$work/$1 a b what
  (make_run "$old" "$at/old" "$app" "$flags")
  (make_run "$new" "$at/new" "$app" "$flags")
  a=$(<"$at/old/code") b=$(<"$at/new/code")
  say() { printf 'DIFFERS %s\n        %s\n' "$app $flags" "$1"; }
  # A command that neither build can run shows nothing.
  if [[ $a != 0 && $a != 4 ]] || ! grep -q '"type":"final"' "$at/old/run.jsonl"; then
    say "the old build did not finish it, exit code $a: $(head -c 300 "$at/old/screen")"
  elif [[ $a != "$b" ]]; then
    say "exit code $a, then $b: $(tail -n 3 "$at/new/screen")"
  else
    for what in weights_hash verdict; do
      a=$(value_in "$at/old/run.jsonl" $what) b=$(value_in "$at/new/run.jsonl" $what)
      [[ $a == "$b" ]] || { say "$what $a, then $b"; break; }
    done
    comparable "$at/old/run.jsonl" >"$at/old/log"
    comparable "$at/new/run.jsonl" >"$at/new/log"
    if ! cmp -s "$at/old/log" "$at/new/log"; then
      say "$(awk -v old="$at/old/log" -v new="$at/new/log" 'BEGIN {
        for (line = 1;; ++line) {
          more = (getline a <old) > 0
          more += (getline b <new) > 0
          if (more < 2 || a != b) break
          a = b = ""
        }
        m = split(a, x, /,"/); n = split(b, y, /,"/)
        for (i = 1; i <= m && x[i] == y[i];) ++i
        gsub(/^type":"|"$/, "", x[2])
        print "line " line " of the log, " x[2] ":"
        print "        old  " (i > m ? "ends" : substr(x[i], 1, 200))
        print "        new  " (i > n ? "ends" : substr(y[i], 1, 200))
      }')"
    elif [[ $a == "$b" ]]; then
      printf 'equal   %s\n' "$app $flags"
    fi
  fi
  rm -rf "$at"
}
export -f comparable value_in make_run compare_run

runs | grep -E -e "${ONLY:-.}" >"$work/runs" || { echo "$ONLY: matches no run" >&2; exit 2; }
total=$(wc -l <"$work/runs")
nl -w 1 -s ' ' "$work/runs" | tr '\n' '\0' |
  xargs -0 -n 1 -P 2 bash -c 'compare_run "${1%% *}" "${1#* }"' bash | tee "$work/said"
equal=$(grep -c '^equal ' "$work/said") || true
echo "$total runs: $equal equal"
[[ $equal == "$total" ]]
