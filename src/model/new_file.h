#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace autoaccel::model {

/// A file that appears under its name only when it is complete: written as `<name>.part` beside it, then renamed.
///
/// A `.part` left by a process that was killed is replaced. Not flushed to the disk: what matters after a power cut is
/// made again, and a flush of gigabytes would cost more than the conversion.
class NewFile {
 public:
  /// Reserves `bytes` on the disk, so that a full disk shows before the work.
  /// errors  environment: no room, not writable
  NewFile(std::filesystem::path path, std::uint64_t bytes);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return descriptor_; }

  /// Writes all of `from` at `offset`; from several threads on different ranges. errors  environment
  void write(std::uint64_t offset, std::span<const std::byte> from) const;

  /// Gives the file its name. errors  environment
  void commit();

 private:
  void reserve(std::uint64_t bytes) const;

  std::filesystem::path path_;
  std::filesystem::path part_;
  int descriptor_ = -1;
  bool committed_ = false;
};

}  // namespace autoaccel::model
