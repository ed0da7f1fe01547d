#include "apps/lab/trials/ledger.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "apps/lab/trials/fields.h"
#include "apps/lab/trials/ranks.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::pair<std::string, uint64_t> key_of(const Json& line) {
  return {line.at("type").get<std::string>(), line.at("seed").get<uint64_t>()};
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return {};
  std::ostringstream all;
  all << in.rdbuf();
  std::string text = std::move(all).str();
  return text;
}

}  // namespace

std::string one_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Ledger::Ledger(
    std::string path, const Json& made_with, const std::function<void(const Json&)>& check)
    : path_(rank() == 0 ? std::move(path) : std::string()) {
  if (path_.empty()) return;
  std::string text = text_of(path_);
  const std::string first = one_line(made_with) + '\n';
  if (text.find('\n') == text.npos && !first.starts_with(text))  // not even its first line
    fail<DataError>(path_, ": is no ledger of trials; it is left as it is");
  text.resize(text.rfind('\n') + 1);  // npos + 1 is 0: a line that was cut short comes again
  std::istringstream in(text);
  int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const Json read = Json::parse(line, nullptr, false);
    if (!read.is_object()) fail<DataError>(path_, ":", number, ": is no line of a ledger");
    if (number == 1 && read != made_with)
      fail<ValueError>("--out ", path_, ": was begun with ", one_line(read), "; this one has ",
          one_line(made_with));
    if (number == 1) continue;
    try {
      need(read, "type", Kind::text);
      if (!read.contains("seed") || !read["seed"].is_number_unsigned())
        fail<ValueError>("needs seed, a whole number");
      if (check) check(read);
    } catch (const ValueError& e) {
      fail<DataError>(path_, ":", number, ": ", e.what());
    } catch (const Json::exception&) {
      fail<DataError>(
          path_, ":", number, ": lacks a field that is read, or has one of another kind");
    }
    lines_.insert_or_assign(key_of(read), read);
  }
  std::error_code error;
  if (std::filesystem::exists(path_, error))
    std::filesystem::resize_file(path_, text.size(), error);
  std::ofstream out(path_, std::ios::binary | std::ios::app);
  if (number == 0) out << first;
  out.flush();
  if (!out || error) fail<Error>(path_, ": cannot be written");
}

const Json* Ledger::find(const std::string& type, uint64_t seed) const {
  const std::lock_guard lock(mutex_);
  const auto found = lines_.find({type, seed});
  return found == lines_.end() ? nullptr : &found->second;
}

void Ledger::add(const Json& line) {
  const std::string text = one_line(line);
  const std::lock_guard lock(mutex_);
  lines_.insert_or_assign(key_of(line), Json::parse(text));
  if (path_.empty()) return;
  std::ofstream out(path_, std::ios::binary | std::ios::app);
  out << text << '\n';
  out.flush();
  if (!out) fail<Error>(path_, ": cannot be written");
}

}  // namespace lively::lab
