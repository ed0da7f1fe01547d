#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/recipe/arguments.h"

namespace lively::lab {

// What every study is asked for.
struct StudyOptions {
  std::string program;              // its name
  int seeds = 0;                    // a cell; 0: as many as the study says
  bool quick = false;               // the coarse form, two minutes on two cores
  std::vector<std::string> only{};  // rows by name; empty: all
  std::string out{};                // files are out.jsonl, out.csv, out.html
  int threads = 0;                  // cases at once; 0: all cores, or one in each rank
  const std::atomic<bool>* interrupt = nullptr;

  bool wants(const std::string& row) const;
  // Throws ValueError, with what there is, if a name in `only` is none of `rows`.
  void check_only(std::span<const std::string_view> rows) const;
  std::string command() const;  // repeats the study: "./apps/born_dead --quick"
};

// --seeds, --quick, --only, --out, --threads, for a program with these rows. `out` becomes NAME,
// or NAME-quick, where none is given.
void add_study_arguments(Arguments& arguments, StudyOptions& o);

// Throws ValueError unless `out`.jsonl and those that end so can be written, and nobody holds the
// first.
void check_outputs(const StudyOptions& o, std::span<const std::string_view> endings);

// How many cases are made at once: by this process, or by all ranks.
int cases_at_once();

// `read`, then Ctrl-C is heeded, errors are one line, and `body` gives the exit code. Under mpirun
// all ranks run `body`, up to its hand_out (cases/handout.h); the first alone goes on from there.
int run_study(
    int argc, char** argv, Arguments& arguments, StudyOptions& o, const std::function<int()>& body);

}  // namespace lively::lab
