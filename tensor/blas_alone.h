// internal: one thread for each call of BLAS, since the parts of a product are ours to deal out.
#pragma once

#include <cstdint>

namespace lively::detail {

// While one lives, a product of `work` multiplications that this thread asks OpenBLAS for starts no
// threads. The setting that it finds is put back: it belongs to whoever else uses the library.
class [[nodiscard]] BlasAlone {
 public:
  explicit BlasAlone(int64_t work);
  ~BlasAlone();
  BlasAlone(const BlasAlone&) = delete;
  BlasAlone& operator=(const BlasAlone&) = delete;

 private:
  int before_ = 1;  // OpenMP build: the number of threads to put back, where it was another than 1
  bool counted_ = false;
};

// Whether BLAS may be called by several threads at once.
bool blas_shares();

}  // namespace lively::detail
