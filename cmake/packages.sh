#!/usr/bin/env bash
# Installs what Lively needs and does not find; says nothing when all is there.
#   bash cmake/packages.sh [data] [clang] [arm]
# data: also Fashion-MNIST; clang: also what CI compiles and checks with; arm: also what cross-compiles to 64-bit
# ARM and runs that (Debian, which has ARM's zlib on the same servers)
set -euo pipefail
cd "$(dirname "$0")/.."

tools=(g++:g++ cmake:cmake ninja:ninja-build)  # command:package
libraries=(zlib1g-dev doctest-dev libstb-dev libcli11-dev nlohmann-json3-dev)
wishes=(libopenblas-openmp-dev)  # good to have; there is a way without
foreign=                         # of another architecture
for word in "$@"; do
  case $word in
    data) wishes+=(dataset-fashion-mnist) ;;
    clang)
      tools+=(clang++:clang clang-format:clang-format)
      libraries+=(libclang-rt-dev)  # has ThreadSanitizer
      wishes+=(libopenmpi-dev openmpi-bin)
      ;;
    arm)
      tools+=(aarch64-linux-gnu-g++:g++-aarch64-linux-gnu qemu-aarch64:qemu-user)
      foreign=zlib1g-dev:arm64
      ;;
    *) echo "packages.sh: $word: unknown; data, clang and arm are known" >&2; exit 2 ;;
  esac
done

missing=() names=()
for tool in "${tools[@]}"; do
  names+=("${tool#*:}")
  command -v "${tool%%:*}" >/dev/null || missing+=("${tool#*:}")
done
names+=("${libraries[@]}" ${foreign:+"$foreign"})

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  if ((${#missing[@]})); then
    echo "packages.sh: no apt-get here. Please install what Debian calls: ${names[*]}" >&2
    exit 1
  fi
  exit 0  # cmake will say which library it lacks
fi

# dpkg-query fails if any is unknown, and lists the others all the same.
present=$(dpkg-query -W -f '${db:Status-Abbrev}${Package} ' "${libraries[@]}" "${wishes[@]}" \
  2>/dev/null || true)
for package in "${libraries[@]}"; do
  [[ $present == *"ii $package "* ]] || missing+=("$package")
done
if [[ $foreign ]]; then
  dpkg-query -W -f '${db:Status-Abbrev}' "$foreign" 2>/dev/null | grep -q '^ii' || missing+=("$foreign")
fi
# A wish that could not be had is left alone for a day: each attempt costs an apt-get update.
refused=build/packages-not-found
[[ -n $(find "$refused" -mtime -1 2>/dev/null) ]] || rm -f "$refused"
wanted=()
for package in "${wishes[@]}"; do
  [[ $present == *"ii $package "* ]] || grep -qxs "$package" "$refused" || wanted+=("$package")
done
((${#missing[@]} + ${#wanted[@]})) || exit 0

sudo=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    ((${#missing[@]})) || exit 0
    echo "packages.sh: neither root nor sudo. As root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  sudo=(sudo)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {  # quiet unless it fails
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=120 "$@" >>"$log" 2>&1
}

all=("${missing[@]}" "${wanted[@]}")
echo "installing ${all[*]}"
[[ " ${all[*]} " != *:arm64\ * ]] || "${sudo[@]}" dpkg --add-architecture arm64
apt update || echo "packages.sh: apt-get update failed; trying with the old package lists" >&2
if ((${#missing[@]})) && ! apt install --no-install-recommends "${missing[@]}"; then
  tail -n 5 "$log" >&2
  echo "packages.sh: apt-get could not install: ${missing[*]}" >&2
  exit 1
fi
for package in "${wanted[@]}"; do
  apt install --no-install-recommends "$package" && continue
  mkdir -p build && echo "$package" >>"$refused"
  if [[ $package == libopenblas-openmp-dev ]] && apt install --no-install-recommends libopenblas-dev; then
    echo "packages.sh: no $package here; libopenblas-dev instead"
  else
    echo "packages.sh: $package cannot be had here; going on without it"
  fi
done
