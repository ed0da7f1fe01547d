#include "apps/lab/cases/ledger.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "apps/lab/cases/fields.h"
#include "apps/lab/ranks/ranks.h"
#include "apps/lab/words/hold.h"
#include "apps/lab/words/json_value.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::pair<std::string, uint64_t> key_of(const Json& line) {
  return {line.at("type").get<std::string>(), line.at("seed").get<uint64_t>()};
}

[[noreturn]] void fail_file(const std::string& path, const char* what) {
  fail<Error>(path, ": cannot be ", what, ": ", std::strerror(errno));
}

}  // namespace

// A ledger's file, open and held: no other study adds to it meanwhile.
class Ledger::File {
 public:
  explicit File(const std::string& path) : path_(path) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail_file(path, "written");
    try {
      hold(descriptor_, "--out", path);
    } catch (...) {
      ::close(descriptor_);
      throw;
    }
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::string text() {
    std::string all;
    constexpr std::size_t kPiece = std::size_t{1} << 16;
    for (;;) {
      const std::size_t size = all.size();
      all.resize(size + kPiece);
      const ssize_t got = ::read(descriptor_, all.data() + size, kPiece);
      if (got < 0 && errno != EINTR) fail_file(path_, "read");
      all.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got == 0) return all;
    }
  }

  void cut(std::size_t size) {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) fail_file(path_, "written");
    size_ = size;
  }

  // All of it or nothing.
  void add(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = ::write(descriptor_, text.data() + done, text.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        const int reason = errno;
        if (done > 0) cut(size_);
        errno = reason;
        fail_file(path_, "written");
      }
      done += static_cast<std::size_t>(n);
    }
    size_ += text.size();
  }

 private:
  std::string path_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
};

Ledger::Ledger(
    std::string path, const Json& made_with, const std::function<void(const Json&)>& check)
    : path_(rank() == 0 ? std::move(path) : std::string()) {
  if (path_.empty()) return;
  file_ = std::make_unique<File>(path_);
  std::string text = file_->text();
  const std::string first = one_line(made_with) + '\n';
  if (text.find('\n') == text.npos && !first.starts_with(text))  // not even its first line
    fail<DataError>(path_, ": is no ledger of trials; it is left as it is");
  text.resize(text.rfind('\n') + 1);  // npos + 1 is 0: a line that was cut short comes again
  std::istringstream in(text);
  int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    Json read;
    try {
      read = object_of(parsed(line), "the line");
    } catch (const DataError&) {  // what is no JSON, no object, or nests too deep to be walked
      fail<DataError>(path_, ":", number, ": is no line of a ledger");
    }
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
  file_->cut(text.size());
  if (number == 0) file_->add(first);
}

Ledger::~Ledger() = default;

const Json* Ledger::find(const std::string& type, uint64_t seed) const {
  const std::lock_guard lock(mutex_);
  const auto found = lines_.find({type, seed});
  return found == lines_.end() ? nullptr : &found->second;
}

void Ledger::add(const Json& line) {
  const std::string text = one_line(line);
  const std::lock_guard lock(mutex_);
  lines_.insert_or_assign(key_of(line), read_back(text));
  if (file_) file_->add(text + '\n');
}

}  // namespace lively::lab
