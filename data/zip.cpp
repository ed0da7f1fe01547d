#include "lively/data/zip.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <zlib.h>

// A zip file: each entry has a header of its own before its bytes, and all of them are listed once
// more in a directory, which comes last but for 22 bytes and a comment. Numbers are little-endian.

namespace lively::detail {
namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr int64_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kLongestComment = 65535;
constexpr uint16_t kStored = 0, kDeflated = 8;
constexpr uint16_t kEncrypted = 0x2041, kUtf8 = 0x0800;
constexpr uint32_t kIsZip64 = 0xffffffff;  // "see elsewhere", in a field of 32 bits
constexpr uint16_t kManyEntries = 0xffff;  // the same in one of 16

uint32_t little_endian(std::string_view bytes, int64_t at, int width) {
  uint32_t value = 0;
  for (int i = width; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(at + i)]);
  return value;
}
uint32_t u32(std::string_view bytes, int64_t at) { return little_endian(bytes, at, 4); }
uint16_t u16(std::string_view bytes, int64_t at) {
  return static_cast<uint16_t>(little_endian(bytes, at, 2));
}

void put(std::string& to, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) to += static_cast<char>(value >> (8 * i) & 255);
}

void read_all(InputFile& in, void* to, int64_t bytes) {
  if (in.read(to, bytes) != bytes) fail<DataError>(in.path(), ": was cut short while it was read");
}

}  // namespace

ZipReader::ZipReader(const std::string& path) : in_(path, Unpack::never) {
  int64_t count = 0;
  const int64_t directory = find_directory(count);
  std::string bytes(static_cast<std::size_t>(in_.size() - directory), '\0');
  in_.go_to(directory);
  read_all(in_, bytes.data(), static_cast<int64_t>(bytes.size()));
  std::string_view rest = bytes;
  std::set<std::string_view> names;
  for (int64_t i = 0; i < count; ++i) entries_.push_back(read_entry(rest));
  for (const ZipEntry& e : entries_)
    if (!names.insert(e.name).second)
      fail<DataError>(path, ": ", in_quotes(e.name), " comes twice");
  if (rest.size() < kEndBytes || u32(rest, 0) != kEnd)
    fail<DataError>(path, ": corrupt zip directory: it does not end after ", count, " entries");
  check_layout(directory);
}

// Its offset, from the record at the end, which is found by its first bytes and by ending where
// the file does.
int64_t ZipReader::find_directory(int64_t& count) {
  const std::string& path = in_.path();
  const int64_t length = std::min(in_.size(), kEndBytes + kLongestComment);
  std::string tail(static_cast<std::size_t>(length), '\0');
  in_.go_to(in_.size() - length);
  read_all(in_, tail.data(), length);
  int64_t at = length - kEndBytes;
  while (at >= 0 && (u32(tail, at) != kEnd || at + kEndBytes + u16(tail, at + 20) != length)) --at;
  if (at < 0)
    fail<DataError>(path, ": ends after ", grouped(in_.size()),
        " bytes, not with a zip directory: no .npz, or cut short");

  count = u16(tail, at + 10);
  const int64_t bytes = u32(tail, at + 12), offset = u32(tail, at + 16);
  if (count == kManyEntries || bytes == kIsZip64 || offset == kIsZip64)
    fail<DataError>(path, ": is a zip64 file; those below 4 GiB are read");
  if (u16(tail, at + 4) != 0 || u16(tail, at + 6) != 0 || u16(tail, at + 8) != count)
    fail<DataError>(path, ": is one of several parts of a zip file");
  if (offset + bytes != in_.size() - length + at || count * kCentralBytes > bytes)
    fail<DataError>(path, ": corrupt zip directory: ", grouped(bytes), " bytes from byte ",
        grouped(offset), " on do not end before its last record");
  return offset;
}

