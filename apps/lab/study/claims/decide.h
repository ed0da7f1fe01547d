#pragma once

#include "apps/lab/study/claims/claim.h"
#include "apps/lab/trials/paired.h"

namespace lively::lab {

enum class Answer : uint8_t { yes, no, open };  // open: the interval lies on both sides

// What a part came to.
struct Found {
  Estimate size{};  // of arm a, or of a - b; of what is counted, a share or a difference of shares
  double p = 1;     // sign test or McNemar, after Holm where the claim says so; NaN: no pairs
  int64_t cases = 0;  // of each arm
  // Of the runs of arm a, and of b, those that ended because a loss was not finite.
  int64_t diverged = 0, diverged_b = 0, runs = 0;  // of so many runs of each
  Answer answer = Answer::open;
};

// Numbers: mean and Student's interval, of the differences pair by pair. What is counted: the share
// with Wilson's interval, or the difference of shares with Newcombe's for pairs (PairTally); where
// a seed stands for many of them, its share is a number. `a` and `b` are cases of the same seeds;
// `b` is empty where the part has no arm b.
Found decide(const ClaimPart& part, const std::vector<Json>& a, const std::vector<Json>& b);

enum class Standing : uint8_t { supported, not_supported, depends, undecided, cannot };

struct Ruling {
  Standing standing = Standing::cannot;
  std::vector<Found> parts;
};
// All parts yes: supported. All no: not supported. Both: it depends on which; but parts that make
// one statement together are refuted by any of them. Otherwise undecided, with so many cases. Where
// the claim has Holm, a yes of a difference needs p < 0.05 too.
Ruling rule(const Claim& claim, std::vector<Found> found);

// In words, for a table: "depends on the loss", "cannot be tested: why".
std::string verdict_text(const Claim& claim, const Ruling& ruling);
// "test accuracy: “A” − “B” > 5.0 points": the rule as it was fixed.
std::string rule_text(const ClaimPart& part);
// "+12.3 points [+10.1, +14.5], n = 10, p = 0.002; 3 of 10 runs of “Adam” diverged".
std::string found_text(const ClaimPart& part, const Found& found);

}  // namespace lively::lab
