#include "lively/tensor/isa.h"

#include <cstdlib>
#include <string_view>

namespace lively::detail {
namespace {

// LIVELY_ISA=baseline|avx2 holds the machine to a smaller set, so that a test can compare
// their bits.
Isa find() {
#if defined(__x86_64__)
  const char* wanted = std::getenv("LIVELY_ISA");
  const std::string_view limit = wanted ? wanted : "";
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (limit == "baseline") return Isa::baseline;
  if (avx512 && limit != "avx2") return Isa::avx512;
  if (avx2) return Isa::avx2;
#endif
  return Isa::baseline;
}

}  // namespace

const Isa kIsa = find();

}  // namespace lively::detail
