#include "tests/reference/case.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "lively/autograd/ops.h"
#include "lively/data/safetensors.h"
#include "tests/paths.h"

namespace lively::testing {

struct Case::Json {
  nlohmann::json value;

  const nlohmann::json* find(const std::string& path) const {
    const auto pointer = nlohmann::json::json_pointer("/attrs/" + path);
    return value.contains(pointer) ? &value.at(pointer) : nullptr;
  }
};

namespace {

// Files of cases.
constexpr const char* kFiles[] = {
    LIVELY_TEST_DATA "/reference/cases", LIVELY_TEST_DATA "/reference/more_cases"};

const Safetensors& tensors() {
  static const Safetensors all = [] {
    Safetensors both;
    for (const char* file : kFiles)
      both.tensors.merge(read_safetensors(std::string(file) + ".safetensors").tensors);
    return both;
  }();
  return all;
}

std::vector<Expected> expected(const nlohmann::json& c, const char* list, const char* part) {
  std::vector<Expected> out;
  if (!c.contains(list)) return out;
  for (const auto& e : c.at(list)) {
    const std::string name = e.at("name");
    Expected x{name, tensors().at(c.at("name").get<std::string>() + "/" + part + "/" + name),
        e.at("rtol"), e.at("atol"), {}};
    if (e.contains("skip")) x.skip = e.at("skip").get<std::vector<int64_t>>();
    out.push_back(std::move(x));
  }
  return out;
}

std::vector<std::optional<int64_t>> integers_of(const nlohmann::json& list) {
  std::vector<std::optional<int64_t>> out;
  if (!list.is_array()) return {list.get<int64_t>()};
  for (const auto& v : list)
    out.push_back(v.is_null() ? std::nullopt : std::optional<int64_t>(v.get<int64_t>()));
  return out;
}

}  // namespace

const Tensor& Case::in(const std::string& input) const {
  return tensors().at(name + "/in/" + input);
}
bool Case::has(const std::string& input) const {
  return std::find(inputs.begin(), inputs.end(), input) != inputs.end();
}
const Tensor& Case::cotangent(const std::string& output) const {
  return tensors().at(name + "/cot/" + output);
}

const Expected& Case::output(const std::string& output) const {
  for (const Expected& e : outputs)
    if (e.name == output) return e;
  throw ValueError(name + ": no output " + output);
}

Variable Case::seen(const std::string& input, const Variable& whole) const {
  const auto& all = json->value;
  Variable x = whole;
  if (!all.contains("views") || !all.at("views").contains(input)) return x;
  for (const auto& view : all.at("views").at(input)) {
    const std::string kind = view.at(0);
    std::vector<int64_t> n;
    for (std::size_t i = 1; i < view.size(); ++i) {
      if (view.at(i).is_array()) {
        for (const auto& v : view.at(i)) n.push_back(v);
      } else {
        n.push_back(view.at(i).is_null() ? INT64_MAX : view.at(i).get<int64_t>());
      }
    }
    if (kind == "transpose") {
      x = transpose(x, static_cast<int>(n[0]), static_cast<int>(n[1]));
    } else if (kind == "slice") {
      x = slice(x, static_cast<int>(n[0]), n[1], n[2], n.size() > 3 ? n[3] : 1);
    } else if (kind == "expand") {
      x = expand(x, Shape(std::span<const int64_t>(n)));
    } else if (kind == "select") {
      x = select(x, static_cast<int>(n[0]), n[1]);
    } else {
      throw ValueError(name + ": view " + kind + " is not known to the harness");
    }
  }
  return x;
}

bool Case::given(const std::string& attribute) const { return json->find(attribute) != nullptr; }
double Case::number(const std::string& attribute, double otherwise) const {
  const auto* v = json->find(attribute);
  if (v && v->is_boolean()) return v->get<bool>();
  return v ? v->get<double>() : otherwise;
}
std::string Case::text(const std::string& attribute, const std::string& otherwise) const {
  const auto* v = json->find(attribute);
  return v ? v->get<std::string>() : otherwise;
}
double Case::expectation(const std::string& what) const {
  return json->value.at("expect").value(what, 0.0);
}
std::vector<std::optional<int64_t>> Case::integers(const std::string& attribute) const {
  const auto* v = json->find(attribute);
  return v ? integers_of(*v) : std::vector<std::optional<int64_t>>{};
}
std::vector<std::vector<std::optional<int64_t>>> Case::rows(const std::string& attribute) const {
  std::vector<std::vector<std::optional<int64_t>>> out;
  for (const auto& row : *json->find(attribute)) out.push_back(integers_of(row));
  return out;
}

std::vector<Case::Layer> Case::layers() const {
  std::vector<Layer> out;
  for (const auto& l : *json->find("layers"))
    out.push_back({l.at("type"), l.value("name", ""),
        l.value("padding", l.value("kernel_size", int64_t{0}))});
  return out;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    nlohmann::json index = nlohmann::json::array();
    for (const char* name : kFiles) {
      std::ifstream file(std::string(name) + ".json");
      const nlohmann::json one = nlohmann::json::parse(file);
      for (const auto& c : one.at("cases")) index.push_back(c);
    }
    std::vector<Case> list;
    for (const auto& c : index) {
      Case one;
      one.name = c.at("name");
      one.group = c.at("group");
      one.op = c.at("op");
      if (c.contains("inputs"))
        for (const auto& i : c.at("inputs")) one.inputs.push_back(i.at("name"));
      if (c.contains("wrt")) one.wrt = c.at("wrt").get<std::vector<std::string>>();
      one.outputs = expected(c, "outputs", "out");
      one.grads = expected(c, "grads", "grad");
      one.json = std::make_shared<Case::Json>(Case::Json{c});
      list.push_back(std::move(one));
    }
    return list;
  }();
  return all;
}

void check(const Case& c, const Expected& e, const Tensor& got, const char* what) {
  CAPTURE(c.name);
  CAPTURE(what);
  CAPTURE(e.name);
  REQUIRE(got.shape() == e.want.shape());
  const Tensor a = got.to(Dtype::float64).contiguous(), b = e.want.to(Dtype::float64).contiguous();
  for (int64_t i = 0; i < a.numel(); ++i) {
    if (std::find(e.skip.begin(), e.skip.end(), i) != e.skip.end()) continue;
    const double x = a.data<double>()[i], y = b.data<double>()[i];
    const bool same = x == y || (std::isnan(x) && std::isnan(y)) ||
                      (std::isfinite(x) && std::abs(x - y) <= e.atol + e.rtol * std::abs(y));
    CHECK_MESSAGE(same, "element " << i << ": got " << x << ", want " << y);
    if (!same) return;
  }
}

}  // namespace lively::testing
