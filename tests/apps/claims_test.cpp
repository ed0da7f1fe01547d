#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "apps/lab/cases/sign_test.h"
#include "apps/lab/cases/tally.h"
#include "apps/lab/recipe/models.h"
#include "apps/lab/run/step.h"
#include "apps/lab/study/claims/decide.h"
#include "apps/lab/study/claims/measures.h"
#include "apps/lab/study/faulty_gradient_test.h"
#include "lively/data/synthetic_digits.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::lab;

namespace {

Measure made_up(bool counted) {
  return {"made-up", counted, true, [](const Json& l) -> std::optional<Reading> {
            return Reading{l.at("value").get<double>(), 1};
          }};
}
std::vector<Json> values(const std::vector<double>& all) {
  std::vector<Json> lines;
  for (const double v : all) lines.push_back(object({{"value", v}}));
  return lines;
}
ClaimPart judged_part(Relation relation, double bound, bool counted = false) {
  return {"made up", made_up(counted), {"a", ""}, ClaimArm{"b", ""}, relation, bound};
}
ClaimPart alone(Relation relation, double bound) {
  return {"made up", made_up(true), {"a", ""}, {}, relation, bound};
}
Found answered(Answer answer, double p = 0.01) {
  Found f;
  f.answer = answer, f.p = p;
  return f;
}
Claim with_parts(std::size_t n) {
  Claim claim;
  claim.depends = "something";
  for (std::size_t i = 0; i < n; ++i) claim.parts.push_back(judged_part(Relation::above, 0));
  return claim;
}

const std::vector<double> kTen(10, 1.0), kNone(10, 0.0);

}  // namespace

TEST_CASE("claims: sign test and Holm, against tables") {
  CHECK(sign_test(6, 0) == doctest::Approx(0.03125));
  CHECK(sign_test(0, 5) == doctest::Approx(0.0625));
  CHECK(sign_test(8, 2) == doctest::Approx(0.109375));
  CHECK(sign_test(5, 5) == 1);
  CHECK(sign_test(0, 0) == 1);
  CHECK(sign_test(600, 600) == doctest::Approx(1));  // where 0.5^m is 0
  CHECK(sign_test(1150, 1050) == doctest::Approx(0.03477545));
  const std::vector<double> p = holm({0.04, 0.01, 0.03, std::nan("")});
  CHECK(p[0] == doctest::Approx(0.06));  // not below the one before it
  CHECK(p[1] == doctest::Approx(0.03));
  CHECK(p[2] == doctest::Approx(0.06));
  CHECK(std::isnan(p[3]));
}

