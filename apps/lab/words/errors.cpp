#include "apps/lab/words/errors.h"

#include <cstdio>
#include <exception>

#include "lively/tensor/error.h"

namespace lively::lab {

int report_errors(const std::string& program, const std::function<int()>& body) {
  const auto complain = [&](const char* text, int code) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: %s\n", program.c_str(), text);
    return code;
  };
  try {
    return body();
  } catch (const DataError& e) {
    return complain(e.what(), kData);
  } catch (const ValueError& e) {
    return complain(e.what(), kUsage);
  } catch (const std::exception& e) {
    return complain(e.what(), kUnexpected);
  }
}

}  // namespace lively::lab
