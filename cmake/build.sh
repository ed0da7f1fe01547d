# Sourced by tests/run.sh, apps/first_run.sh and cmake/first_use.sh, in the clone's root:
#   lively_build PRESET TARGET… [cmake option…]     e.g. lively_build release lively_first
# Configures and builds. Says before a long build how long it takes. On a terminal ninja shows its one
# moving line; elsewhere a line every tenth of the way is printed, and all warnings and errors.
# One at a time: ninja keeps no second one out of its folder, and mpirun starts first_use.sh several times.
lively_build() {
  local folder
  folder=$(lively_folder "$1")
  mkdir -p "$folder"
  (
    ! command -v flock >/dev/null || flock 9
    lively_build_alone "$@" 9>&-
  ) 9>"$folder/lively.lock"
}

lively_folder() { [[ $1 == release ]] && echo build || echo "build-$1"; }

lively_build_alone() {
  local preset=$1 log word targets=() options=()
  shift
  for word; do
    if [[ $word == -* ]]; then options+=("$word"); else targets+=("$word"); fi
  done
  log=$(mktemp)
  if ! cmake --preset "$preset" "${options[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  grep -A3 'CMake Warning' "$log" >&2 || true
  rm -f "$log"

  lively_announce "$(lively_folder "$preset")" "${targets[@]}"
  if [[ -t 1 ]]; then
    cmake --build --preset "$preset" --target "${targets[@]}" || return
  else
    (set -o pipefail; cmake --build --preset "$preset" --target "${targets[@]}" | lively_tenths) || return
  fi
  [[ $preset != release ]] || lively_launchers
}

# Announces a build in which many objects are not there yet: the first. The time is an estimate: on a
# quiet AMD EPYC of two cores an object of the release preset, often several files (together.cmake),
# took 3.6 s of processor time in the library and the first programs, 4.5 s in studies and tests: 4 s; one
# of the other presets about 1.2 s.
lively_announce() {
  local folder=$1 cores seconds missing=0 object each=1200
  shift
  while read -r object; do
    [[ -e $folder/$object ]] || missing=$((missing + 1))
  done < <(ninja -C "$folder" -t commands "$@" | sed -n 's/.* -o \([^ ]*\.o\) .*/\1/p')
  cores=$(nproc)
  [[ $folder != build ]] || each=4000
  seconds=$((missing * each / 1000 / cores))
  ((seconds >= 10)) || return 0
  printf 'building %d objects on %d core%s, once: ' "$missing" "$cores" "$( ((cores == 1)) || echo s)"
  if ((seconds < 90)); then
    printf 'about %d seconds' $(((seconds + 9) / 10 * 10))
  else
    printf 'about %d minutes' $(((seconds + 30) / 60))
  fi
  echo ', longer if the machine has other work'
}

# Of ninja's lines, "[17/212] Building …", prints one every tenth of the way; of other lines all, with
# the step that they belong to.
lively_tenths() {
  local line step= tenth=0 start=$SECONDS
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      step=$line
      local done=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]}
      if ((all >= 20 && done * 10 / all > tenth)); then
        tenth=$((done * 10 / all))
        echo "  $((tenth * 10)) % built, $((SECONDS - start)) s"
      fi
    elif [[ $line != 'ninja: no work to do.' && $line != 'ninja: Entering directory'* ]]; then
      [[ -z $step ]] || echo "$step"
      step=
      echo "$line"
    fi
  done
}

# ./apps/mnist_mlp, as the README has it typed: a git-ignored link to the program in the build folder, or
# to a script that builds it first.
lively_launchers() {
  local source name
  for source in apps/*.cpp; do
    name=$(basename "$source" .cpp)
    if [[ -x build/apps/$name ]]; then
      ln -sfn "../build/apps/$name" "apps/$name"
    else
      ln -sfn ../cmake/first_use.sh "apps/$name"
    fi
  done
}

# The programs that are built.
lively_built() {
  local source
  for source in apps/*.cpp; do
    [[ ! -x build/apps/$(basename "$source" .cpp) ]] || basename "$source" .cpp
  done
}
