#pragma once

#include <functional>
#include <map>
#include <string>

#include "lively/tensor/tensor.h"

namespace lively {

// NumPy's files. Element types: '<f4', '<f8', '<i8', '|u1'; as uint8, '|b1'; and, as int64, '<i4',
// '<i2', '|i1', '<u4' and '<u2'. Format versions 1.0 and 2.0. Files are not trusted: whatever is
// wrong with one is a DataError that names the file and the entry or byte in it.

// What `numpy.save` writes; an array in Fortran's order comes out row-major.
[[nodiscard]] Tensor read_npy(const std::string& path);

// What `numpy.load` reads. The file of that name, if there is one, is replaced as a whole or, where
// anything fails (Error), not at all.
void write_npy(const std::string& path, const Tensor& t);

using NamedTensors = std::map<std::string, Tensor, std::less<>>;

// What `numpy.savez` and `numpy.savez_compressed` write: arrays by name, in a zip file.
[[nodiscard]] NamedTensors read_npz(const std::string& path);

// Not compressed. The same tensors give the same bytes. ValueError if a name is empty or too long,
// or if all of it takes 4 GiB or more.
void write_npz(const std::string& path, const NamedTensors& tensors);

}  // namespace lively
