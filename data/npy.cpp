#include "lively/data/npy.h"

#include <utility>

#include "lively/data/atomic_file.h"
#include "lively/data/file.h"
#include "lively/data/npy_format.h"
#include "lively/data/zip.h"

namespace lively {
namespace {

constexpr std::string_view kEnding = ".npy";

Tensor row_major(const char* op, const Tensor& t) {
  if (!t.defined())
    fail<StateError>(op, ": a tensor without elements or shape: needs a defined one");
  return t.contiguous();
}

std::size_t bytes_of(const Tensor& t) {
  return static_cast<std::size_t>(t.numel()) * item_size(t.dtype());
}

}  // namespace

Tensor read_npy(const std::string& path) {
  detail::InputFile in(path, detail::Unpack::never);
  return detail::read_npy({path, in.size(), [&](void* to, int64_t n) {
                             if (in.read(to, n) != n)
                               fail<DataError>(path, ": was cut short while it was read");
                           }});
}

void write_npy(const std::string& path, const Tensor& t) {
  const Tensor rows = row_major("write_npy", t);
  const std::string header = detail::npy_header(rows);
  detail::AtomicFile file(path);
  file.write(header.data(), header.size());
  file.write(rows.bytes(), bytes_of(rows));
  file.commit();
}

NamedTensors read_npz(const std::string& path) {
  detail::ZipReader zip(path);
  NamedTensors tensors;
  for (const detail::ZipEntry& entry : zip.entries()) {
    if (!entry.name.ends_with(kEnding) || entry.name.size() == kEnding.size())
      fail<DataError>(
          path, ": ", detail::in_quotes(entry.name), ": is no array; those end in .npy");
    detail::ZipStream stream(zip, entry);
    Tensor t = detail::read_npy(
        {stream.where(), entry.size, [&](void* to, int64_t n) { stream.read(to, n); }});
    stream.finish();
    tensors.emplace(entry.name.substr(0, entry.name.size() - kEnding.size()), std::move(t));
  }
  return tensors;
}

void write_npz(const std::string& path, const NamedTensors& tensors) {
  detail::ZipWriter zip(path);
  for (const std::pair<const std::string, Tensor>& named : tensors) {
    if (named.first.empty()) fail<ValueError>("write_npz: a tensor without a name");
    const Tensor rows = row_major("write_npz", named.second);
    zip.add(
        named.first + std::string(kEnding), detail::npy_header(rows), rows.bytes(), bytes_of(rows));
  }
  zip.commit();
}

}  // namespace lively
