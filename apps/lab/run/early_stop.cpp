#include "apps/lab/run/early_stop.h"

namespace lively::lab {

EarlyStop::EarlyStop(const Module& model, int64_t patience)
    : stopping_(model.state_dict(), {.patience = patience}) {}

void EarlyStop::epoch_ended(int64_t epoch, const Examination& test) {
  stopping_.update(test.loss);
  if (stopping_.is_best()) best_ = {epoch, test.loss, test.accuracy, test.accuracy_se, false};
  best_.stopped = over();
}

std::optional<BestEpoch> EarlyStop::best() const {
  return stopping_.state().any ? std::optional(best_) : std::nullopt;
}

void EarlyStop::restore_best() {
  if (stopping_.state().any) stopping_.restore_best();
}

void EarlyStop::keep(Archive& a) {
  EarlyStopping::State s = stopping_.state();
  a("epochs", s.epochs), a("best", s.best), a("any", s.any), a("bad", s.bad);
  a("epoch", best_.epoch), a("loss", best_.loss), a("accuracy", best_.accuracy);
  a("accuracy_se", best_.accuracy_se);
  for (auto [name, tensor] : stopping_.best_weights()) a("weights." + name, tensor);
  if (!a.reads()) return;
  try {
    stopping_.restore(s);
  } catch (const ValueError& e) {
    a.check("epochs", false, e.what());
  }
  best_.stopped = over();
}

}  // namespace lively::lab
