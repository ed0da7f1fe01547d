#include "apps/lab/words/errors.h"

#include <cstdio>
#include <exception>

#include "apps/lab/words/descriptors.h"
#include "lively/tensor/error.h"

namespace lively::lab {

namespace {

int complain(const std::string& program, const char* text, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s: %s\n", program.c_str(), text);
  return code;
}

}  // namespace

int errors_in_a_line(const std::string& program, const std::function<int()>& body) {
  try {
    return body();
  } catch (const DataError& e) {
    return complain(program, e.what(), kData);
  } catch (const ValueError& e) {
    return complain(program, e.what(), kUsage);
  } catch (const std::exception& e) {
    return complain(program, e.what(), kUnexpected);
  }
}

int report_errors(const std::string& program, const std::function<int()>& body) {
  hold_descriptors();
  const int code = errors_in_a_line(program, body);
  if (all_printed()) return code;
  return complain(program, "stdout: not all that was printed could be written",
      code == kGood ? kUnexpected : code);
}

}  // namespace lively::lab
