#include "apps/lab/cases/fields.h"

#include <algorithm>
#include <array>

#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

struct KindRow {
  bool (*fits)(const Json& value);
  const char* words;
};

constexpr std::array<KindRow, 7> kKinds{{
    {[](const Json& v) { return v.is_boolean(); }, "true or false"},
    {[](const Json& v) { return v.is_number(); }, "a number"},
    {[](const Json& v) { return v.is_number() || v.is_null(); }, "a number or null"},
    {[](const Json& v) { return v.is_string(); }, "a text"},
    {[](const Json& v) { return v.is_string() || v.is_null(); }, "a text or null"},
    {[](const Json& v) {
       return v.is_array() && !v.empty() &&
              std::ranges::all_of(v, [](const Json& one) { return one.is_string(); });
     },
        "texts"},
    {[](const Json& v) { return v.is_object(); }, "an object"},
}};

}  // namespace

void need(const Json& object, const char* field, Kind kind) {
  const KindRow& row = kKinds[static_cast<std::size_t>(kind)];
  const auto found = object.find(field);
  if (found == object.end() || !row.fits(*found))
    fail<ValueError>("needs ", field, ", ", row.words);
}

}  // namespace lively::lab
