// A libFuzzer program for the target that LIVELY_FUZZ_TARGET names. See hunt.sh.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tests/fuzz/target.h"

namespace {

const fuzz::Target& target() {
  static const fuzz::Target found = [] {
    for (const fuzz::Target& t : fuzz::all_targets())
      if (t.name == LIVELY_FUZZ_TARGET) return t;
    fuzz::must(false, "no target " LIVELY_FUZZ_TARGET);
    return fuzz::Target{};
  }();
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  target().read({reinterpret_cast<const char*>(data), size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(uint8_t* data, std::size_t size, std::size_t most);

// Half of the changes to a safetensors file are numbers of its tensors.
extern "C" std::size_t LLVMFuzzerCustomMutator(
    uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  const std::string before(reinterpret_cast<const char*>(data), size);
  const std::string after = seed % 2 ? fuzz::with_other_number(before, seed / 2) : before;
  if (after == before) return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, after.data(), size);
  return size;
}
