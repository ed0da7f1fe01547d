#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/lab/cases/ledger.h"

namespace lively::lab {

// What carries an arm out.
enum class Instrument : uint8_t {
  run,           // trains the recipe, with a census at birth, after each epoch and at the end
  birth,         // the same without a step of training
  born,          // draws 100 networks a seed, and counts those that are constant on a square
  faulty_test,   // trains, then asks the faulty gradient test; see faulty_gradient_test.h
  softmax_sums,  // gradients of summed softmax outputs with respect to logits of deviation `dose`
};

// One side of a comparison, as data: it decides, with the seed, what a case comes to.
struct ClaimArm {
  std::string name{};   // for people: "U(−1, 1)"
  std::string flags{};  // of mnist_mlp; of mnist_resnet where that word comes first
  Instrument instrument = Instrument::run;
  double dose = 0;
};

// What is read off a case: a number, or so many of so many.
struct Reading {
  double value = 0;  // how many, where they are counted
  double of = 1;
};
struct Measure {
  std::string name{};  // "test accuracy"
  bool counted = false;
  bool share = true;  // told in percent; else as a number
  std::optional<Reading> (*read)(
      const Json& line) = nullptr;  // nullopt: the case has nothing to count
};

// What is claimed of the measure: of arm a alone, or of a minus b, pair by pair of the same seed.
enum class Relation : uint8_t {
  above,   // the whole interval above the bound: yes; the whole below it: no
  below,   // the other way round
  within,  // the whole interval in [-bound, bound]: yes; the whole outside: no
};
struct ClaimPart {
  std::string condition{};  // under which it is asked, for people
  Measure measure{};
  ClaimArm a{};
  std::optional<ClaimArm> b{};
  Relation relation = Relation::above;
  double bound = 0;
};

// One entry of the ledger. All of its rule is here.
struct Claim {
  std::string id{};        // of --only
  std::string source{};    // who says so
  std::string sentence{};  // what is claimed
  std::string meaning{};   // what that means in numbers
  std::vector<ClaimPart> parts{};
  std::string depends{};  // on what, where some parts hold and others do not
  bool together = false;  // do the parts make one statement, which any of them refutes?
  std::string cannot{};   // why it is not tested here; empty: it is
  int seeds = 10;         // of each arm
  bool holm = false;      // do the parts count together as one question of several remedies?
  bool quick = true;      // is it in the coarse form too?
};

// All entries, in the order of the ledger.
std::vector<Claim> all_claims();
// They stand in sources of their own, by subject.
std::vector<Claim> claims_of_units();           // note, claims 1 to 6
std::vector<Claim> claims_of_initialisers();    // note, claims 7 to 16
std::vector<Claim> claims_of_remedies();        // note, claims 17 to 26
std::vector<Claim> claims_in_dispute();         // where sources disagree
std::vector<Claim> claims_of_zero_gradients();  // each explanation alone, and what others said

}  // namespace lively::lab
