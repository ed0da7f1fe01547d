#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/cases/handout.h"
#include "apps/lab/recipe/settings.h"
#include "apps/lab/study/section.h"
#include "lively/data/source.h"
#include "lively/nn/liveness/verdicts.h"

namespace lively::lab {

// What the depth of an MLP is set against.
enum class Against : uint8_t {
  scale,  // what its initialiser draws, times a number
  width,
  rate,  // its learning rate
};
Against parse_against(const std::string& text);  // throws ValueError: what there is
std::string text_of(Against against);            // parses back

// What becomes of a recipe's network, and of those around it: each cell of depth x something else
// is a training on the first 10,000 samples, as long as the recipe says but for at most 50,000
// samples in all, 20,000 if `quick`, and shows its verdict.
class FailureMap {
 public:
  // `seeds` of each cell, from the recipe's own on; 0: one if `quick`,
  // else three. Throws ValueError where the recipe is not of an MLP, or cannot be run on these
  // data.
  FailureMap(
      const Settings& recipe, const DataSplits& data, Against against, bool quick, int seeds);

  std::vector<Case> cases() const;
  std::optional<Json> make(const Case& c, const std::atomic<bool>& stop) const;
  static void check_line(const Json& line) {  // throws as Json does: it is none of make()
    (void)line.at("verdict").get<std::string>();
    (void)line.at("accuracy").get<double>();
  }
  double seconds(const std::string& type) const;  // about, on one core, of a case
  Section section(const Ledger& ledger) const;

 private:
  struct Cell {
    Settings recipe;
    double factor = 1;  // of the drawn weights
    std::string type;
    std::size_t column = 0, row = 0;
  };
  struct Seen {
    Verdict verdict = Verdict::unsure;  // of most seeds; the graver where as many say another
    int64_t of_them = 0, seeds = 0;
    double accuracy = 0;  // mean
  };
  const Cell& at(std::size_t column, std::size_t row) const {
    return cells_[row * depths_.size() + column];
  }
  std::string value_text(double v) const;  // of the vertical axis
  std::string change_text(const Cell& cell) const;
  std::optional<Seen> seen(const Cell& cell, const Ledger& ledger) const;
  // The healthy cell on all seeds that is the fewest steps of the grid away.
  const Cell* nearest_cure(const std::vector<std::optional<Seen>>& all) const;

  Settings recipe_;
  DataSplits data_;  // as a cell gets them
  Against against_;
  int seeds_;
  std::vector<int> depths_;     // columns
  std::vector<double> values_;  // rows
  std::vector<Cell> cells_;     // row by row
  std::size_t here_ = 0;        // the cell of the recipe itself
};

}  // namespace lively::lab
