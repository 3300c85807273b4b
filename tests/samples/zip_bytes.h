#pragma once

#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace autoaccel::samples {

/// A file for make_zip, and what to lie about.
struct ZipMember {
  std::string name;
  std::string content;
  bool deflated = false;
  bool zip64 = false;               ///< sizes in the extra field, as NumPy forces it
  bool data_descriptor = false;     ///< sizes and CRC of the local header zero, and behind the data
  std::int64_t claimed_bytes = -1;  ///< instead of the true size, in the central directory
  std::uint32_t crc_change = 0;
  std::uint16_t method = 0xffff;  ///< instead of 0 or 8
  std::uint16_t flags = 0;
};

inline std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += i < 8 ? static_cast<char>(value >> (8 * i)) : '\0';
  return text;
}

inline std::string deflated(const std::string& content) {
  std::string out(content.size() + 1000, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A .zip archive, written by the letter of APPNOTE.TXT and by nothing of the reader's.
inline std::string make_zip(const std::vector<ZipMember>& members, const std::string& comment = "",
                            bool zip64_end = false) {
  std::string file, directory;
  for (const ZipMember& member : members) {
    const std::string data = member.deflated ? deflated(member.content) : member.content;
    const std::uint32_t crc = static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(member.content.data()),
                                                               static_cast<uInt>(member.content.size()))) +
                              member.crc_change;
    const std::uint16_t method = member.method != 0xffff ? member.method : member.deflated ? 8 : 0;
    const std::uint64_t bytes =
        member.claimed_bytes >= 0 ? static_cast<std::uint64_t>(member.claimed_bytes) : member.content.size();
    const std::uint64_t offset = file.size();
    const std::uint16_t flags = member.flags | (member.data_descriptor ? 8 : 0);
    const std::string local_sizes =
        member.data_descriptor ? little(0, 12) : little(crc, 4) + little(data.size(), 4) + little(bytes, 4);
    file += little(0x04034b50, 4) + little(45, 2) + little(flags, 2) + little(method, 2) + little(0, 4) + local_sizes +
            little(member.name.size(), 2) + little(0, 2) + member.name + data;
    if (member.data_descriptor)
      file += little(0x08074b50, 4) + little(crc, 4) + little(data.size(), 4) + little(bytes, 4);
    const std::string extra = member.zip64 ? little(0x9999, 2) + little(3, 2) + "abc" + little(1, 2) + little(24, 2) +
                                                 little(bytes, 8) + little(data.size(), 8) + little(offset, 8)
                                           : "";
    const auto or_elsewhere = [&](std::uint64_t value) { return little(member.zip64 ? 0xffffffff : value, 4); };
    directory += little(0x02014b50, 4) + little(45, 2) + little(45, 2) + little(flags, 2) + little(method, 2) +
                 little(0, 4) + little(crc, 4) + or_elsewhere(data.size()) + or_elsewhere(bytes) +
                 little(member.name.size(), 2) + little(extra.size(), 2) + little(0, 2) + little(0, 2) + little(0, 2) +
                 little(0, 4) + or_elsewhere(offset) + member.name + extra;
  }
  const std::uint64_t begin = file.size(), end64 = begin + directory.size();
  file += directory;
  if (zip64_end) {
    file += little(0x06064b50, 4) + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 4) + little(0, 4) +
            little(members.size(), 8) + little(members.size(), 8) + little(directory.size(), 8) + little(begin, 8);
    file += little(0x07064b50, 4) + little(0, 4) + little(end64, 8) + little(1, 4);
  }
  const std::uint64_t count = zip64_end ? 0xffff : members.size();
  file += little(0x06054b50, 4) + little(0, 4) + little(count, 2) + little(count, 2) +
          little(zip64_end ? 0xffffffff : directory.size(), 4) + little(zip64_end ? 0xffffffff : begin, 4) +
          little(comment.size(), 2) + comment;
  return file;
}

/// Where thousands of small files are cheap: in memory, if the system has such a place.
inline std::filesystem::path fast_folder() {
  const std::filesystem::path memory = "/dev/shm";
  return access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::path{};
}

inline std::filesystem::path write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

/// A version 1.0 .npy file of float32 values.
inline std::string npy_bytes(const std::string& shape, const std::vector<float>& values,
                             const std::string& descr = "<f4") {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + little(header.size(), 2) + header +
         std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

}  // namespace autoaccel::samples
