// The quick form of the hunt: what libFuzzer begins with, and inputs near it, go through each
// parser, which ends the process where it does what it may not.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "lively/tensor/random.h"
#include "tests/fuzz/target.h"
#include "tests/paths.h"

namespace {

namespace fs = std::filesystem;

struct Seed {
  std::string name, bytes;
};

std::vector<Seed> seeds_of(std::string_view target) {
  std::vector<Seed> all;
  for (const auto& entry :
      fs::directory_iterator(LIVELY_SOURCE_DIR "/tests/fuzz/corpus/" + std::string(target))) {
    std::ifstream in(entry.path(), std::ios::binary);
    all.push_back({entry.path().filename().string(), {std::istreambuf_iterator<char>(in), {}}});
  }
  std::ranges::sort(all, {}, &Seed::name);
  return all;
}

std::string near(std::string bytes, const Seed& other, lively::Stream& stream) {
  if (stream.below(2)) {
    const std::string changed = fuzz::with_other_number(bytes, stream.bits());
    if (changed != bytes) return changed;
  }
  for (uint64_t changes = 1 + stream.below(4); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = stream.below(bytes.size());
    switch (stream.below(5)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.erase(at, 1 + stream.below(8));
        break;
      case 2: {
        const std::size_t from = stream.below(other.bytes.size() + 1);
        bytes.insert(at, other.bytes.substr(from, 1 + stream.below(16)));
        break;
      }
      default:
        bytes[at] = static_cast<char>(stream.bits());
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("fuzz: each parser gives a value or its error for the seeds and what is near them") {
  constexpr uint64_t kNear = 300;
  for (const fuzz::Target& target : fuzz::all_targets()) {
    CAPTURE(target.name);
    const std::vector<Seed> seeds = seeds_of(target.name);
    REQUIRE(seeds.size() >= 2);
    target.read("");
    for (const Seed& seed : seeds) target.read(seed.bytes);
    for (uint64_t round = 0; round < kNear; ++round) {
      lively::Stream stream(lively::Seed{7}, target.name, round);
      const Seed& seed = seeds[stream.below(seeds.size())];
      target.read(near(seed.bytes, seeds[stream.below(seeds.size())], stream));
    }
  }
  CHECK(fuzz::all_targets().size() >= 7);
}
