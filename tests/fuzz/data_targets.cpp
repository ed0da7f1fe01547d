#include <zlib.h>

#include "lively/data/cifar.h"
#include "lively/data/csv.h"
#include "lively/data/idx.h"
#include "lively/data/image_folder.h"
#include "lively/data/npy.h"
#include "lively/data/safetensors.h"
#include "tests/fuzz/target.h"

namespace fuzz {
namespace {

using namespace lively;

// Each of these readers says DataError, with the path in front, and nothing else.
template <class Read>
void expect_data_error(const std::string& bytes, const Read& read) {
  const std::string& path = file_of(bytes);
  try {
    read(path);
  } catch (const DataError& e) {
    must(std::string_view(e.what()).starts_with(path), e.what());
  }
}

void idx(const std::string& bytes) {
  expect_data_error(bytes, [](const std::string& path) { (void)read_idx_images(path); });
  expect_data_error(bytes, [](const std::string& path) { (void)read_idx_labels(path, 10); });
}

// The separator, whether there is a header, and the column of the labels come from the first byte.
void csv(const std::string& bytes) {
  const unsigned how = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]);
  const CsvOptions options{.separator = ",;|: \t"[how % 6],
      .header = (how & 64U) != 0,
      .label_column = (how & 128U) != 0 ? 0 : -1};
  expect_data_error(bytes.substr(bytes.empty() ? 0 : 1),
      [&](const std::string& path) { (void)read_csv(path, options); });
}

void npy(const std::string& bytes) {
  expect_data_error(bytes, [](const std::string& path) { (void)read_npy(path); });
}

void npz(const std::string& bytes) {
  expect_data_error(bytes, [](const std::string& path) { (void)read_npz(path); });
}

void safetensors(const std::string& bytes) {
  expect_data_error(bytes, [](const std::string& path) { (void)read_safetensors(path); });
}

void cifar(const std::string& bytes) {
  expect_data_error(bytes, [](const std::string& path) { (void)read_cifar10({path}); });
}

// With the checksums of a PNG's chunks put right: nobody who changes a byte would come past them.
std::string with_sums(std::string bytes) {
  for (std::size_t at = 8; bytes.starts_with("\x89PNG") && at + 12 <= bytes.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i)
      length = length << 8 | static_cast<unsigned char>(bytes[at + i]);
    if (length > bytes.size() - at - 12) break;
    const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()) + at + 4, length + 4);
    for (std::size_t i = 0; i < 4; ++i)
      bytes[at + 8 + length + i] = static_cast<char>(sum >> (24 - 8 * i) & 255);
    at += 12 + length;
  }
  return bytes;
}

void picture(const std::string& bytes) {
  const std::string whole = with_sums(bytes);
  expect_data_error(whole, [](const std::string& path) { (void)read_picture(path, 1); });
  expect_data_error(whole, [](const std::string& path) { (void)read_picture(path, 3); });
}

}  // namespace

std::vector<Target> data_targets() {
  return {{"idx", idx}, {"csv", csv}, {"npy", npy}, {"npz", npz}, {"safetensors", safetensors},
      {"cifar", cifar}, {"picture", picture}};
}

}  // namespace fuzz
