#include "apps/lab/run_log.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

using Json = nlohmann::ordered_json;

// null is a number that was not finite.
double real(const Json& e, const char* key) {
  const auto found = e.find(key);
  return found == e.end() || found->is_null() ? std::nan("") : found->get<double>();
}
int64_t whole(const Json& e, const char* key) { return e.value(key, int64_t{0}); }
std::string text(const Json& e, const char* key) { return e.value(key, std::string()); }

// "optimizer.lr" = "0.01": the leaves of the config line, but for what is long.
void flatten(const std::string& prefix, const Json& value, std::vector<std::pair<std::string, std::string>>& to) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items())
      if (key != "layers" && key != "schema" && key != "type") flatten(prefix.empty() ? key : prefix + "." + key, inner, to);
  } else {
    to.emplace_back(prefix, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

RunLog::Census census_of(const Json& e) {
  RunLog::Census c{whole(e, "epoch"), whole(e, "step"), text(e, "set"), {}};
  for (const Json& l : e.at("layers"))
    c.layers.push_back({text(l, "name"), whole(l, "units"), whole(l, "dead"), whole(l, "lasting"), whole(l, "born_dead"), whole(l, "died"),
                        whole(l, "revived"), whole(l, "pinned"), whole(l, "linear"), real(l, "zero_activations")});
  return c;
}

void take(const Json& e, RunLog& run) {
  const std::string type = text(e, "type");
  if (type == "config") {
    run.app = text(e, "app");
    run.version = text(e, "version");
    run.command = text(e, "command");
    run.model = text(e, "model");
    run.settings.clear();
    flatten("", e, run.settings);
  } else if (type == "train") {
    run.train.push_back({whole(e, "epoch"), whole(e, "step"), real(e, "loss"), real(e, "lr"), real(e, "gradient_norm"), real(e, "update_ratio")});
  } else if (type == "eval") {
    run.eval.push_back({whole(e, "epoch"), whole(e, "step"), real(e, "train_loss"), real(e, "train_accuracy"), real(e, "test_loss"),
                        real(e, "test_accuracy"), real(e, "test_accuracy_se")});
  } else if (type == "liveness" && text(e, "mode") == "evaluation") {
    run.censuses.push_back(census_of(e));
  } else if (type == "death" || type == "revival") {
    run.changes.push_back({type == "death", e.value("born", false), whole(e, "after"), whole(e, "step"), whole(e, "unit"), text(e, "layer")});
  } else if (type == "warning") {
    run.warnings.push_back(text(e, "text"));
  } else if (type == "final") {
    run.final = RunLog::Final{whole(e, "epochs"), whole(e, "steps"), whole(e, "units"), whole(e, "dead"), whole(e, "born_dead"),
                              real(e, "seconds"), real(e, "test_accuracy"), real(e, "test_accuracy_se"), text(e, "verdict"),
                              text(e, "verdict_text"), text(e, "weights_hash"), text(e, "test_command")};
  }
}

}  // namespace

RunLog read_run_log(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail<DataError>(path, ": cannot be read");
  RunLog run;
  run.path = path;
  int64_t number = 0, events = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    try {
      const Json e = Json::parse(line);
      if (!e.is_object() || e.value("schema", 0) != 1)
        fail<DataError>(path, ": line ", number, ": no event of schema 1");
      take(e, run);
      ++events;
    } catch (const Json::exception& error) {
      fail<DataError>(path, ": line ", number, ": ", error.what());
    }
  }
  if (events == 0) fail<DataError>(path, ": has no events; a log is written by --log");
  return run;
}

}  // namespace lively::lab
