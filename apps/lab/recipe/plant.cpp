#include "apps/lab/recipe/plant.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "lively/nn/linear.h"
#include "lively/nn/norm.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

struct Kind {
  std::string_view code;
  std::string_view first, second;  // its numbers; empty: none. The second may be left out
  double otherwise;                // what it then is
};

constexpr std::array kKinds{Kind{"outliers", "COUNT", "SCALE", 255},
    Kind{"nan_inputs", "COUNT", "", 0}, Kind{"lr_step", "STEP", "FACTOR", 100},
    Kind{"bias", "STEP", "UNIT", -1}, Kind{"weights", "STEP", "UNIT", -1},
    Kind{"shuffled_labels", "", "", 0}, Kind{"constant_input", "", "", 0}};

const Kind& kind_of(const std::string& name) {
  const auto found = std::ranges::find(kKinds, name, &Kind::code);
  if (found != kKinds.end()) return *found;
  std::array<std::string_view, kKinds.size()> known;
  std::ranges::transform(kKinds, known.begin(), &Kind::code);
  fail_unknown(name, "fault", known);
}

bool whole(double v, double least) { return v >= least && v <= 1e9 && v == std::floor(v); }

ImageDataset with_labels(const ImageDataset& set, Stream& stream) {
  const Tensor order = permutation(set.size(), stream);
  Tensor labels = Tensor::empty(set.labels().shape(), Dtype::int64);
  for (int64_t i = 0; i < set.size(); ++i)
    labels.mutable_data<int64_t>()[i] = set.labels().data<int64_t>()[order.data<int64_t>()[i]];
  return {set.pixels(), labels, set.classes()};
}

ImageDataset all_like(const ImageDataset& set, const Tensor& picture) {
  Tensor pixels = Tensor::empty(set.pixels().shape(), set.pixels().dtype());
  for (int64_t i = 0; i < set.size(); ++i) pixels.select(0, i).copy_from(picture);
  return {pixels, set.labels(), set.classes()};
}

// What feeds the first rectifier: its weights, and what normalises them before it.
struct FirstLayer {
  WeightedLayer* layer = nullptr;
  BatchNorm* norm = nullptr;
};

FirstLayer first_layer(Module& model) {
  FirstLayer first;
  for (auto& [name, module] : model.named_modules()) {
    if (auto* layer = module->as_weighted()) {
      if (first.layer) break;
      first.layer = layer;
    }
    if (!module->activation().empty()) break;
    if (auto* norm = module->as_norm(); norm && first.layer) first.norm = norm;
  }
  return first;
}

// Between which numbers an input can lie: bytes are divided by 255.
struct Range {
  double low = 0, high = 1;
};

Range range_of(const DataSplits& data) {
  Range range;
  for (const ImageDataset* set : {&data.train, &data.test}) {
    if (set->pixels().dtype() != Dtype::float32) continue;
    for (const double v : set->pixels().values<float>())
      range = {std::min(range.low, v), std::max(range.high, v)};
  }
  return range;
}

}  // namespace

Plant Plant::parse(const std::string& text) {
  Plant plant;
  if (text.empty()) return plant;
  const Spec spec = parse_spec(text);
  const Kind& kind = kind_of(spec.name);
  const std::size_t most = kind.first.empty()    ? 0
                           : kind.second.empty() ? 1
                                                 : 2,
                    least = std::min<std::size_t>(most, 1);
  if (spec.numbers.size() < least || spec.numbers.size() > most)
    fail<ValueError>(text, ": is written ", kind.code, most > 0 ? ":" : "", kind.first,
        most > 1 ? message("[,", kind.second, "]") : "");
  plant.text_ = text;
  plant.code_ = spec.name;
  if (most == 0) return plant;
  if (!whole(spec.numbers[0], 1))
    fail<ValueError>(text, ": ", kind.first, " must be a whole number of at least 1");
  plant.at_ = static_cast<int64_t>(spec.numbers[0]);
  const double second = spec.numbers.size() > 1 ? spec.numbers[1] : kind.otherwise;
  if (kind.second == "UNIT") {
    if (spec.numbers.size() > 1 && !whole(second, 0))
      fail<ValueError>(text, ": UNIT must be a whole number of at least 0");
    plant.unit_ = static_cast<int64_t>(second);
  } else {
    plant.factor_ = second;
  }
  return plant;
}

