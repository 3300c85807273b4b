#include "samples/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "autoaccel/error.h"
#include "base/text.h"

namespace autoaccel::samples {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr std::size_t kLocalHeaderBytes = 30, kCentralHeaderBytes = 46, kEndBytes = 22, kEnd64Bytes = 56,
                      kLocatorBytes = 20;
constexpr std::uint16_t kZip64Extra = 1;
constexpr std::uint16_t kStored = 0, kDeflated = 8;
constexpr std::uint64_t kMaxRatio = 1032;     // deflate cannot do better: 258 bytes from two bits
constexpr std::uint64_t kMaxEntries = 65536;  // far above any sample file; bounds the memory of the list

/// Little-endian numbers at known places, checked against the end.
class Reader {
 public:
  Reader(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(Cause::model, name_ + ": damaged .zip archive: " + what, "write the file again, e.g. with numpy.savez");
  }

  Bytes part(std::uint64_t offset, std::uint64_t length, const char* what) const {
    if (offset > bytes_.size() || length > bytes_.size() - offset) fail(std::string(what) + " lies outside the file");
    return bytes_.subspan(offset, length);
  }

  template <typename T>
  static T number(Bytes bytes, std::size_t at) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<T>(bytes[at + i]) << (8 * i));
    return value;
  }

  std::size_t size() const { return bytes_.size(); }
  Bytes bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  const std::string& name_;
};

std::uint16_t u16(Bytes bytes, std::size_t at) { return Reader::number<std::uint16_t>(bytes, at); }
std::uint32_t u32(Bytes bytes, std::size_t at) { return Reader::number<std::uint32_t>(bytes, at); }
std::uint64_t u64(Bytes bytes, std::size_t at) { return Reader::number<std::uint64_t>(bytes, at); }

struct Directory {
  std::uint64_t offset = 0, bytes = 0, entries = 0;
};

/// The end record is the last thing in the file but for a comment, whose length it states.
std::size_t end_record(const Reader& reader) {
  constexpr std::size_t kMaxComment = 65535;
  if (reader.size() < kEndBytes) reader.fail("it is too short");
  const std::size_t last = reader.size() - kEndBytes;
  for (std::size_t at = last + 1; at-- > (last > kMaxComment ? last - kMaxComment : 0);) {
    if (u32(reader.bytes(), at) == kEnd && u16(reader.bytes(), at + 20) == reader.size() - at - kEndBytes) return at;
  }
  reader.fail("it has no end record; it is truncated, or no .zip file");
}

Directory find_directory(const Reader& reader) {
  const std::size_t end_at = end_record(reader);
  const Bytes end = reader.part(end_at, kEndBytes, "the end record");
  if (u16(end, 4) != 0 || u16(end, 6) != 0) reader.fail("it is one part of several");
  Directory found{u32(end, 16), u32(end, 12), u16(end, 10)};
  if (end_at < kLocatorBytes || u32(reader.bytes(), end_at - kLocatorBytes) != kEnd64Locator) return found;
  const Bytes end64 = reader.part(u64(reader.bytes(), end_at - kLocatorBytes + 8), kEnd64Bytes, "the zip64 end record");
  if (u32(end64, 0) != kEnd64) reader.fail("its zip64 end record is not where it should be");
  return {u64(end64, 48), u64(end64, 40), u64(end64, 32)};
}

/// Puts the 64-bit numbers of the extra field where the 32-bit ones are all ones.
void read_zip64(const Reader& reader, Bytes extra, ZipEntry& entry) {
  constexpr std::uint64_t kElsewhere = 0xffffffff;
  std::uint64_t* const wanted[] = {&entry.bytes, &entry.stored_bytes, &entry.offset};
  if (std::none_of(std::begin(wanted), std::end(wanted), [](auto* value) { return *value == kElsewhere; })) return;
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const std::size_t length = u16(extra, at + 2), begin = at + 4;
    if (length > extra.size() - begin) break;
    at = begin + length;
    if (u16(extra, begin - 4) != kZip64Extra) continue;
    std::size_t next = begin;
    for (std::uint64_t* value : wanted) {
      if (*value != kElsewhere) continue;
      if (next + 8 > at) reader.fail("a zip64 size is missing");
      *value = u64(extra, next);
      next += 8;
    }
    return;
  }
  reader.fail("a zip64 size is missing");
}

