#include "apps/lab/inquiry/oracle.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "apps/lab/recipe/models.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/words/text.h"
#include "lively/data/subset.h"
#include "lively/nn/liveness/place.h"
#include "lively/tensor/reduce.h"

namespace lively::lab {
namespace {

// Fowler, Noll and Vo's hash of the bits.
uint64_t fingerprint(uint64_t h, std::span<const float> values) {
  for (const float v : values) h = (h ^ std::bit_cast<uint32_t>(v)) * 0x100000001b3u;
  return h;
}
constexpr uint64_t kStart = 0xcbf29ce484222325u;

std::vector<Variable> own_parameters(const WeightedLayer* layer, const BatchNorm* norm) {
  std::vector<Variable> own;
  own.push_back(layer->weight);
  if (layer->bias.defined()) own.push_back(layer->bias);
  if (norm) own.push_back(norm->weight), own.push_back(norm->bias);
  return own;
}

// ", 3 wake at a known step".
std::string part(int64_t n, const char* one, const char* more) {
  return n ? ", " + thousands(n) + " " + (n == 1 ? one : more) : "";
}

}  // namespace

Oracle::Oracle(Module& model, const Settings& settings, const Dataset& train,
    const Optimizer& optimizer, Schedule schedule, int64_t steps, Sink& out)
    : model_(model),
      s_(settings),
      train_(train),
      schedule_(std::move(schedule)),
      plant_(Plant::parse(s_.plant)),
      steps_(steps),
      out_(out) {
  Site next;
  for (auto& [name, module] : model_.named_modules()) {
    if (is_carried(model_, name)) continue;
    if (auto* layer = module->as_weighted()) next = {}, next.layer = layer;
    if (auto* norm = module->as_norm()) next.norm = norm;
    if (module->activation() != "relu") continue;
    next.name = name;
    next.sums = follows_sum(model_, name);
    next.bypassed = is_bypassed(model_, name);
    if (next.layer) next.rows.emplace(optimizer, own_parameters(next.layer, next.norm));
    sites_.push_back(next);
    next = {};
  }
}

std::optional<UpdateLaw> Oracle::law(const Site& site, int64_t step) const {
  std::optional<UpdateLaw> law = site.rows->law();
  if (!law) return law;
  if (step >= steps_) {
    law->factor = [last = schedule_(steps_ - 1)](int64_t) { return last; };  // were it to go on
  } else if (s_.schedule != "constant" || s_.warmup > 0 || !s_.plant.empty()) {
    law->factor = [schedule = schedule_, plant = plant_](
                      int64_t k) { return schedule(k) * plant.lr_factor(k + 1); };
  }
  return law;
}

uint64_t Oracle::own(const Site& site, int64_t unit) const {
  return site.rows ? fingerprint(kStart, site.rows->values(unit)) : 0;
}

uint64_t Oracle::below(std::size_t site) const {
  uint64_t h = kStart;
  const detail::Node* first =
      site < sites_.size() && sites_[site].layer ? sites_[site].layer->weight.node() : nullptr;
  for (const Variable& p : model_.parameters()) {
    if (p.node() == first) break;
    h = fingerprint(h, p.data().values<float>());
  }
  for (const auto& [name, buffer] : model_.named_buffers())
    if (buffer.dtype() == Dtype::float32) h = fingerprint(h, buffer.values<float>());
  return h;
}

// The highest layer of dead units that no gradient passes, if nothing else moves it or what is
// below; -1: none.
int64_t Oracle::dead_cut(const Census& census, int64_t step) {
  if (s_.norm != "none" || s_.augment != "none") return -1;
  const auto all_dead = [](const LayerPulse& l) { return l.dead() == l.units(); };
  int64_t cut = -1;
  for (std::size_t i = 0; i < sites_.size(); ++i)
    if (all_dead(census.layers[i]) && !sites_[i].bypassed && (i == 0 || s_.dropout == 0))
      cut = static_cast<int64_t>(i);
  if (cut < 0) return -1;
  const auto top = static_cast<std::size_t>(cut);
  for (std::size_t i = 0; i <= top; ++i)
    if (census.layers[i].borderline() > 0)
      return -1;  // another batch shape may fire it, and what it feeds
  for (std::size_t i = 0; i <= top; ++i) {
    const auto law = this->law(sites_[i], step);
    if (!law) return -1;
    const double rate = largest_rate(*law, step, steps_ - step);
    for (int64_t u = 0; u < census.layers[i].units(); ++u)
      if (motion_of(sites_[i].rows->row(u), *law, rate) != Motion::still) return -1;
  }
  // Of all images, not only of those that were counted.
  uint64_t parameters = kStart;
  for (std::size_t i = 0; i <= top; ++i)
    for (const Variable& p : sites_[i].layer->parameters())
      parameters = fingerprint(parameters, p.data().values<float>());
  if (census.samples < train_.size() && parameters != seen_dead_ &&
      !all_dead(census_of(model_, train_).layers[top]))
    return -1;
  seen_dead_ = parameters;
  return cut;
}

std::vector<Prophecy> Oracle::ask(
    std::size_t i, const std::vector<int64_t>& units, const Outlook& outlook) const {
  const Site& site = sites_[i];
  std::vector<UnitRow> rows;
  for (const int64_t u : units) rows.push_back(site.rows->row(u));
  if (!site.norm) {
    std::vector<Prophecy> all = prophesy(rows, outlook);
    for (Prophecy& p : all)  // its own part keeps its sign, the sum may not
      if (site.sums && p.ground == Ground::fading) p = {Fate::open, Ground::shortcut};
    return all;
  }
  if (!outlook.law) return {units.size(), {Fate::open, Ground::no_law}};
  std::vector<Prophecy> all;
  const double rate = largest_rate(*outlook.law, outlook.taken, outlook.steps_to_come);
  for (std::size_t k = 0; k < units.size(); ++k) {
    const double gamma = site.norm->weight.data().at({units[k]}),
                 beta = site.norm->bias.data().at({units[k]});
    all.push_back(site.sums ? Prophecy{Fate::open, Ground::shortcut}
                            : prophesy_normalised(rows[k], gamma, beta,
                                  s_.batch_size * site.positions, *outlook.law, rate));
  }
  return all;
}

// Is it to be asked anew? In the first layer that takes passes over all training images and steps
// computed ahead, so only where something can have changed, and then at the 1st, 2nd, 4th, 8th ...
// census.
bool Oracle::is_due(std::size_t i, int64_t unit, const Standing& s) const {
  if (s.prophecy.fate != Fate::open) return s.prophecy.fate == Fate::only_if_upstream_moves;
  if (i > 0 || !sites_[i].layer || sites_[i].norm) return true;
  return s.prophecy.ground != Ground::no_theorem &&
         std::has_single_bit(static_cast<uint64_t>(censuses_)) && own(sites_[i], unit) != s.own;
}

void Oracle::counted(const Census& census, int64_t step) {
  if (sites_.size() != census.layers.size()) return;  // no relu: nobody is dead
  settle(census, step, false);
  ++censuses_;
  Outlook outlook{
      .law = {}, .taken = step, .steps_to_come = std::max<int64_t>(steps_ - step, 0), .inputs = {}};
  const bool dense = s_.architecture == Architecture::mlp && s_.front.empty();
  const int64_t cut = dense ? dead_cut(census, step) : -1;
  ProphecyReport report{.step = step, .units = {}, .summary = {}};
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    std::vector<int64_t> units;
    for (int64_t u = 0; u < census.layers[i].units(); ++u) {
      if (!census.layers[i].is_dead(u)) continue;
      const auto known = standing_.find({static_cast<int64_t>(i), u});
      const bool open = known == standing_.end() || known->second.prophecy.fate == Fate::open;
      if (known == standing_.end() || (open && static_cast<int64_t>(i) <= cut) ||
          is_due(i, u, known->second))
        units.push_back(u);
    }
    if (units.empty()) continue;
    std::vector<Prophecy> answers;
    sites_[i].positions = census.layers[i].counts.positions;
    Outlook here = outlook;
    const bool above_cut = cut >= 0 && static_cast<int64_t>(i) == cut + 1 && !sites_[i].sums;
    if (!sites_[i].layer) {
      answers.assign(units.size(), {Fate::open, Ground::shortcut});
    } else if (static_cast<int64_t>(i) <= cut) {
      answers.assign(units.size(), {Fate::cannot_move, Ground::dead_cut});
    } else if (i == 0 && sites_[i].layer->convolution() && !sites_[i].norm) {
      // Its inputs are patches of the images, which nobody passes to the theorems.
      answers.assign(units.size(), {Fate::open, Ground::no_theorem});
    } else {
      here.law = law(sites_[i], step);
      const int64_t in = sites_[i].layer->weight.size(1);
      if (above_cut) here.inputs = [in](const auto& see) { see(Tensor::zeros({1, in})); };
      if (i == 0) here.inputs = all_inputs(train_);
      if (i == 0 && s_.augment != "none") {  // shifts bring 0s in, and any pixel's value anywhere
        const double largest = max(data_box(train_).high).item();
        here.inputs = [in, largest](const auto& see) { see(Tensor::full({1, in}, largest)); };
        here.dropout = 0;
      }
      answers = ask(i, units, here);
      if (above_cut)
        for (Prophecy& p : answers) p.sample = -1;  // not an image: all zeros
    }
    const uint64_t under = below(i);
    for (std::size_t k = 0; k < units.size(); ++k) {
      const Key key{static_cast<int64_t>(i), units[k]};
      const auto known = standing_.find(key);
      if (known != standing_.end() && known->second.prophecy.fate == answers[k].fate &&
          known->second.prophecy.ground == answers[k].ground) {
        if (answers[k].fate == Fate::open) known->second.own = own(sites_[i], units[k]);
        continue;
      }
      standing_[key] = {answers[k], step, own(sites_[i], units[k]), under, false, census.samples};
      report.units.push_back({sites_[i].name, units[k], answers[k]});
    }
  }
  next_due_ = INT64_MAX;
  for (const auto& [key, s] : standing_)
    if (s.prophecy.fate == Fate::wakes_at) next_due_ = std::min(next_due_, s.prophecy.wakes_at - 1);
  const std::string text = standing_.empty() ? "" : overview();
  if (!text.empty() && text != said_) report.summary = said_ = text;
  if (!report.units.empty() || !report.summary.empty()) out_.on(report);
}

