#include "apps/lab/words/json_object.h"

#include <cmath>
#include <string>
#include <utility>

namespace lively::lab {

Json object(std::initializer_list<Member> members) {
  Json all = Json::object();
  update(all, members);
  return all;
}

void update(Json& object, std::initializer_list<Member> members) {
  for (const Member& m : members) object[std::string(m.key)] = std::move(m.value);
}

Json or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace lively::lab
