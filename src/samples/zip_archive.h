#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"

namespace autoaccel::samples {

/// One file of an archive, as the central directory tells it.
struct ZipEntry {
  std::string name;
  std::uint64_t stored_bytes = 0;  ///< in the archive
  std::uint64_t bytes = 0;         ///< of the file itself
  std::uint64_t offset = 0;        ///< of its local header
  std::uint32_t crc32 = 0;
  std::uint16_t method = 0;  ///< 0 stored, 8 deflated
  bool encrypted = false;
};

/// A .zip file, read by its central directory: stored and deflated files, zip64, data descriptors. Names are never used
/// as paths.
///
/// errors  model: not a .zip file, truncated, sizes or places that contradict the file, a wrong CRC; names the archive
/// source  PKWARE, APPNOTE.TXT 6.3.10
class ZipArchive {
 public:
  explicit ZipArchive(const std::filesystem::path& path);

  const std::vector<ZipEntry>& entries() const { return entries_; }

  /// The file's bytes, their CRC checked. Sizes are checked before any memory is taken: what claims more than `limit`
  /// bytes, or more than deflate can make of what is stored, is refused.
  /// errors  unsupported: encrypted, another compression
  std::vector<std::byte> read(const ZipEntry& entry, std::uint64_t limit) const;

 private:
  std::string name_;
  base::MappedFile file_;
  std::vector<ZipEntry> entries_;
};

}  // namespace autoaccel::samples
