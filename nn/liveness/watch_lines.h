#pragma once

#include <string>

#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/module.h"

// The lines of a watched run's log beside those of its units (life_lines.h).
namespace lively::detail {

struct TrainNote {
  int64_t step = 0;
  double loss = 0;
  std::optional<double> lr{}, gradient_norm{}, update_ratio{};
};

std::string config_line(Module& net, const std::string& command);
std::string train_line(const TrainNote& note);
std::string eval_line(int64_t step, double loss, const HeldOut& held_out);
std::string final_line(const Module& net, const LifeHistory& life, const Evidence& e,
    const Diagnosis& d, double seconds);

}  // namespace lively::detail
