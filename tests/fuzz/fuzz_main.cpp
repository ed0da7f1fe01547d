// A libFuzzer program for the target that LIVELY_FUZZ_TARGET names. See hunt.sh.
#include <cstdint>

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
