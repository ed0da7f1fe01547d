#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/lab/cases/handout.h"
#include "apps/lab/recipe/data_flags.h"
#include "apps/lab/recipe/settings.h"
#include "apps/lab/study/claims/claim.h"
#include "lively/data/source.h"

namespace lively::lab {

// Carries the arms of claims out.
class Arms {
 public:
  // Loads what the arms need. Claims of networks that these data are not for, convolutions where
  // they are numbers, are taken out. Throws as data_of does, and ValueError where the flags of an
  // arm are none or no claim is left.
  Arms(std::vector<Claim>& claims, const DataFlags& data);

  // Which claims were taken out, and why; "": none.
  const std::string& left_out() const { return left_out_; }

  // What decides, with a seed, what a case of the arm comes to.
  std::string type(const ClaimArm& arm) const;
  // Every case of the claims once, in their order; `seeds` of each arm from `first` on, 0: as many
  // as the claim says.
  std::vector<Case> cases(const std::vector<Claim>& claims, int seeds, uint64_t first) const;
  std::optional<Json> make(const Case& c, const std::atomic<bool>& stop) const;
  // Throws ValueError, or as Json does, where a line lacks what the claims measure in it.
  void check_line(const Json& line) const;

  // How long the cases take on one core, by rates measured on a core of a 2024 EPYC.
  double seconds(const std::vector<Case>& cases) const;

 private:
  struct Known {
    ClaimArm arm;
    Settings recipe;
    const DataSplits* data;  // null: it takes none
  };
  std::string type_of(const Known& known) const;

  const DataSplits& data_of_arm(const Settings& recipe, const DataFlags& data);

  std::map<std::string, DataSplits> data_;  // by what --data says
  std::string left_out_;
  std::map<std::string, Known> arms_;                     // by type
  std::map<std::string, std::string> types_;              // by what an arm says
  std::map<std::string, std::vector<Measure>> measures_;  // by type
};

}  // namespace lively::lab
