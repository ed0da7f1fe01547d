#include "lively/nn/liveness/feed.h"

#include <algorithm>
#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/place.h"
#include "lively/nn/norm.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/ops.h"

namespace lively {
namespace {

bool same(const Tensor& a, const Tensor& b) {
  return a.defined() && b.defined() && a.bytes() == b.bytes() && a.shape() == b.shape() &&
         a.strides() == b.strides();
}

double value_at(const Tensor& z, int64_t sample, int64_t unit, int64_t position) {
  if (z.rank() == 2) return z.at({sample, unit});
  const int64_t width = z.size(-1);
  return z.rank() == 3 ? z.at({sample, unit, position})
                       : z.at({sample, unit, position / width, position % width});
}

double at(const Tensor& t, int64_t i) { return t.at({i}); }

std::vector<double> doubles(const Tensor& t) {
  const Tensor flat = t.to(Dtype::float64).contiguous();
  const auto v = flat.values<double>();
  return {v.begin(), v.end()};
}

// The inputs under one position of a convolution, in the order of a unit's weights.
std::vector<double> patch(const Tensor& x, const Shape& w, const ConvOptions& o, int64_t sample,
    int64_t unit, const Shape& out, int64_t position) {
  const int64_t group = unit / (w[0] / o.groups),
                top = position / out[3] * o.stride.h - o.padding.h,
                left = position % out[3] * o.stride.w - o.padding.w;
  std::vector<double> values;
  for (int64_t c = 0; c < w[1]; ++c)
    for (int64_t i = 0; i < w[2]; ++i)
      for (int64_t j = 0; j < w[3]; ++j) {
        const int64_t y = top + i * o.dilation.h, z = left + j * o.dilation.w;
        const bool inside = y >= 0 && z >= 0 && y < x.size(2) && z < x.size(3);
        values.push_back(inside ? x.at({sample, group * w[1] + c, y, z}) : 0);
      }
  return values;
}

}  // namespace

Peaks peaks_of(const Census& census) {
  Peaks peaks;
  for (const LayerPulse& layer : census.layers) {
    auto& units = peaks.emplace_back();
    for (std::size_t u = 0; u < layer.values.max_z.size(); ++u)
      units.push_back({layer.values.max_z[u], layer.values.argmax_sample[u]});
  }
  return peaks;
}

struct Feeds::Seen final : RectifierListener {
  struct Call {
    Module* module;
    std::string path;
    bool carried;  // on a shortcut
    Variable x, y;
    WeightedLayer* weighted() const { return module->as_weighted(); }
    BatchNorm* norm() const { return module->as_norm(); }
  };
  struct Site {
    std::string path;
    Tensor z;
    std::size_t calls;  // that had ended before it
  };
  // What leads to a site: the last of these before the rectifier, or before the sum with a
  // shortcut.
  struct Way {
    const Call *weighted = nullptr, *norm = nullptr;
    bool carried = false;
    std::string unknown;
    const Call& last() const { return norm ? *norm : *weighted; }
  };
  std::vector<Call> calls;
  std::vector<Site> sites;

  UnitCounts* counts(const RectifierSite&) override { return nullptr; }
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite& site, const PreActivations& z) override {
    sites.push_back({std::string(site.path), z.tensor(), calls.size()});
  }

  Way way(std::size_t at) const;
};

Feeds::Seen::Way Feeds::Seen::way(std::size_t index) const {
  const Site& site = sites.at(index);
  Way way;
  const auto take = [&](const Call& call) { (call.norm() ? way.norm : way.weighted) = &call; };
  const auto feeds = [](const Call& call) { return call.weighted() || call.norm(); };
  const Call* before = nullptr;
  for (std::size_t i = 0; i < site.calls; ++i)
    if (feeds(calls[i]) && same(calls[i].y.data(), site.z)) before = &calls[i];
  for (std::size_t i = 0; i < site.calls && !before; ++i) {
    if (!calls[i].module->mixes_units() || !same(calls[i].y.data(), site.z)) continue;
    way.unknown = "what leads to its rectifier is mixed by " + calls[i].path;
    return way;
  }
  if (!before) {
    // A sum: its other operand is the last output of the same block, of the block's own layers
    // first.
    const std::string block = site.path.substr(0, site.path.rfind('.') + 1);
    bool own = false;
    for (std::size_t i = 0; i < site.calls && !block.empty(); ++i) {
      const Call& c = calls[i];
      if (!feeds(c) || c.carried || !c.path.starts_with(block) || c.y.shape() != site.z.shape())
        continue;
      const bool direct = c.path.find('.', block.size()) == c.path.npos;
      if (direct || !own) before = &c;
      own |= direct;
    }
    way.carried = true;
  }
  if (!before) {
    way.unknown = "no weighted layer or batch norm leads straight to its rectifier";
    return way;
  }
  take(*before);
  if (way.norm)
    for (std::size_t i = 0; i < site.calls; ++i)
      if (calls[i].weighted() && same(calls[i].y.data(), way.norm->x.data())) take(calls[i]);
  if (!way.weighted)
    way.unknown = "no weighted layer leads straight to its norm";
  else if (!way.weighted->weighted()->convolution() && way.weighted->x.rank() != 2)
    way.unknown = "its layer takes no [N, inputs]";
  return way;
}