std::vector<ZipEntry> read_directory(const Reader& reader) {
  const Directory directory = find_directory(reader);
  const Bytes bytes = reader.part(directory.offset, directory.bytes, "the central directory");
  if (directory.entries > kMaxEntries) reader.fail("it claims more than 65536 files");
  std::vector<ZipEntry> entries;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    if (bytes.size() - at < kCentralHeaderBytes || u32(bytes, at) != kCentralHeader)
      reader.fail("its central directory ends early");
    const Bytes header = bytes.subspan(at, kCentralHeaderBytes);
    const std::size_t name_bytes = u16(header, 28), extra_bytes = u16(header, 30), comment_bytes = u16(header, 32);
    at += kCentralHeaderBytes;
    if (bytes.size() - at < name_bytes + extra_bytes + comment_bytes) reader.fail("its central directory ends early");
    ZipEntry entry;
    entry.name.assign(reinterpret_cast<const char*>(bytes.data() + at), name_bytes);
    entry.encrypted = (u16(header, 8) & 1) != 0;
    entry.method = u16(header, 10);
    entry.crc32 = u32(header, 16);
    entry.stored_bytes = u32(header, 20);
    entry.bytes = u32(header, 24);
    entry.offset = u32(header, 42);
    read_zip64(reader, bytes.subspan(at + name_bytes, extra_bytes), entry);
    entries.push_back(std::move(entry));
    at += name_bytes + extra_bytes + comment_bytes;
  }
  return entries;
}

/// Fills `to` from the deflated bytes; false unless they end exactly with it.
bool inflate_into(Bytes from, std::vector<std::byte>& to) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    throw Error(Cause::environment, "zlib cannot start: too little memory");
  constexpr std::size_t kMost = 1u << 30;  // zlib counts in 32 bits
  std::size_t taken = 0, made = 0;
  int status = Z_OK;
  std::byte none{};  // zlib wants a place even for no bytes
  while (status == Z_OK) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data())) + taken;
    stream.avail_in = static_cast<uInt>(std::min(from.size() - taken, kMost));
    stream.next_out = reinterpret_cast<Bytef*>(to.empty() ? &none : to.data()) + made;
    stream.avail_out = static_cast<uInt>(std::min(to.size() - made, kMost));
    const std::size_t in = stream.avail_in, out = stream.avail_out;
    status = inflate(&stream, Z_NO_FLUSH);
    taken += in - stream.avail_in;
    made += out - stream.avail_out;
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END && taken == from.size() && made == to.size();
}

std::uint32_t crc32_of(const std::vector<std::byte>& bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

base::MappedFile mapped(const std::filesystem::path& path) {
  try {
    return base::MappedFile(path);
  } catch (const Error& error) {
    throw Error(Cause::model, error.message(), error.hint());
  }
}

}  // namespace

ZipArchive::ZipArchive(const std::filesystem::path& path)
    : name_(base::printable(path.native())),
      file_(mapped(path)),
      entries_(read_directory(Reader(file_.bytes(), name_))) {}

std::vector<std::byte> ZipArchive::read(const ZipEntry& entry, std::uint64_t limit) const {
  const std::string name = name_ + "[" + base::printable(entry.name) + "]";
  const Reader reader(file_.bytes(), name);
  if (entry.encrypted) throw Error(Cause::unsupported, name + " is encrypted", "write the archive without a password");
  if (entry.method != kStored && entry.method != kDeflated) {
    throw Error(Cause::unsupported, name + " is compressed by method " + std::to_string(entry.method),
                "write the archive with numpy.savez or numpy.savez_compressed");
  }
  if (entry.bytes > limit) {
    throw Error(Cause::model,
                name + " has " + base::human_bytes(entry.bytes) + ", more than the " + base::human_bytes(limit) +
                    " that samples may have",
                "give fewer or smaller samples");
  }
  const Bytes header = reader.part(entry.offset, kLocalHeaderBytes, "its local header");
  if (u32(header, 0) != kLocalHeader) reader.fail("its local header is not where it should be");
  const std::uint64_t begin = entry.offset + kLocalHeaderBytes + u16(header, 26) + u16(header, 28);
  const Bytes stored = reader.part(begin, entry.stored_bytes, "its data");
  const bool impossible =
      entry.method == kStored ? entry.bytes != stored.size() : entry.bytes / kMaxRatio > stored.size();
  if (impossible)
    reader.fail("it claims " + base::human_bytes(entry.bytes) + " from " + base::human_bytes(stored.size()));
  std::vector<std::byte> bytes;
  if (entry.method == kStored) {
    bytes.assign(stored.begin(), stored.end());
  } else {
    bytes.resize(entry.bytes);
    if (!inflate_into(stored, bytes))
      reader.fail("its data does not inflate to the " + std::to_string(entry.bytes) + " bytes it claims");
  }
  if (crc32_of(bytes) != entry.crc32) reader.fail("its CRC does not match its data");
  return bytes;
}

}  // namespace autoaccel::samples