ZipEntry ZipReader::read_entry(std::string_view& directory) const {
  const auto cut = [&] { fail<DataError>(in_.path(), ": corrupt zip directory: an entry is cut"); };
  if (directory.size() < kCentralBytes || u32(directory, 0) != kCentral) cut();
  const std::size_t name = u16(directory, 28);
  const std::size_t length = kCentralBytes + name + u16(directory, 30) + u16(directory, 32);
  if (directory.size() < length) cut();
  ZipEntry e;
  e.name = directory.substr(kCentralBytes, name);
  e.method = u16(directory, 10);
  e.crc = u32(directory, 16);
  e.packed = u32(directory, 20);
  e.size = u32(directory, 24);
  e.offset = u32(directory, 42);
  const auto wrong = [&](std::string_view what) {
    fail<DataError>(in_.path(), ": ", in_quotes(e.name), ": ", what);
  };
  if (u16(directory, 8) & kEncrypted) wrong("is encrypted");
  if (e.method != kStored && e.method != kDeflated)
    wrong(message("compression method ", e.method, "; 0 (stored) and 8 (deflate) are read"));
  if (e.packed == kIsZip64 || e.size == kIsZip64 || e.offset == kIsZip64)
    wrong("is a zip64 entry; those below 4 GiB are read");
  constexpr int64_t kBest = 1032;  // deflate: at most 258 bytes for two bits
  if (e.method == kStored ? e.size != e.packed : e.size > e.packed * kBest)
    wrong(message(grouped(e.size), " bytes cannot come from ", grouped(e.packed)));
  directory.remove_prefix(length);
  return e;
}

// Entries that share bytes could make a small file unpack to any size.
void ZipReader::check_layout(int64_t directory) {
  std::vector<ZipEntry*> order;
  for (ZipEntry& e : entries_) order.push_back(&e);
  std::sort(order.begin(), order.end(),
      [](const ZipEntry* a, const ZipEntry* b) { return a->offset > b->offset; });
  int64_t limit = directory;
  for (ZipEntry* e : order) {
    if (e->offset + kLocalBytes + static_cast<int64_t>(e->name.size()) + e->packed > limit)
      fail<DataError>(in_.path(), ": byte ", grouped(e->offset), ": ", in_quotes(e->name),
          " reaches into what follows it");
    e->limit = limit;
    limit = e->offset;
  }
}

struct ZipStream::Inflater {
  z_stream stream{};
  std::vector<Bytef> input = std::vector<Bytef>(std::size_t{1} << 17);
  int64_t left;  // packed bytes that have not been read yet
  bool finished = false;

