#pragma once

namespace lively::lab {

// While one of these lives, its thread is the one that is in MPI, which is asked for no more
// (MPI_THREAD_SERIALIZED).
class [[nodiscard]] OneInMpi {
 public:
  OneInMpi();
  ~OneInMpi();
  OneInMpi(const OneInMpi&) = delete;
  OneInMpi& operator=(const OneInMpi&) = delete;
};

}  // namespace lively::lab
