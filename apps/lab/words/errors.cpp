#include "apps/lab/words/errors.h"

#include <cxxabi.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <sstream>
#include <system_error>
#include <typeinfo>
#include <utility>

#include "apps/lab/words/descriptors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "apps/lab/words/visible.h"
#include "lively/tensor/error.h"

namespace lively::lab {

namespace {

int complain(const std::string& program, const char* text, int code) {
  print_error(program, text);
  return code;
}

// What a library throws was written for who calls it, and may echo raw bytes of a file.
std::string words_for(const std::exception& e) {
  if (dynamic_cast<const Error*>(&e)) return e.what();
  if (dynamic_cast<const std::bad_alloc*>(&e)) return "out of memory";
  if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&e))
    return file->path1().string() + ": " + file->code().message();
  if (const auto* system = dynamic_cast<const std::system_error*>(&e))
    return "the system refuses: " + system->code().message();
  const std::unique_ptr<char, void (*)(void*)> type(
      abi::__cxa_demangle(typeid(e).name(), nullptr, nullptr, nullptr), std::free);
  return message("failed where it should not have (", type ? type.get() : typeid(e).name(),
      "); please report it, with the command");
}

}  // namespace

void print_error(const std::string& program, const std::string& text) {
  std::fflush(stdout);
  clear_status();
  std::string all = visible(program + ": " + text);
  if (::isatty(STDERR_FILENO)) {
    std::istringstream lines(std::exchange(all, ""));
    for (std::string line; std::getline(lines, line);) {
      const std::size_t lead = std::min(line.find_first_not_of(' '), line.size());
      all += (all.empty() ? "" : "\n") + line.substr(0, lead) +
             wrap(line.substr(lead), screen_width(STDERR_FILENO), "  ").substr(2);
    }
  }
  std::fprintf(stderr, "%s\n", all.c_str());
}

int errors_in_a_line(const std::string& program, const std::function<int()>& body) {
  try {
    return body();
  } catch (const DataError& e) {
    return complain(program, e.what(), kData);
  } catch (const ValueError& e) {
    return complain(program, e.what(), kUsage);
  } catch (const std::exception& e) {
    return complain(program, words_for(e).c_str(), kUnexpected);
  }
}

int report_errors(const std::string& program, const std::function<int()>& body) {
  hold_descriptors();
  const int code = errors_in_a_line(program, body);
  static bool told = false;  // one may run within another
  if (all_printed() || std::exchange(told, true)) return code;
  return complain(program, "stdout: not all that was printed could be written",
      code == kGood ? kUnexpected : code);
}

}  // namespace lively::lab
