#include "apps/lab/study/claims/decide.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/cases/sign_test.h"
#include "apps/lab/cases/tally.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

struct Side {
  std::vector<double> values;  // of each case
  double k = 0, n = 0;         // of all together
  bool alone = true;           // is each case one yes or no?
  double share() const { return n > 0 ? k / n : std::nan(""); }
  Interval interval() const { return wilson(static_cast<int64_t>(k), static_cast<int64_t>(n)); }
};

void take(Side& side, const Reading& r) {
  side.values.push_back(r.value / r.of);
  side.k += r.value, side.n += r.of;
  side.alone = side.alone && r.of == 1;
}

Answer answer_of(const ClaimPart& part, double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) return Answer::open;
  switch (part.relation) {
    case Relation::above:
      return low > part.bound ? Answer::yes : high <= part.bound ? Answer::no : Answer::open;
    case Relation::below:
      return high < part.bound ? Answer::yes : low >= part.bound ? Answer::no : Answer::open;
    case Relation::within:
      if (low >= -part.bound && high <= part.bound) return Answer::yes;
      return low > part.bound || high < -part.bound ? Answer::no : Answer::open;
  }
  return Answer::open;
}

int64_t diverged_of(const std::vector<Json>& lines) {
  return std::ranges::count_if(lines, [](const Json& l) { return l.value("diverged", false); });
}

std::string sign(double v) { return v < 0 ? "−" : "+"; }
const char* unit_of(const ClaimPart& part) {
  return !part.measure.share ? "" : part.b ? " points" : " %";
}
// Shares in percent, differences in points.
std::string value_text(const ClaimPart& part, double v) {
  if (!std::isfinite(v)) return "–";
  const std::string digits = part.measure.share ? percent(std::abs(v)) : compact(std::abs(v));
  return part.b ? sign(v) + digits : (v < 0 ? "−" : "") + digits;
}

}  // namespace

Found decide(const ClaimPart& part, const std::vector<Json>& a, const std::vector<Json>& b) {
  Side left, right;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = part.measure.read(a[i]);
    const auto y = part.b ? part.measure.read(b[i]) : std::nullopt;
    if (!x || (part.b && !y)) continue;
    take(left, *x);
    if (y) take(right, *y);
  }
  Found f;
  f.cases = static_cast<int64_t>(left.values.size());
  f.p = std::nan("");
  if (part.b && left.alone && right.alone && f.cases > 0) {
    int64_t more = 0, less = 0;
    for (std::size_t i = 0; i < left.values.size(); ++i) {
      more += left.values[i] > right.values[i];
      less += left.values[i] < right.values[i];
    }
    f.p = sign_test(more, less);
  }
  if (!part.measure.counted) {
    f.size = part.b ? paired_difference(left.values, right.values) : estimate(left.values);
  } else if (f.cases == 0) {
    f.size = estimate({});
  } else if (!part.b) {
    const Interval i = left.interval();
    f.size = {left.share(), i.low, i.high, static_cast<int64_t>(left.n)};
  } else if (!left.alone || !right.alone) {
    f.size = paired_difference(left.values, right.values);
  } else {
    PairTally pairs;
    for (std::size_t i = 0; i < left.values.size(); ++i)
      pairs.add(left.values[i] > 0, right.values[i] > 0);
    const Interval i = pairs.interval();
    f.size = {pairs.difference(), i.low, i.high, pairs.n()};
  }
  f.diverged = diverged_of(a), f.diverged_b = diverged_of(b);
  f.runs = static_cast<int64_t>(a.size());
  f.answer = answer_of(part, f.size.low, f.size.high);
  return f;
}

Ruling rule(const Claim& claim, std::vector<Found> found) {
  Ruling r;
  r.parts = std::move(found);
  if (!claim.cannot.empty() || r.parts.empty()) return r;
  if (claim.holm) {
    std::vector<double> p;
    for (const Found& f : r.parts) p.push_back(f.p);
    p = holm(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      Found& f = r.parts[i];
      f.p = p[i];
      if (f.answer == Answer::yes && !(f.p < 0.05)) f.answer = Answer::open;
    }
  }
  const auto has = [&](Answer a) {
    return std::ranges::find(r.parts, a, &Found::answer) != r.parts.end();
  };
  if (claim.together && has(Answer::no)) {
    r.standing = Standing::not_supported;
  } else if (has(Answer::yes) && has(Answer::no)) {
    r.standing = Standing::depends;
  } else if (has(Answer::open)) {
    r.standing = Standing::undecided;
  } else {
    r.standing = has(Answer::yes) ? Standing::supported : Standing::not_supported;
  }
  return r;
}

namespace {

// " (no to: overflow)"; empty where every part refutes it.
std::string refuted_by(const Claim& claim, const Ruling& ruling) {
  std::string names;
  bool all = true;
  for (std::size_t i = 0; i < ruling.parts.size(); ++i) {
    const bool no = ruling.parts[i].answer == Answer::no;
    if (no) names += (names.empty() ? " (no to: " : "; ") + claim.parts[i].condition;
    all = all && no;
  }
  return all ? "" : names + ")";
}

}  // namespace

std::string verdict_text(const Claim& claim, const Ruling& ruling) {
  switch (ruling.standing) {
    case Standing::supported:
      return "supported";
    case Standing::not_supported:
      return "not supported" + (claim.together ? refuted_by(claim, ruling) : "");
    case Standing::depends:
      return "depends on " + claim.depends;
    case Standing::undecided:
      return "undecided";
    case Standing::cannot:
      return "cannot be tested here: " + claim.cannot;
  }
  return "";
}

std::string rule_text(const ClaimPart& part) {
  std::string text = part.measure.name + ": “" + part.a.name + "”";
  if (part.b) text += " − “" + part.b->name + "”";
  const std::string bound =
      (part.measure.share ? percent(part.bound) : compact(part.bound)) + unit_of(part);
  switch (part.relation) {
    case Relation::above:
      return text + " > " + bound;
    case Relation::below:
      return text + " < " + bound;
    case Relation::within:
      return text + " within " + bound + " of 0";
  }
  return text;
}

std::string found_text(const ClaimPart& part, const Found& f) {
  if (f.cases == 0) return "no case had anything to count";
  std::string text = value_text(part, f.size.mean) + unit_of(part) + " [" +
                     value_text(part, f.size.low) + ", " + value_text(part, f.size.high) + "]";
  text += ", n = " + thousands(f.size.n);
  if (std::isfinite(f.p)) {
    char p[32];
    std::snprintf(p, sizeof p, ", p = %.2g", f.p);
    text += p;
  }
  const auto add_diverged = [&](int64_t k, const ClaimArm& arm) {
    if (k > 0)
      text +=
          "; " + thousands(k) + " of " + thousands(f.runs) + " runs of “" + arm.name + "” diverged";
  };
  add_diverged(f.diverged, part.a);
  if (part.b) add_diverged(f.diverged_b, *part.b);
  return text;
}

}  // namespace lively::lab