std::string Oracle::overview() const {
  int64_t fates[5] = {};
  std::map<Ground, int64_t> why;
  for (const auto& [key, s] : standing_) {
    ++fates[static_cast<std::size_t>(s.prophecy.fate)];
    if (s.prophecy.fate == Fate::open) ++why[s.prophecy.ground];
  }
  const std::size_t n = standing_.size();
  const std::string text =
      thousands(static_cast<int64_t>(n)) + (n == 1 ? " dead unit:" : " dead units:");
  std::string parts = part(fates[0], "cannot move", "cannot move") +
                      part(fates[1], "moves but cannot wake", "move but cannot wake") +
                      part(fates[2], "wakes at a known step", "wake at a known step");
  if (fates[2]) parts += " (from " + thousands(next_due_ + 1) + " on)";
  parts += part(fates[3], "only if a layer below moves", "only if a layer below moves") +
           part(fates[4], "open", "open");
  for (const auto& [ground, times] : why) {
    std::string reason = name(ground);
    std::ranges::replace(reason, '_', ' ');
    parts += (ground == why.begin()->first ? " (" : ", ") + reason +
             (why.size() > 1 ? " " + thousands(times) : "");
  }
  if (!why.empty()) parts += ")";
  return text + parts.substr(1);
}

}  // namespace lively::lab
