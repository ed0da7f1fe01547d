#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/cases/handout.h"
#include "apps/lab/cases/tally.h"
#include "apps/lab/study/narrow_nets.h"
#include "apps/lab/study/section.h"

namespace lively::lab {

// A cell of the count of networks that are born dead.
struct BirthRow {
  NarrowShape shape;
  BirthLaw law = BirthLaw::he;
  double reach = 0;       // inputs lie in [-reach, reach]; without biases it makes no difference
  bool pictures = false;  // inputs are pictures instead, and shape.inputs is theirs
  // Lu et al. 2019, of 1,000 networks: their text, or read off their figure 4 by eye.
  double paper = std::numeric_limits<double>::quiet_NaN();
  bool off_a_curve = false;
  Tally rough{};  // a rough count of ours, of inputs that were not noted

  std::string name() const;  // "10x2", for --only
};
const std::vector<BirthRow>& birth_rows();

// How many of many random networks are born dead, beside the bounds.
class Births {
 public:
  static constexpr int64_t kNetsACase = 250;

  // `pictures` [N, inputs], of the data with that name.
  Births(const std::vector<std::string>& only, Tensor pictures, std::string pictures_name);

  // Cases for at least so many networks a row.
  std::vector<Case> cases(int64_t nets) const;
  std::optional<Json> make(const Case& c, const std::atomic<bool>& stop) const;
  void check_line(const Json& line) const;  // throws ValueError, or as Json: it is none of make()
  double seconds(const std::string& type) const;  // about, on one core, of a case; 0: not ours
  bool is_ours(const std::string& type) const { return seconds(type) > 0; }
  Section section(const Ledger& ledger, int64_t nets) const;

 private:
  std::string type_of(const BirthRow& row) const;
  const BirthRow* find(const std::string& type) const;
  Tally tally(const BirthRow& row, const Ledger& ledger, int64_t nets) const;
  std::string chart(const std::string& title, int layers, const std::vector<BirthLaw>& laws,
      const Ledger& ledger, int64_t nets) const;

  std::vector<BirthRow> rows_;
  Tensor pictures_;
  std::string pictures_name_;
};

}  // namespace lively::lab
