#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/lab/recipe/settings.h"

namespace lively::lab {

// One flag of a training program: how it reads its value, and how it says it back, so that a
// run can be repeated. A switch takes no value: it reads "true" and says "true" or "".
struct Flag {
  // Who says its value where a run goes on from a checkpoint.
  enum class Keeps : uint8_t {
    always,  // the checkpoint: another value would be another run
    anew,    // whoever lets it go on may say another
    never,   // whoever lets it go on: a file that a run reads or writes, which no file keeps
  };

  std::string name;   // "--lr"
  std::string value;  // what help calls it, "RATE"; empty for a switch
  std::string group;  // of the help
  std::string help;
  std::function<void(Settings&, const std::string&)>
      read;  // throws ValueError: the value, what would do
  std::function<std::string(const Settings&)> say;
  std::function<void(Settings& to, const Settings& from)> assign;
  Keeps keeps = Keeps::always;
  bool of_network = false;  // describes it, or how it reads data: all that is taken from a model
                            // that somebody gave away
};

const std::vector<Flag>& flag_table();

}  // namespace lively::lab