  explicit Inflater(int64_t packed) : left(packed) {
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
};

ZipStream::ZipStream(ZipReader& zip, const ZipEntry& entry) : in_(zip.in_), entry_(entry) {
  std::string header(static_cast<std::size_t>(kLocalBytes) + entry.name.size(), '\0');
  in_.go_to(entry.offset);
  read_all(in_, header.data(), static_cast<int64_t>(header.size()));
  if (u32(header, 0) != kLocal || u16(header, 8) != entry.method ||
      u16(header, 26) != entry.name.size() || !header.ends_with(entry.name))
    fail<DataError>(where(), ": byte ", grouped(entry.offset),
        ": its header is not what the zip directory says");
  const int64_t data = entry.offset + static_cast<int64_t>(header.size()) + u16(header, 28);
  if (data + entry.packed > entry.limit) fail<DataError>(where(), ": reaches into what follows it");
  in_.go_to(data);
  if (entry.method == kDeflated) inflater_ = std::make_unique<Inflater>(entry.packed);
}

ZipStream::~ZipStream() = default;

std::string ZipStream::where() const { return message(in_.path(), ": ", in_quotes(entry_.name)); }

void ZipStream::read(void* to, int64_t bytes) {
  if (!inflater_) {
    read_all(in_, to, bytes);
  } else if (inflate_to(to, bytes) != bytes) {
    fail<DataError>(where(), ": unpacks to less than the ", grouped(entry_.size),
        " bytes that the zip directory says");
  }
  crc_ = static_cast<uint32_t>(
      crc32_z(crc_, static_cast<const Bytef*>(to), static_cast<std::size_t>(bytes)));
}

void ZipStream::finish() {
  char more;
  if (inflater_ && inflate_to(&more, 1) != 0)
    fail<DataError>(where(), ": unpacks to more than the ", grouped(entry_.size),
        " bytes that the zip directory says");
  if (inflater_ && (!inflater_->finished || inflater_->left + inflater_->stream.avail_in != 0))
    fail<DataError>(where(), ": corrupt packed data (does not end where it should)");
  if (crc_ != entry_.crc) fail<DataError>(where(), ": corrupt data (the checksum differs)");
}

int64_t ZipStream::inflate_to(void* to, int64_t bytes) {
  Inflater& z = *inflater_;
  int64_t got = 0;
  while (got < bytes && !z.finished) {
    if (z.stream.avail_in == 0) {
      const auto piece = std::min<int64_t>(z.left, static_cast<int64_t>(z.input.size()));
      if (piece == 0) break;
      read_all(in_, z.input.data(), piece);
      z.left -= piece;
      z.stream.next_in = z.input.data();
      z.stream.avail_in = static_cast<uInt>(piece);
    }
    const auto room = static_cast<uInt>(std::min<int64_t>(bytes - got, int64_t{1} << 30));
    z.stream.next_out = static_cast<Bytef*>(to) + got;
    z.stream.avail_out = room;
    const int state = inflate(&z.stream, Z_NO_FLUSH);
    got += room - z.stream.avail_out;
    z.finished = state == Z_STREAM_END;
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
      fail<DataError>(
          where(), ": corrupt packed data (", z.stream.msg ? z.stream.msg : "no reason known", ")");
  }
  return got;
}

void ZipWriter::add(
    std::string_view name, std::string_view head, const void* body, std::size_t body_bytes) {
  const uint64_t size = head.size() + body_bytes;
  if (name.empty() || name.size() > 0xffff)
    fail<ValueError>("zip: a name of ", name.size(), " bytes: needs 1 to 65535");
  const uint64_t after = offset_ + kLocalBytes + name.size() + size;
  if (count_ + 1 >= kManyEntries ||
      after + directory_.size() + kCentralBytes + name.size() >= kIsZip64)
    fail<ValueError>("zip: ", in_quotes(name), ": needs less than 4 GiB and 65535 entries in all");
  uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(head.data()), head.size());
  crc = crc32_z(crc, static_cast<const Bytef*>(body), body_bytes);

  // What both headers have: version 2.0, flags, method, 1980-01-01 (no clock: the same tensors give
  // the same bytes), checksum, sizes, lengths of the name and of nothing more.
  const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return (c & 0x80) == 0; });
  constexpr uint16_t kVersion = 20, kDay = 0x21;
  std::string common;
  put(common, kVersion, 2);
  put(common, ascii ? 0 : kUtf8, 2);
  put(common, kStored, 2);
  put(common, 0, 2);
  put(common, kDay, 2);
  put(common, crc, 4);
  put(common, size, 4);
  put(common, size, 4);
  put(common, name.size(), 2);
  put(common, 0, 2);

  std::string local;
  put(local, kLocal, 4);
  local += common;
  local += name;
  put(directory_, kCentral, 4);
  put(directory_, kVersion, 2);
  directory_ += common;
  directory_.append(10, '\0');  // comment, disk, attributes
  put(directory_, offset_, 4);
  directory_ += name;
  file_.write(local.data(), local.size());
  file_.write(head.data(), head.size());
  file_.write(body, body_bytes);
  offset_ = after;
  ++count_;
}

void ZipWriter::commit() {
  std::string end;
  put(end, kEnd, 4);
  put(end, 0, 4);
  put(end, count_, 2);
  put(end, count_, 2);
  put(end, directory_.size(), 4);
  put(end, offset_, 4);
  put(end, 0, 2);
  file_.write(directory_.data(), directory_.size());
  file_.write(end.data(), end.size());
  file_.commit();
}

}  // namespace lively::detail
