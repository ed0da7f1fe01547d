#pragma once

#include <string>

#include "apps/lab/study/claims/claim.h"

namespace lively::lab {

// The networks that claims are put to: 10,000 pictures, two epochs.
//
// 5 hidden layers of 128, SGD with momentum.
inline ClaimArm five(std::string name, const std::string& flags) {
  return {std::move(name), "--quick --epochs 2 " + flags};
}
// The dense part of the note's network: 11 hidden layers of 128, Adam.
inline ClaimArm eleven(std::string name, const std::string& flags) {
  return {std::move(name), "--quick --epochs 2 --depth 11 --optimizer adam --lr 0.001 " + flags};
}
// The depth for which the note recommends SELU.
inline ClaimArm sixteen(std::string name, const std::string& flags) {
  return {std::move(name), "--quick --epochs 2 --depth 16 " + flags};
}
// 34 hidden layers of 128, as AutoTrainer's example and with its flags.
inline ClaimArm thirty_four(std::string name, const std::string& flags) {
  return {std::move(name),
      "--quick --epochs 2 --depth 34 --init glorot_uniform --optimizer adam --lr 0.001 "
      "--batch-size 32 " +
          flags};
}
// The network of Lu et al. (2019) for a function of two inputs: 19 hidden layers of 4.
inline ClaimArm narrow(std::string name, const std::string& init, double inputs = 2) {
  return {std::move(name), "--depth 19 --width 4 --init " + init, Instrument::born, inputs};
}

inline const std::string kWide = "--init random_uniform:-1,1 ";         // U(−1, 1)
inline const std::string kSmall = "--init random_uniform:-0.05,0.05 ";  // Keras's default
inline const std::string kClipped = "--loss clipped_cross_entropy ";
inline const std::string kSelu = "--activation selu ";
inline const std::string kLeaky = "--activation leaky_relu:0.01 ";

constexpr double kClear = 0.05;  // points of accuracy, or of dead units, that count as an effect
constexpr double kMost = 0.5;    // "most runs"

}  // namespace lively::lab
