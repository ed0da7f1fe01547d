#include "lively/data/safetensors_header.h"

#include <doctest/doctest.h>

#include <cstring>

#include "lively/data/safetensors.h"
#include "lively/tensor/random.h"
#include "tests/data/files.h"

#include <nlohmann/json.hpp>

// The header's parser against nlohmann's, over mutated headers: what ours accepts, the other must
// accept and understand alike. (Ours refuses more: equal keys, fractions, what the format lacks.)

using namespace lively;
using Json = nlohmann::json;

namespace {

const std::string kFuzzedHeader =
    R"({"__metadata__":{"format":"pt","note":"\u00e9\t"},)"
    R"("a.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
    R"("b":{"shape":[3],"data_offsets":[8,11],"dtype":"BOOL"}} )";
const std::string kData("\0\0\x80\x3f\0\0\0\x40\1\0\1", 11);

std::string fuzzed_file(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

std::string mutated(std::string text, Stream& stream) {
  // Bytes that mean something in JSON, so that many mutants are nearly right.
  const std::string alphabet = "{}[]:,\"\\ 0123456789-.eu_abdFS\n\xc3\xa9";
  for (uint64_t changes = 1 + stream.below(3); changes > 0; --changes) {
    const std::size_t at = stream.below(text.size());
    const char c = stream.below(10) ? alphabet[stream.below(alphabet.size())]
                                    : static_cast<char>(stream.bits());
    const std::size_t from = stream.below(text.size()), length = 1 + stream.below(30);
    switch (stream.below(4)) {
      case 0:
        text.erase(at, 1 + length / 10);
        break;
      case 1:
        text.insert(at, 1, c);
        break;
      case 2:
        text.insert(at, text.substr(from, length));
        break;
      default:
        text[at] = c;
    }
    if (text.empty()) text.assign(1, '{');
  }
  return text;
}

// Throws nlohmann's exception, and so fails the test, where the two do not agree on a meaning.
bool same(const detail::SafetensorsHeader& header, const Json& json) {
  std::size_t tensors = 0;
  for (const auto& [key, value] : json.items()) tensors += key != "__metadata__";
  if (tensors != header.entries.size()) return false;
  for (const detail::TensorEntry& e : header.entries) {
    const Json& other = json.at(e.name);
    if (other.at("dtype") != e.dtype || other.at("shape") != Json(e.shape) ||
        other.at("data_offsets") != Json{e.begin, e.end})
      return false;
  }
  const Json metadata = json.value("__metadata__", Json::object());
  if (metadata.size() != header.metadata.size()) return false;
  for (const auto& [key, value] : header.metadata)
    if (metadata.at(key) != value) return false;
  return true;
}

}  // namespace

TEST_CASE("safetensors: value agrees with another parser over mutated headers") {
  int accepted = 0;
  for (uint64_t round = 0; round < 20000; ++round) {
    CAPTURE(round);
    Stream stream(Seed{11}, "header", round);
    const std::string text = round == 0 ? kFuzzedHeader : mutated(kFuzzedHeader, stream);
    CAPTURE(text);
    detail::SafetensorsHeader header;
    try {
      header = detail::parse_safetensors_header(text, "file", 8);
    } catch (const DataError&) {
      continue;
    }
    ++accepted;
    const Json json = Json::parse(text, nullptr, false);
    REQUIRE(!json.is_discarded());
    REQUIRE(same(header, json));
  }
  CHECK(accepted > 500);
  CHECK(accepted < 10000);
}

TEST_CASE("safetensors: error or value, never a crash, for mutated files") {
  const files::Folder folder;
  const std::string whole = fuzzed_file(kFuzzedHeader, kData);
  int good = 0;
  for (uint64_t round = 0; round < 4000; ++round) {
    CAPTURE(round);
    Stream stream(Seed{12}, "file", round);
    const std::string header = stream.below(2) ? mutated(kFuzzedHeader, stream) : kFuzzedHeader;
    std::string bytes = fuzzed_file(header, kData);
    if (stream.below(2)) bytes[stream.below(bytes.size())] = static_cast<char>(stream.bits());
    try {
      (void)read_safetensors(folder.write("mutated", bytes));
      ++good;
    } catch (const DataError&) {
    }
  }
  CHECK(good > 100);
}

TEST_CASE("safetensors: error at every length of a file") {
  const files::Folder folder;
  const std::string whole = fuzzed_file(kFuzzedHeader, kData);
  CHECK(read_safetensors(folder.write("whole", whole)).tensors.size() == 2);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_THROWS_AS(
        (void)read_safetensors(folder.write("cut", whole.substr(0, length))), DataError);
  }
}
