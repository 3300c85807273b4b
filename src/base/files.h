#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace autoaccel::base {

/// The whole file as text or bytes.
/// errors  environment: missing (`no such file: …`), unreadable, longer than `limit` bytes; a caller that knows whose
///         file it is rethrows with its own cause
std::string read_file(const std::filesystem::path& path, std::uint64_t limit = 256ull << 20);

/// Replaces the file in one step: written beside it, flushed to disk, renamed. A reader sees the old or the new text.
/// errors  environment: no space, no permission, with the path and what to do
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// The same without the wait for the disk, for files that a power cut may take; `parts` are written one after another.
void write_file(const std::filesystem::path& path, std::span<const std::string_view> parts);

/// A file mapped read-only; pages come and go with use.
///
/// Throws Error(environment) when the file cannot be opened or mapped; an empty file maps to an empty span. A file that
/// another process cuts short while it is mapped ends this process (SIGBUS): the system offers no gentler way.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }

  /// Gives the pages of [offset, offset + length) back to the system, so that resident memory stays bounded
  /// while a large file is read once from front to back. The bytes stay readable.
  void drop(std::uint64_t offset, std::uint64_t length) const;

 private:
  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Removes `path` and all below it at the end of its life.
class TemporaryFolder {
 public:
  /// Made below `parent` (default: the system's folder for temporary files) with a name starting with `prefix`.
  explicit TemporaryFolder(std::string_view prefix, const std::filesystem::path& parent = {});
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Lower-case hexadecimal SHA-256 of a file (streamed, bounded memory) or of a text.
std::string sha256_of_file(const std::filesystem::path& path);
std::string sha256_of_text(std::string_view text);

/// Throws Error(environment) unless `folder` exists, or can be made, and takes a new file.
void require_writable_folder(const std::filesystem::path& folder);

/// Bytes that an unprivileged user can still write at `path` (its nearest existing parent).
std::uint64_t free_bytes(const std::filesystem::path& path);

/// The folder of the running executable.
std::filesystem::path executable_folder();

}  // namespace autoaccel::base
