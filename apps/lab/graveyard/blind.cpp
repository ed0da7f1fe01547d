#include "apps/lab/graveyard/blind.h"

#include <map>
#include <set>

#include "apps/lab/words/json_value.h"
#include "apps/lab/words/nlohmann.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

// What is kept of an event of each type, beside schema, type, epoch, step and poisoned.
const std::map<std::string, std::set<std::string>>& kept() {
  static const std::map<std::string, std::set<std::string>> all{
      {"config", {"data", "parameters", "layers", "activation", "norm", "batch_size", "epochs"}},
      {"train", {"loss", "lr", "gradient_norm", "update_ratio"}},
      {"eval", {"train_loss", "train_accuracy", "test_loss", "test_accuracy", "test_accuracy_se"}},
      {"liveness", {"set", "mode", "units", "dead", "cut", "layers"}},
      {"units", {"set", "layer", "rates", "last_fired"}},
      {"death", {"after", "layer", "unit", "born"}}, {"revival", {"after", "layer", "unit"}},
      {"final",
          {"epochs", "steps", "test_accuracy", "test_accuracy_se", "units", "dead", "born_dead"}}};
  return all;
}

Json only(const Json& object, const std::set<std::string>& keys) {
  Json some = Json::object();
  for (const auto& [key, value] : object.items())
    if (keys.contains(key)) some[key] = value;
  return some;
}

}  // namespace

std::string blind(const std::string& line) {
  try {
    const Json e = parsed(line);
    const auto found = kept().find(e.at("type").get<std::string>());
    if (found == kept().end()) return "";
    std::set<std::string> keys{"schema", "type", "epoch", "step", "poisoned"};
    keys.insert(found->second.begin(), found->second.end());
    Json some = only(e, keys);
    if (found->first == "config") {
      some["app"] = "lively";
      some["data"] =
          only(e.at("data"), {"train", "test", "features", "low", "high", "always_zero"});
      for (Json& layer : some["layers"]) layer = only(layer, {"name", "shape"});
      some["optimizer"] = only(e.at("optimizer"), {"name"});
    }
    return one_line(some);
  } catch (const Json::exception&) {
    fail<DataError>("is no event as Lively writes them");
  }
}

}  // namespace lively::lab
