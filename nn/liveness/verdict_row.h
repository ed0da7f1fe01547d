#pragma once

#include "lively/nn/liveness/deciders.h"
#include "lively/nn/liveness/facts.h"

namespace lively::detail {

// All that is said of one verdict.
struct VerdictRow {
  Verdict verdict;
  VerdictWords words;
  // What happened and what decides it, in one or two sentences.
  std::string (*tell)(const Evidence& e, const Facts& f);
  std::vector<Decider> (*decide)(const Diagnosis& d, const Evidence& e);
};
const VerdictRow& row(Verdict v);

namespace tell {
std::string exploding(const Evidence& e, const Facts& f);
std::string poisoned(const Evidence& e, const Facts& f);
std::string wiring(const Evidence& e, const Facts& f);
std::string uninformative_labels(const Evidence& e, const Facts& f);
std::string frozen_loss(const Evidence& e, const Facts& f);
std::string frozen_optimizer(const Evidence& e, const Facts& f);
std::string born_dead(const Evidence& e, const Facts& f);
std::string died(const Evidence& e, const Facts& f);
std::string vanishing(const Evidence& e, const Facts& f);
std::string starved_step(const Evidence& e, const Facts& f);
std::string over_regularised(const Evidence& e, const Facts& f);
std::string oscillating(const Evidence& e, const Facts& f);
std::string slow(const Evidence& e, const Facts& f);
std::string healthy(const Evidence& e, const Facts& f);
std::string unsure(const Evidence& e, const Facts& f);
}  // namespace tell

namespace decide {
std::vector<Decider> growth(const Diagnosis& d, const Evidence& e);
std::vector<Decider> poison(const Diagnosis& d, const Evidence& e);
std::vector<Decider> wiring(const Diagnosis& d, const Evidence& e);
std::vector<Decider> labels(const Diagnosis& d, const Evidence& e);
std::vector<Decider> frozen_loss(const Diagnosis& d, const Evidence& e);
std::vector<Decider> frozen_optimizer(const Diagnosis& d, const Evidence& e);
std::vector<Decider> deaths(const Diagnosis& d, const Evidence& e);
std::vector<Decider> vanishing(const Diagnosis& d, const Evidence& e);
std::vector<Decider> starved_step(const Diagnosis& d, const Evidence& e);
std::vector<Decider> over_regularised(const Diagnosis& d, const Evidence& e);
std::vector<Decider> lower_rate(const Diagnosis& d, const Evidence& e);
std::vector<Decider> higher_rate(const Diagnosis& d, const Evidence& e);
std::vector<Decider> learning(const Diagnosis& d, const Evidence& e);
}  // namespace decide

}  // namespace lively::detail
