#include "apps/lab/page/json_fields.h"

#include <cmath>
#include <optional>

#include "apps/lab/page/run_log.h"
#include "apps/lab/words/base64.h"
#include "apps/lab/words/nlohmann.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr int64_t kLargestPicture = 512;  // pixels a side

}  // namespace

bool has(const Json& e, const char* key) {
  const auto found = e.find(key);
  return found != e.end() && !found->is_null();
}
double real(const Json& e, const char* key) {
  return has(e, key) ? number_of(e.at(key), key) : std::nan("");
}
double share(const Json& e, const char* key) {
  const double s = real(e, key);
  if (s < 0 || s > 1) fail<DataError>(key, ": is ", s, "; needs a share, from 0 to 1");
  return s;
}
int64_t whole(const Json& e, const char* key, int64_t otherwise) {
  return has(e, key) ? whole_of(e.at(key), key) : otherwise;
}
int64_t counted(const Json& e, const char* key) { return whole(e, key, RunLog::kNotCounted); }
bool flag(const Json& e, const char* key) { return has(e, key) && flag_of(e.at(key), key); }
std::string text(const Json& e, const char* key) {
  if (!has(e, key)) return {};
  return e.at(key).is_string() ? e.at(key).get<std::string>() : one_line(e.at(key));
}

std::vector<double> reals(const Json& e, const char* key) {
  std::vector<double> all;
  if (has(e, key))
    for (const Json& one : list(e, key)) all.push_back(number_of(one, key));
  return all;
}

std::vector<std::string> texts(const Json& e, const char* key) {
  std::vector<std::string> all;
  if (has(e, key))
    for (const Json& one : list(e, key)) all.push_back(string_of(one, key));
  return all;
}

const Json& list(const Json& e, const char* key) { return list_of(member(e, key), key); }

double entry(const Json& line, std::size_t i, const char* key) {
  if (list_of(line, key).size() <= i)
    fail<DataError>(key, ": has a list of ", line.size(), "; needs more than ", i);
  return number_of(line.at(i), key);
}

std::string bytes_of(const Json& e, const char* key, int64_t width, int64_t height) {
  if (width < 1 || height < 1 || width > kLargestPicture || height > kLargestPicture)
    fail<DataError>(
        key, ": ", width, " x ", height, " pixels: needs 1 to ", kLargestPicture, " a side");
  std::optional<std::string> bytes = from_base64(text(e, key));
  if (!bytes || static_cast<int64_t>(bytes->size()) != width * height)
    fail<DataError>(key, ": is not base64 of ", width, " x ", height, " bytes");
  return std::move(*bytes);
}

}  // namespace lively::lab
