#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "model/new_file.h"

namespace autoaccel::model {

/// A regular file of which any range can be read, from several threads at once.
///
/// Reads with pread and not through a mapping: pages of a mapping count as resident memory of the process, and a file
/// that shrinks under a mapping ends it with a signal. The file is recognised by device, inode, size and time of
/// change; when it is another one than at construction, reading is an error instead of a wrong answer.
class DataFile {
 public:
  enum class Hold {
    open,    ///< one descriptor for its whole life: reads go on even when the file is replaced
    closed,  ///< opened for each read: for models with more files than a process may have open
  };

  /// errors  model: missing, not a regular file, not readable; the last component must not be a symbolic link
  explicit DataFile(std::filesystem::path path, Hold hold = Hold::open);
  ~DataFile();
  DataFile(const DataFile&) = delete;
  DataFile& operator=(const DataFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }

  /// Fills `to` with the bytes from `offset` on.
  /// errors  model: the range ends behind the file, the file has changed, the disk cannot read it
  void read(std::uint64_t offset, std::span<std::byte> to) const;

  /// Copies a range to `target_offset` of `target`, without passing it through this process where the kernel can do
  /// that. errors  as read; environment: the target cannot be written
  void copy(std::uint64_t offset, std::uint64_t length, const NewFile& target, std::uint64_t target_offset) const;

 private:
  class Descriptor;
  Descriptor descriptor() const;

  std::filesystem::path path_;
  int held_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::int64_t changed_seconds_ = 0;
  std::int64_t changed_nanoseconds_ = 0;
};

}  // namespace autoaccel::model
