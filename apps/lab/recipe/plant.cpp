#include "apps/lab/recipe/plant.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "lively/nn/linear.h"
#include "lively/nn/norm.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

struct Kind {
  std::string_view code;
  std::string_view first, second;  // its numbers; empty: none. The second may be left out
};

constexpr std::array kKinds{Kind{"outliers", "COUNT", "SCALE"}, Kind{"nan_inputs", "COUNT", ""},
    Kind{"scaled_inputs", "SCALE", "SHIFT"}, Kind{"lr_step", "STEP", "FACTOR"},
    Kind{"bias", "STEP", "UNIT"}, Kind{"weights", "STEP", "UNIT"}, Kind{"shuffled_labels", "", ""},
    Kind{"constant_input", "", ""}};
constexpr double kScale = 255, kFactor = 100;  // unless given

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

ImageDataset moved(const ImageDataset& set, double scale, double shift) {
  std::vector<int64_t> all(static_cast<std::size_t>(set.size()));
  std::iota(all.begin(), all.end(), int64_t{0});
  const auto number = [](double v) { return Tensor::full(Shape{}, v, Dtype::float32); };
  return {add(mul(set.get(all).inputs, number(scale)), number(shift)), set.labels(), set.classes()};
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
  if (most > 0 && !whole(spec.numbers[0], 1))
    fail<ValueError>(text, ": ", kind.first, " must be a whole number of at least 1");
  const int64_t first = most > 0 ? static_cast<int64_t>(spec.numbers[0]) : 0;
  const bool two = spec.numbers.size() > 1;
  if (two && kind.second == "UNIT" && !whole(spec.numbers[1], 0))
    fail<ValueError>(text, ": UNIT must be a whole number of at least 0");
  const auto unit =
      two ? std::optional(static_cast<int64_t>(spec.numbers[1])) : std::optional<int64_t>();
  if (spec.name == "outliers") plant.fault_ = Outliers{first, two ? spec.numbers[1] : kScale};
  if (spec.name == "nan_inputs") plant.fault_ = NanInputs{first};
  if (spec.name == "scaled_inputs")
    plant.fault_ = ScaledInputs{spec.numbers[0], two ? spec.numbers[1] : 0};
  if (spec.name == "lr_step") plant.fault_ = LrStep{first, two ? spec.numbers[1] : kFactor};
  if (spec.name == "bias" || spec.name == "weights")
    plant.fault_ = Push{spec.name == "bias", first, unit};
  if (spec.name == "shuffled_labels") plant.fault_ = ShuffledLabels{};
  if (spec.name == "constant_input") plant.fault_ = ConstantInput{};
  return plant;
}

int64_t Plant::step() const {
  if (const auto* rate = std::get_if<LrStep>(&fault_)) return rate->step;
  return push() ? push()->step : 0;
}

bool Plant::pushes(int64_t at) const { return push() && push()->step == at; }

DataSplits Plant::planted(const DataSplits& data, Seed seed) const {
  DataSplits out = data;
  Stream stream(seed, "plant");
  const auto* outliers = std::get_if<Outliers>(&fault_);
  const auto* nans = std::get_if<NanInputs>(&fault_);
  if (outliers || nans) {
    const int64_t count = outliers ? outliers->count : nans->count;
    if (count > data.train.size())
      fail<ValueError>(
          "--plant ", code_, ":", count, ": the training set has ", data.train.size(), " pictures");
    Tensor brightness = Tensor::full({data.train.size()}, 1);
    const Tensor order = permutation(data.train.size(), stream);
    for (int64_t i = 0; i < count; ++i)
      brightness.mutable_data<float>()[order.data<int64_t>()[i]] =
          outliers ? static_cast<float>(outliers->scale) : std::numeric_limits<float>::quiet_NaN();
    out.train = data.train.scaled(brightness);
  }
  if (const auto* to = std::get_if<ScaledInputs>(&fault_)) {
    out.train = moved(data.train, to->scale, to->shift);
    out.test = moved(data.test, to->scale, to->shift);
  }
  if (std::holds_alternative<ShuffledLabels>(fault_)) {
    out.train = with_labels(data.train, stream);
    out.test = with_labels(data.test, stream);
  }
  if (std::holds_alternative<ConstantInput>(fault_)) {
    const Tensor picture = data.train.pixels().select(0, 0);
    out.train = all_like(data.train, picture);
    out.test = all_like(data.test, picture);
  }
  return out;
}

