# Sourced by tests/run.sh and apps/first_run.sh, in the clone's root:
#   lively_build PRESET TARGET [cmake option…]      e.g. lively_build release lively_apps
# Configures and builds. On a terminal ninja shows its one moving line; elsewhere only warnings and
# errors are printed.
lively_build() {
  local preset=$1 target=$2 log quiet=()
  shift 2
  log=$(mktemp)
  if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  grep -A3 'CMake Warning' "$log" >&2 || true
  rm -f "$log"

  [[ -t 1 ]] || quiet=(-- --quiet)
  cmake --build --preset "$preset" --target "$target" "${quiet[@]}" || return
  [[ $preset != release ]] || lively_launchers
}

# ./apps/mnist_mlp, as the README has it typed: a git-ignored link to the program in the build folder.
lively_launchers() {
  local source name
  for source in apps/*.cpp; do
    name=$(basename "$source" .cpp)
    [[ ! -x build/apps/$name ]] || ln -sfn "../build/apps/$name" "apps/$name"
  done
}
