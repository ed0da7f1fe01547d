#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/lab/cases/handout.h"
#include "apps/lab/cases/tally.h"
#include "apps/lab/study/narrow_nets.h"
#include "apps/lab/study/section.h"

namespace lively::lab {

// A function that narrow networks are to learn, and what became of 1,000 of them in the paper.
struct Regression {
  std::string name;     // "f1"
  std::string formula;  // "|x|"
  NarrowShape shape;
  Tensor (*target)(const Tensor& x);  // [N, inputs] -> [N, outputs]
  struct Published {
    double collapsed, died;  // of all runs: constant in the end; of these, not born so. NaN: unsaid
  };
  std::array<Published, 2> paper;  // by BirthLaw
};
const std::vector<Regression>& regressions();

// The regressions of Lu et al. 2019: 3,000 points, uniform on [-√3, √3]^d; squared error; Adam at
// 0.001; batches of 64. How many epochs they ran they do not say. A network has collapsed if a
// layer is 0 on all points, or none of its outputs differs among them by 1e-6.
class Regressions {
 public:
  static constexpr int64_t kRunsACase = 40, kPoints = 3000, kBatch = 64;
  // Collapses are counted after each of these epochs; the last ends a run.
  static constexpr std::array<int, 3> kEpochs{10, 30, 100};

  explicit Regressions(const std::vector<std::string>& only);

  std::vector<Case> cases(int64_t runs) const;  // for at least so many runs a row
  std::optional<Json> make(const Case& c, const std::atomic<bool>& stop) const;
  void check_line(const Json& line) const;  // throws ValueError, or as Json: it is none of make()
  double seconds(const std::string& type) const;  // about, on one core, of a case; 0: not ours
  Section section(const Ledger& ledger, int64_t runs) const;

 private:
  struct Row {
    const Regression* regression;
    BirthLaw law;
    std::string type() const { return regression->name + " " + name_of(law); }
  };
  struct Count {
    Tally born, died, collapsed;
    std::array<Tally, kEpochs.size()> after;
  };
  const Row* find(const std::string& type) const;
  Count count(const Row& row, const Ledger& ledger, int64_t runs) const;

  std::vector<Row> rows_;
};

// A run: is it born dead, and has it collapsed after each of `epochs`?
struct RunFate {
  bool born_dead = false;
  std::vector<bool> collapsed;
};
// Runs of the seeds from `first` on, each with a network and points of its own, trained in one
// stack. nullopt: `stop` came first.
std::optional<std::vector<RunFate>> fates_of(const Regression& regression, BirthLaw law,
    uint64_t first, int64_t runs, std::span<const int> epochs, const std::atomic<bool>& stop);

}  // namespace lively::lab
