// internal: a census whose set is shared out to the processes of a Team.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "lively/autograd/team.h"
#include "lively/nn/liveness/pulse.h"

namespace lively::detail {

// Numbers and vectors of them as bytes, one after the other, for processes of one program.
class Packer {
 public:
  template <class T>
  void operator()(const T& v) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
  template <class T>
  void operator()(const std::vector<T>& all) {
    (*this)(static_cast<int64_t>(all.size()));
    for (const T& v : all) (*this)(v);
  }
  void operator()(const std::string& text) { (*this)(std::vector<char>(text.begin(), text.end())); }
  std::string bytes;
};

// Reads what a Packer wrote. Throws StateError where there is less.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  void operator()(T& v) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (bytes_.size() < sizeof v) fail<StateError>("census: a member of the team told too little");
    std::memcpy(&v, bytes_.data(), sizeof v);
    bytes_.remove_prefix(sizeof v);
  }
  template <class T>
  void operator()(std::vector<T>& all) {
    int64_t n = 0;
    (*this)(n);
    all.clear();
    for (int64_t i = 0; i < n; ++i) {
      T v{};
      (*this)(v);
      all.push_back(v);
    }
  }
  void operator()(std::string& text) {
    std::vector<char> letters;
    (*this)(letters);
    text.assign(letters.begin(), letters.end());
  }

 private:
  std::string_view bytes_;
};

// Writes or reads what a census has found of layers.
void pack(Packer& to, const std::vector<LayerPulse>& layers);
std::vector<LayerPulse> unpack(Unpacker& from);

// Adds what another part of the set told. Throws StateError where its layers are others.
void add(std::vector<LayerPulse>& to, std::vector<LayerPulse> more);

// Samples numbered from 0 on are numbered from `first` on.
void number_from(std::vector<LayerPulse>& layers, int64_t first);

}  // namespace lively::detail
