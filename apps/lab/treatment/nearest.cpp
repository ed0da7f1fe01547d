#include "apps/lab/treatment/nearest.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr double kOff = 1e-4;     // of a penalty: as good as none
constexpr double kUnbound = 1e4;  // of a bound, over the one that fails: as good as none
constexpr double kNoEps = 1e-8;
constexpr double kNoBias = 0.01;

double log_of(double value) { return std::log10(value); }
// With two digits, as people write it.
double value(double place) {
  const double exact = std::pow(10, place), last = std::pow(10, std::floor(place) - 1);
  return rounded(std::round(exact / last) * last);
}
double share(double place) { return rounded(1 - value(place)); }

// b of "random_uniform:-b,b"; 0 for another law.
double bound(const std::string& init) {
  const Spec spec = parse_spec(init);
  if (spec.name != "random_uniform") return 0;
  if (spec.numbers.empty()) return 1;
  return spec.numbers[0] == -spec.numbers[1] ? spec.numbers[1] : 0;
}

// c of "constant:c".
double constant(const std::string& init) {
  const Spec spec = parse_spec(init);
  return spec.name == "constant" && spec.numbers.size() == 1 ? spec.numbers[0] : 0;
}

}  // namespace

std::optional<Border::Knob> Border::knob(const Settings& fails, const Settings& heals) {
  const auto changed = difference(fails, heals);
  if (changed.size() != 1) return std::nullopt;
  const std::string& flag = changed[0]->name;
  const auto log_scale = [&](double Settings::*number, double off) -> std::optional<Knob> {
    if (fails.*number <= 0) return std::nullopt;
    const double good = heals.*number > 0 ? heals.*number : off;
    return Knob{log_of(fails.*number), log_of(good),
        [number](Settings& s, double at) { s.*number = value(at); }};
  };
  const auto rest_of_one = [&](double Settings::*number) {
    return Knob{log_of(1 - fails.*number), log_of(1 - heals.*number),
        [number](Settings& s, double at) { s.*number = share(at); }};
  };
  if (flag == "--lr") return log_scale(&Settings::lr, 0);
  if (flag == "--weight-decay")
    return log_scale(&Settings::weight_decay, kOff * fails.weight_decay);
  if (flag == "--clip") return log_scale(&Settings::clip, kUnbound * fails.clip);
  if (flag == "--clip-value") return log_scale(&Settings::clip_value, kUnbound * fails.clip_value);
  if (flag == "--eps") return log_scale(&Settings::eps, kNoEps);
  if (flag == "--dropout") return rest_of_one(&Settings::dropout);
  if (flag == "--momentum") return rest_of_one(&Settings::momentum);
  if (flag == "--warmup" && fails.warmup > 0)
    return Knob{log_of(static_cast<double>(fails.warmup)),
        log_of(static_cast<double>(std::max<int64_t>(1, heals.warmup))),
        [](Settings& s, double at) { s.warmup = std::llround(std::pow(10, at)); }};
  if (flag == "--init" && bound(fails.init) > 0) {
    const double other = bound(heals.init), he = std::sqrt(6 / static_cast<double>(fails.width));
    return Knob{
        log_of(bound(fails.init)), log_of(other > 0 ? other : he), [](Settings& s, double at) {
          s.init = Spec{"random_uniform", {-value(at), value(at)}}.to_string();
        }};
  }
  if (flag == "--bias-init" && constant(fails.bias_init) != 0) {
    const double c = constant(fails.bias_init);
    return Knob{log_of(std::abs(c)), log_of(kNoBias), [c](Settings& s, double at) {
                  s.bias_init = Spec{"constant", {std::copysign(value(at), c)}}.to_string();
                }};
  }
  return std::nullopt;
}

std::optional<Border> Border::between(const Settings& fails, const Settings& heals) {
  std::optional<Knob> found = knob(fails, heals);
  if (!found || found->bad == found->good) return std::nullopt;
  return Border(fails, std::move(*found));
}

std::vector<Candidate> Border::next(int how_many) const {
  std::vector<Candidate> all;
  for (int i = 0; i < how_many; ++i) {
    Settings to = fails_;
    knob_.set(to, place(i, how_many));
    all.push_back(change_of(fails_, std::move(to)));
  }
  return all;
}

void Border::tell(const std::vector<Candidate>& tried, const std::vector<bool>& heal) {
  const auto of = static_cast<int>(tried.size());
  const auto first = static_cast<int>(std::ranges::find(heal, true) - heal.begin());
  const double bad = first > 0 ? place(first - 1, of) : knob_.bad;
  if (first < of) {
    nearest_ = tried[static_cast<std::size_t>(first)];
    knob_.good = place(first, of);
  }
  knob_.bad = bad;
}

}  // namespace lively::lab