DataSplits Plant::planted(const DataSplits& data, Seed seed) const {
  DataSplits out = data;
  Stream stream(seed, "plant");
  if (is("outliers") || is("nan_inputs")) {
    if (at_ > data.train.size())
      fail<ValueError>(
          "--plant ", code_, ":", at_, ": the training set has ", data.train.size(), " pictures");
    Tensor brightness = Tensor::full({data.train.size()}, 1);
    const Tensor order = permutation(data.train.size(), stream);
    for (int64_t i = 0; i < at_; ++i)
      brightness.mutable_data<float>()[order.data<int64_t>()[i]] =
          is("outliers") ? static_cast<float>(factor_) : std::numeric_limits<float>::quiet_NaN();
    out.train = data.train.scaled(brightness);
  }
  if (is("shuffled_labels")) {
    out.train = with_labels(data.train, stream);
    out.test = with_labels(data.test, stream);
  }
  if (is("constant_input")) {
    const Tensor picture = data.train.pixels().select(0, 0);
    out.train = all_like(data.train, picture);
    out.test = all_like(data.test, picture);
  }
  return out;
}

double Plant::lr_factor(int64_t step) const { return is("lr_step") && step == at_ ? factor_ : 1; }

void Plant::check(Module& model, int64_t steps, const DataSplits& data) const {
  if ((is("lr_step") || pushes()) && at_ > steps)
    fail<ValueError>("--plant ", text_, ": STEP must be one of the run's steps, 1 to ", steps);
  if (!pushes()) return;
  const auto [layer, norm] = first_layer(model);
  if (!layer) fail<ValueError>("--plant ", text_, ": the model has no weighted layer");
  const int64_t units = layer->weight.size(0);
  if (unit_ >= units) fail<ValueError>("--plant ", text_, ": layer 1 has units 0 to ", units - 1);
  if (is("bias") && !norm && !layer->bias.defined())
    fail<ValueError>("--plant ", text_, ": layer 1 has no bias; weights:", at_, " works");
  if (is("weights") && norm)
    fail<ValueError>("--plant ", text_,
        ": a normalisation follows layer 1, and takes the push away again; bias:", at_, " works");
  if (is("weights") && range_of(data).low < 0)
    fail<ValueError>("--plant ", text_,
        ": inputs of these data can be below 0, where lower weights silence no unit; bias:", at_,
        " works");
}

void Plant::push(Module& model, int64_t step, const DataSplits& data) const {
  if (!pushes(step)) return;
  const auto [layer, norm] = first_layer(model);
  const int64_t units = layer->weight.size(0);
  const Range range = range_of(data);
  for (int64_t u = unit_ < 0 ? 0 : unit_; u < (unit_ < 0 ? units : unit_ + 1); ++u) {
    if (norm) {
      // No value of a batch lies farther than sqrt(n - 1) deviations from its mean; a thousand of
      // them covers the batches and pictures here.
      Tensor shift = norm->bias.mutable_data();
      shift.mutable_data<float>()[u] = -1000 * std::abs(norm->weight.data().data<float>()[u]) - 1;
      continue;
    }
    Tensor row = layer->weight.mutable_data().select(0, u);
    Tensor biases = layer->bias.defined() ? layer->bias.mutable_data() : Tensor();
    double most = 0, largest = 0;  // w · x is at most `most`
    const Tensor flat = row.contiguous();
    for (const double w : flat.values<float>()) {
      most += std::max(w * range.low, w * range.high);
      largest = std::max(largest, w);
    }
    const double b = biases.defined() ? biases.data<float>()[u] : 0;
    // With no input below 0 and all weights at -(1 + |b|) or below, any picture whose pixels sum to
    // 1 is on the silent side.
    if (is("bias")) {
      biases.mutable_data<float>()[u] = static_cast<float>(-most - 1);
    } else {
      row.copy_from(sub(flat, Tensor::full(Shape{}, largest + 1 + std::abs(b), Dtype::float32))
                        .reshape(row.shape()));
    }
  }
}

std::optional<PlantReport> Plant::report(int64_t step) const {
  if (code_.empty()) return std::nullopt;
  const bool timed = is("lr_step") || pushes();
  if (step != (timed ? at_ : 0)) return std::nullopt;
  const std::string units = unit_ < 0 ? "all units" : message("unit ", unit_);
  std::string text;
  if (is("outliers"))
    text = message(at_, " training pictures are ", number(factor_), " times as bright");
  if (is("nan_inputs")) text = message(at_, " training pictures hold NaN");
  if (is("lr_step"))
    text = message("step ", at_, " is made at ", number(factor_), " times the learning rate");
  if (is("bias"))
    text = message(
        "in step ", at_, " the bias of ", units, " of layer 1 falls until no picture can fire it");
  if (is("weights"))
    text = message("in step ", at_, " the incoming weights of ", units, " of layer 1 fall below 0");
  if (is("shuffled_labels")) text = "the labels of both sets are dealt out anew, at random";
  if (is("constant_input")) text = "every picture is the first of the training set";
  return PlantReport{step, code_, text};
}

}  // namespace lively::lab