double Plant::lr_factor(int64_t at) const {
  const auto* rate = std::get_if<LrStep>(&fault_);
  return rate && rate->step == at ? rate->factor : 1;
}

void Plant::check(Module& model, int64_t steps, const DataSplits& data) const {
  if (step() > steps)
    fail<ValueError>("--plant ", text_, ": STEP must be one of the run's steps, 1 to ", steps);
  if (!push()) return;
  const auto [bias, at, unit] = *push();
  const auto [layer, norm] = first_layer(model);
  if (!layer) fail<ValueError>("--plant ", text_, ": the model has no weighted layer");
  const int64_t units = layer->weight.size(0);
  if (unit && *unit >= units)
    fail<ValueError>("--plant ", text_, ": the first layer has units 0 to ", units - 1);
  if (bias && !norm && !layer->bias.defined())
    fail<ValueError>("--plant ", text_, ": the first layer has no bias; weights:", at, " works");
  if (!bias && norm)
    fail<ValueError>("--plant ", text_,
        ": a normalisation follows the first layer, and takes the push away again; bias:", at,
        " works");
  if (!bias && range_of(data).low < 0)
    fail<ValueError>("--plant ", text_,
        ": inputs of these data can be below 0, where lower weights silence no unit; bias:", at,
        " works");
}

void Plant::push(Module& model, int64_t step, const DataSplits& data) const {
  if (!pushes(step)) return;
  const auto [bias, at, unit] = *push();
  const auto [layer, norm] = first_layer(model);
  const int64_t units = layer->weight.size(0);
  const Range range = range_of(data);
  for (int64_t u = unit.value_or(0); u < (unit ? *unit + 1 : units); ++u) {
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
    if (bias) {
      biases.mutable_data<float>()[u] = static_cast<float>(-most - 1);
    } else {
      row.copy_from(sub(flat, Tensor::full(Shape{}, largest + 1 + std::abs(b), Dtype::float32))
                        .reshape(row.shape()));
    }
  }
}

std::optional<PlantReport> Plant::report(int64_t at) const {
  if (std::holds_alternative<None>(fault_) || at != step()) return std::nullopt;
  struct Words {
    std::string operator()(const None&) const { return {}; }
    std::string operator()(const Outliers& o) const {
      return message(o.count, " training pictures are ", number(o.scale), " times as bright");
    }
    std::string operator()(const NanInputs& n) const {
      return message(n.count, " training pictures hold NaN");
    }
    std::string operator()(const ScaledInputs& i) const {
      return message("all pictures are ", number(i.scale), " times as bright",
          i.shift != 0 ? ", plus " + number(i.shift) : "");
    }
    std::string operator()(const LrStep& r) const {
      return message("step ", r.step, " is made at ", number(r.factor), " times the learning rate");
    }
    std::string operator()(const Push& p) const {
      const std::string units = p.unit ? message("unit ", *p.unit) : "all units";
      return p.bias ? message("in step ", p.step, " the bias of ", units,
                          " of the first layer falls until no picture can fire it")
                    : message("in step ", p.step, " the incoming weights of ", units,
                          " of the first layer fall below 0");
    }
    std::string operator()(const ShuffledLabels&) const {
      return "the labels of both sets are dealt out anew, at random";
    }
    std::string operator()(const ConstantInput&) const {
      return "every picture is the first of the training set";
    }
  };
  return PlantReport{at, code_, std::visit(Words{}, fault_)};
}

}  // namespace lively::lab
