#include "lively/data/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <zlib.h>

namespace lively::detail {

std::string grouped(int64_t n) {
  std::string text = std::to_string(n);
  const std::size_t sign = n < 0;
  for (std::size_t at = text.size(); at > sign + 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string in_quotes(std::string_view name) {
  const auto inside = [&](std::size_t at) {  // a character of UTF-8 that begins further left
    return at > 0 && at < name.size() && (static_cast<unsigned char>(name[at]) & 0xc0) == 0x80;
  };
  std::size_t end = std::min<std::size_t>(name.size(), 80);
  while (inside(end)) --end;
  std::string text(name.substr(0, end));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  return message("'", text, end < name.size() ? "…'" : "'");
}

struct InputFile::Inflater {
  z_stream stream{};
  std::vector<Bytef> input = std::vector<Bytef>(std::size_t{1} << 17);
  int64_t taken = 0;      // bytes read from disk
  bool finished = false;  // a gzip member ended, and nothing after it has been seen
  bool complete = false;  // the file ended there

  Inflater() {
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream, kGzipOnly + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
};

InputFile::InputFile(std::string path, Unpack unpack) : path_(std::move(path)) {
  struct stat info;
  // Asked first, since to open a pipe would wait for its other end.
  if (stat(path_.c_str(), &info) != 0) fail<DataError>(path_, ": ", std::strerror(errno));
  if (!S_ISREG(info.st_mode)) fail<DataError>(path_, ": is not a file");
  file_.reset(std::fopen(path_.c_str(), "rb"));
  if (!file_) fail<DataError>(path_, ": ", std::strerror(errno));
  size_ = info.st_size;
  if (unpack == Unpack::never) return;
  unsigned char magic[2];
  if (read_disk(magic, 2) == 2 && magic[0] == 0x1f && magic[1] == 0x8b)
    inflater_ = std::make_unique<Inflater>();
  std::rewind(file_.get());
}

InputFile::~InputFile() = default;

int64_t InputFile::most() const {
  constexpr int64_t kBest = 1032;  // deflate: at most 258 bytes for two bits
  if (!inflater_) return size_;
  return size_ > std::numeric_limits<int64_t>::max() / kBest ? size_ : size_ * kBest;
}

int64_t InputFile::read(void* to, int64_t n) {
  const int64_t got = inflater_ ? read_packed(to, n)
                                : static_cast<int64_t>(read_disk(to, static_cast<std::size_t>(n)));
  given_ += got;
  return got;
}

void InputFile::go_to(int64_t offset) {
  if (fseeko(file_.get(), offset, SEEK_SET) != 0)
    fail<DataError>(path_, ": ", std::strerror(errno));
  given_ = offset;
}

bool InputFile::whole() const { return !inflater_ || inflater_->complete; }

std::string InputFile::end() const {
  if (inflater_ && whole()) return "ends after " + grouped(given_) + " bytes when unpacked";
  return "ends after " + grouped(size_) + " bytes";
}

std::size_t InputFile::read_disk(void* to, std::size_t n) {
  const std::size_t got = std::fread(to, 1, n, file_.get());
  if (got < n && std::ferror(file_.get())) fail<DataError>(path_, ": ", std::strerror(errno));
  return got;
}

int64_t InputFile::read_packed(void* to, int64_t n) {
  Inflater& z = *inflater_;
  z_stream& s = z.stream;
  int64_t got = 0;
  while (got < n) {
    if (s.avail_in == 0) {
      s.next_in = z.input.data();
      s.avail_in = static_cast<uInt>(read_disk(z.input.data(), z.input.size()));
      z.taken += s.avail_in;
      if (s.avail_in == 0) {
        z.complete = z.finished;
        return got;
      }
    }
    // What follows a member must be another one.
    if (std::exchange(z.finished, false)) inflateReset(&s);
    const auto room = static_cast<uInt>(std::min<int64_t>(n - got, int64_t{1} << 30));
    s.next_out = static_cast<Bytef*>(to) + got;
    s.avail_out = room;
    const int state = inflate(&s, Z_NO_FLUSH);
    got += room - s.avail_out;
    z.finished = state == Z_STREAM_END;
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
      fail<DataError>(path_, ": byte ", grouped(z.taken - s.avail_in), ": corrupt gzip data (",
          s.msg ? s.msg : "no reason known", ")");
  }
  return got;
}

}  // namespace lively::detail
