#include "apps/lab/inquiry/mistakes.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/inquiry/portraits.h"

namespace lively::lab {
namespace {

constexpr std::size_t kMostClasses = 30, kMostMistakes = 12;

}  // namespace

void Mistakes::begin(int64_t classes) {
  const auto k = static_cast<std::size_t>(classes);
  counts_.assign(k, std::vector<int64_t>(k));
  worst_.clear();
}

void Mistakes::see(const Tensor& logits, const Tensor& labels, int64_t first) {
  const Tensor rows = logits.contiguous();
  if (rows.dtype() != Dtype::float32 || rows.size(1) != static_cast<int64_t>(counts_.size()))
    return;
  const int64_t classes = rows.size(1);
  for (int64_t n = 0; n < rows.size(0); ++n) {
    const float* row = rows.data<float>() + n * classes;
    const int64_t said = std::max_element(row, row + classes) - row,
                  label = labels.data<int64_t>()[n];
    if (!std::isfinite(row[said]) || label < 0 || label >= classes) continue;
    ++counts_[static_cast<std::size_t>(label)][static_cast<std::size_t>(said)];
    if (said == label) continue;
    double sum = 0;
    for (int64_t k = 0; k < classes; ++k) sum += std::exp(static_cast<double>(row[k] - row[said]));
    const Wrong w{1 / sum, first + n, said};
    if (worst_.size() == kMostMistakes && !(w.probability > worst_.back().probability)) continue;
    worst_.insert(std::upper_bound(worst_.begin(), worst_.end(), w,
                      [](const Wrong& a, const Wrong& b) { return a.probability > b.probability; }),
        w);
    if (worst_.size() > kMostMistakes) worst_.pop_back();
  }
}

std::optional<Confused> Mistakes::confused(const std::vector<std::string>& classes) const {
  if (counts_.empty() || counts_.size() > kMostClasses || counts_.size() != classes.size())
    return {};
  Confused c;
  c.classes = classes, c.counts = counts_;
  return c;
}

std::vector<Mistaken::One> Mistakes::worst(
    const ImageDataset& set, const std::vector<std::string>& classes) const {
  std::vector<Mistaken::One> all;
  for (const Wrong& w : worst_)
    all.push_back({.picture = picture_of(set, w.sample, classes),
        .said = w.said,
        .said_name = classes.at(static_cast<std::size_t>(w.said)),
        .probability = w.probability});
  return all;
}

}  // namespace lively::lab