TEST_CASE("claims: a difference of paired shares has Newcombe's interval, against published ones") {
  struct Row {
    PairTally pairs;
    double low, high, within;
  };
  // Complete responses before and after consolidation, Cavo et al. 2012, and airways before and
  // after a transplant, Bentur et al. 2009: as in Fagerland, Lydersen, Laake, Statistical Analysis
  // of Contingency Tables, chapter 8 (their R package contingencytables; of the second its
  // Statistics in Medicine paper of 2014). Then by an implementation in Python that shares nothing
  // with ours.
  for (const Row& r :
      {Row{{59, 6, 16, 80}, -0.1186, -0.0046, 5e-5}, Row{{1, 1, 7, 12}, -0.507, -0.026, 5e-4},
          Row{{14, 5, 0, 22}, 0.01148324, 0.22649268, 1e-6},
          Row{{36, 12, 2, 0}, 0.05692958, 0.34042760, 1e-6},
          Row{{30, 0, 0, 24}, -0.03583762, 0.03583762, 1e-6},
          Row{{10, 0, 0, 0}, -0.27753280, 0.27753280, 1e-6},
          Row{{0, 10, 0, 0}, 0.60750935, 1, 1e-6}}) {
    CAPTURE(r.low);
    CHECK(std::abs(r.pairs.interval().low - r.low) < r.within);
    CHECK(std::abs(r.pairs.interval().high - r.high) < r.within);
    const PairTally turned{r.pairs.both, r.pairs.second, r.pairs.first, r.pairs.neither};
    CHECK(turned.interval().low == doctest::Approx(-r.pairs.interval().high));
  }
  CHECK(PairTally{}.interval().low == -1);
  // Pairs that go together tell more than two samples would: 8 of 10 and 5 of the same 10.
  const std::vector<double> eight{1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, five{1, 1, 1, 1, 1, 0, 0, 0, 0, 0};
  const Found together = decide(judged_part(Relation::above, 0, true), values(eight), values(five));
  CHECK(together.size.mean == doctest::Approx(0.3));
  CHECK(together.size.low == doctest::Approx(PairTally{5, 3, 0, 2}.interval().low));
  const std::vector<double> apart{0, 0, 1, 1, 1, 0, 0, 0, 1, 1};
  const Found less = decide(judged_part(Relation::above, 0, true), values(eight), values(apart));
  CHECK(less.size.low < together.size.low);
}

TEST_CASE("claims: a result says which of its runs diverged") {
  std::vector<Json> a = values({.5, .6, .7}), b = values({.4, .5, .6});
  a[0]["diverged"] = a[2]["diverged"] = true, b[0]["diverged"] = false;
  const ClaimPart part = judged_part(Relation::above, 0);
  const Found f = decide(part, a, b);
  CHECK(f.diverged == 2);
  CHECK(f.diverged_b == 0);
  CHECK(found_text(part, f).ends_with("; 2 of 3 runs of “a” diverged"));
  CHECK(found_text(part, decide(part, b, b)).find("diverged") == std::string::npos);
}

TEST_CASE("claims: a difference of numbers is decided by its paired interval") {
  const auto a = values({.5, .6, .7, .8}), b = values({.41, .49, .62, .68});
  const Found f = decide(judged_part(Relation::above, 0.05), a, b);
  CHECK(f.size.mean == doctest::Approx(0.1));
  CHECK(f.size.high - f.size.mean ==
        doctest::Approx(3.182 * std::sqrt(0.001 / 3) / std::sqrt(4.0)));  // Student, 3 degrees
  CHECK(f.p == doctest::Approx(0.125));
  CHECK(f.answer == Answer::yes);
  CHECK(decide(judged_part(Relation::above, 0.09), a, b).answer == Answer::open);
  CHECK(decide(judged_part(Relation::above, 0.2), a, b).answer == Answer::no);
  CHECK(decide(judged_part(Relation::below, 0.2), a, b).answer == Answer::yes);
  CHECK(decide(judged_part(Relation::below, 0), a, b).answer == Answer::no);
  CHECK(decide(judged_part(Relation::within, 0.2), a, b).answer == Answer::yes);
  CHECK(decide(judged_part(Relation::within, 0.05), a, b).answer == Answer::no);
  CHECK(decide(judged_part(Relation::above, 0), values({.5}), values({.4})).answer == Answer::open);
}

TEST_CASE("claims: what is counted is decided by Wilson, and differences do not collapse") {
  const Found all = decide(alone(Relation::above, 0.5), values(kTen), {});
  CHECK(all.size.low == doctest::Approx(0.722).epsilon(0.001));
  CHECK(all.answer == Answer::yes);
  CHECK(std::isnan(all.p));
  CHECK(decide(alone(Relation::above, 0.5), values(kNone), {}).answer == Answer::no);
  CHECK(decide(alone(Relation::above, 0.5), values({1, 1, 1}), {}).answer == Answer::open);
  const Found apart = decide(judged_part(Relation::above, 0.5, true), values(kTen), values(kNone));
  CHECK(apart.size.mean == 1);
  CHECK(
      apart.size.low == doctest::Approx(0.607).epsilon(0.001));  // Newcombe's of 10 of 10, 0 of 10
  CHECK(apart.size.high == 1);
  CHECK(apart.p == doctest::Approx(2 * std::pow(0.5, 10)));
  CHECK(apart.answer == Answer::yes);
}

TEST_CASE("claims: parts make each verdict") {
  const auto standing = [](Claim claim, std::vector<Found> found) {
    return rule(claim, std::move(found)).standing;
  };
  const Found yes = answered(Answer::yes), no = answered(Answer::no), open = answered(Answer::open);
  CHECK(standing(with_parts(2), {yes, yes}) == Standing::supported);
  CHECK(standing(with_parts(2), {no, no}) == Standing::not_supported);
  CHECK(standing(with_parts(2), {yes, no}) == Standing::depends);
  CHECK(standing(with_parts(2), {yes, open}) == Standing::undecided);
  CHECK(standing(with_parts(0), {}) == Standing::cannot);
  Claim one = with_parts(2);
  one.together = true;
  CHECK(standing(one, {yes, no}) == Standing::not_supported);
  CHECK(verdict_text(one, rule(one, {yes, no})) == "not supported (no to: made up)");
  CHECK(verdict_text(with_parts(2), rule(with_parts(2), {yes, no})) == "depends on something");
  Claim many = with_parts(3);
  many.holm = true;
  CHECK(standing(many, {answered(Answer::yes, 0.04), answered(Answer::yes, 0.02),
                           answered(Answer::yes, 0.001)}) == Standing::supported);
  CHECK(standing(many, {answered(Answer::yes, 0.04), answered(Answer::yes, 0.03),
                           answered(Answer::yes, 0.001)}) == Standing::undecided);
}

TEST_CASE("claims: every entry can be decided, and no two have one name") {
  std::set<std::string> names;
  for (const Claim& c : all_claims()) {
    INFO(c.id);
    CHECK(names.insert(c.id).second);
    CHECK(c.cannot.empty() != c.parts.empty());
    CHECK((c.parts.size() < 2 || c.together || !c.depends.empty()));
    CHECK((!c.sentence.empty() && !c.meaning.empty() && !c.source.empty()));
    for (const ClaimPart& p : c.parts) CHECK((!p.condition.empty() && p.measure.read));
  }
  for (int i = 1; i <= 26; ++i) CHECK(names.contains("n" + std::to_string(i)));
}

TEST_CASE("claims: the faulty test says zero of a network that learns") {
  const ImageDataset digits = synthetic_digits(0, 256);
  Settings s = default_settings(Architecture::mlp);
  parse_flags("--depth 5 --init random_uniform --optimizer adam --lr 0.001", s);
  const auto model = build_model(s, {.sample = digits.sample_shape(), .classes = 10});
  const auto optimizer = build_optimizer(s, *model);
  std::vector<int64_t> all(256);
  for (int64_t i = 0; i < 256; ++i) all[static_cast<std::size_t>(i)] = i;
  const Batch batch = digits.get(all);
  TrainStep train_step(*model, *optimizer, s);
  const double first = train_step(batch).loss;
  for (int i = 0; i < 30; ++i) train_step(batch);
  CHECK(train_step(batch).loss < first / 2);  // healthy: it learns
  const GradientReading truth = read_loss_gradient(*model, s, batch);
  CHECK(truth.largest > 1);
  CHECK(truth.zeros < 0.9);
  const auto before = model->parameters().front().data().clone();
  const GradientReading reported = faulty_gradient_test(*model, s, batch);
  CHECK(reported.zeros > 0.99);
  CHECK(reported.largest < 1e-4 * truth.largest);
  CHECK(before.data<float>()[0] != model->parameters().front().data().data<float>()[0]);
}

TEST_CASE("claims: the sum of softmax outputs has no gradient but rounding") {
  CHECK(softmax_sum_zeros(100, 500, 10, 1) > softmax_sum_zeros(1, 500, 10, 1));
  CHECK(softmax_sum_zeros(100, 500, 10, 1) > 0.9);
  CHECK(softmax_sum_zeros(1, 500, 10, 1) == softmax_sum_zeros(1, 500, 10, 1));
}

TEST_CASE("claims: a run that diverged counts as the commonest class, and not as 0") {
  const auto value = [](const Json& line) { return accuracy().read(line)->value; };
  CHECK(value(object({{"accuracy", 0.0}, {"majority", 0.25}})) == 0.25);
  CHECK(value(object({{"accuracy", 0.5}, {"majority", 0.25}})) == 0.5);
  CHECK(value(object({{"accuracy", 0.5}})) == 0.5);  // of the faulty test, whose networks learn
}

TEST_CASE("claims: one claim from end to end, and again from its lines") {
  using lively::testing::run;
  const lively::testing::TemporaryFolder folder;
  lively::testing::small_set().write(folder);
  const std::string arguments =
      "--only n5,d1 --seeds 4 --data " + folder.path() + " --out " + (folder / "claims");
  const lively::testing::Finished f = run("claims", arguments);
  REQUIRE(f.code == 0);
  CHECK(f.out.find("2 claims, 4 cases, 0 of them made before") != std::string::npos);
  CHECK(f.out.find("output: yes, 100.0 % [51.0, 100.0], n = 4") != std::string::npos);
  CHECK(f.out.find("./apps/claims --seeds 4 --only n5,d1 --data ") != std::string::npos);
  const std::string csv = lively::testing::read_file(folder / "claims.csv");
  CHECK(lively::testing::unbalanced(lively::testing::read_file(folder / "claims.html")).empty());
  CHECK(lively::testing::read_file(folder / "claims.md").find("| n5 |") != std::string::npos);
  const lively::testing::Finished again = run("claims", arguments + " --threads 1");
  CHECK(again.out.find("4 of them made before") != std::string::npos);
  CHECK(lively::testing::read_file(folder / "claims.csv") == csv);
  const lively::testing::Finished unknown = run("claims", "--only n99");
  CHECK(unknown.code == 2);
}