Feeds::Feeds(Module& model) : seen_(std::make_unique<Seen>()), model_(model) {
  for (const auto& [path, module] : model.named_modules())
    module->register_forward_hook([this, path = path, carried = is_carried(model, path)](
                                      Module& m, const Variable& x, const Variable& y) {
      Variable kept = y;
      if (y.requires_grad()) kept.retain_grad();
      seen_->calls.push_back({&m, path, carried, x, kept});
    });
}

Feeds::~Feeds() {
  for (const auto& [path, module] : model_.named_modules()) module->clear_forward_hooks();
}

Variable Feeds::run(const Variable& inputs) {
  seen_->calls.clear();
  seen_->sites.clear();
  const Observe scope(*seen_);
  return model_(inputs);
}

std::size_t Feeds::sites() const { return seen_->sites.size(); }

Feeds::Source Feeds::source(std::size_t site) const {
  const Seen::Way way = seen_->way(site);
  return {way.weighted ? way.weighted->path : "", way.norm ? way.norm->path : "", way.unknown};
}

int64_t Feeds::largest_at(std::size_t site, int64_t unit, int64_t sample) const {
  const std::vector<double> z = doubles(seen_->sites.at(site).z.select(0, sample).select(0, unit));
  return std::max_element(z.begin(), z.end()) - z.begin();
}

UnitFeed Feeds::feed(std::size_t site, int64_t unit, int64_t sample, int64_t position) const {
  const Seen::Way way = seen_->way(site);
  const Tensor& z = seen_->sites[site].z;
  if (!way.unknown.empty())
    fail<StateError>("feed: layer ", seen_->sites[site].path, ": ", way.unknown);
  const WeightedLayer& layer = *way.weighted->weighted();
  const Tensor& x = way.weighted->x.data();
  UnitFeed f;
  f.weights = doubles(layer.weight.data().select(0, unit));
  f.bias = layer.bias.defined() ? at(layer.bias.data(), unit) : 0;
  if (const ConvOptions* conv = layer.convolution()) {
    f.input = patch(x, layer.weight.shape(), *conv, sample, unit, z.shape(), position);
  } else {
    f.input = doubles(x.select(0, sample));
  }
  if (way.norm) {
    const BatchNorm& n = *way.norm->norm();
    f.norm = UnitFeed::Norm{at(n.weight.data(), unit), at(n.bias.data(), unit),
        at(n.running.mean, unit), std::sqrt(at(n.running.variance, unit) + n.eps())};
  }
  if (way.carried)
    f.carried =
        value_at(z, sample, unit, position) - value_at(way.last().y.data(), sample, unit, position);
  return f;
}

Variable Feeds::z(std::size_t site, int64_t unit, int64_t sample, int64_t position) const {
  const Tensor& z = seen_->sites.at(site).z;
  for (const Seen::Call& c : seen_->calls)
    for (const Variable* v : {&c.x, &c.y}) {
      if (!same(v->data(), z)) continue;
      const Variable row = select(select(*v, 0, sample), 0, unit);
      return row.rank() == 0 ? row : select(flatten(row, 0), 0, position);
    }
  fail<StateError>("feed: layer ", seen_->sites[site].path,
      ": its pre-activation is no module's input or output");
}

std::vector<double> Feeds::sample_products(
    const std::string& layer, const Tensor& weight, const Tensor& bias) const {
  std::vector<double> products;
  for (const Seen::Call& c : seen_->calls) {
    if (c.path != layer || !c.weighted() || !c.y.grad().defined()) continue;
    const ConvOptions* conv = c.weighted()->convolution();
    Tensor moved = conv ? conv2d(c.x.data(), weight, bias, *conv) : gemm(c.x.data(), weight.t());
    if (!conv && bias.defined()) moved = add(moved, bias);
    const Tensor terms = mul(moved.to(Dtype::float64), c.y.grad().to(Dtype::float64)).contiguous();
    const int64_t samples = terms.size(0), each = samples ? terms.numel() / samples : 0;
    products.resize(static_cast<std::size_t>(samples));
    const double* p = terms.data<double>();
    for (double& sum : products)
      for (int64_t i = 0; i < each; ++i) sum += *p++;
  }
  if (products.empty())
    fail<ValueError>("feed: layer ", layer, ": no weighted layer with a gradient");
  return products;
}

}  // namespace lively
