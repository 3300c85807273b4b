#include "base/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "autoaccel/error.h"
#include "base/file_descriptor.h"
#include "base/text.h"

namespace autoaccel::base {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kReadBytes = 1u << 20;  // one read: large enough that the system call costs nothing

std::string quoted(const fs::path& path) { return "'" + printable(path.native(), std::string_view::npos) + "'"; }

struct CodeRow {
  int code;
  std::string_view what;
  std::string_view hint;
};

constexpr CodeRow kCodes[] = {
    {ENOENT, "no such file or folder", "check the path"},
    {ENOTDIR, "a part of the path is not a folder", "check the path"},
    {EISDIR, "it is a folder, not a file", "name a file in it"},
    {EACCES, "permission denied", "change its permissions or choose another path"},
    {EPERM, "permission denied", "change its permissions or choose another path"},
    {EROFS, "the file system is read-only", "choose a path on a writable disk"},
    {ENOSPC, "no space left on the disk", "free space there or choose a path on another disk"},
    {EDQUOT, "the disk quota is used up", "free space there or choose a path on another disk"},
    {EFBIG, "the file would be larger than the limit for this user or file system", "raise `ulimit -f` or choose another disk"},
    {EMFILE, "too many open files", "raise `ulimit -n`"},
    {ENAMETOOLONG, "the name is too long", "choose a shorter path"},
    {ELOOP, "too many levels of symbolic links", "check the links on the path"},
};

/// environment: `doing` in the form `cannot read`, the path, the reason of `code` and what to do about it.
[[noreturn]] void throw_io(std::string_view doing, const fs::path& path, int code) {
  for (const CodeRow& row : kCodes) {
    if (row.code != code) continue;
    throw Error(Cause::environment, std::string(doing) + " " + quoted(path) + ": " + std::string(row.what),
                std::string(row.hint));
  }
  throw Error(Cause::environment, std::string(doing) + " " + quoted(path) + ": " + std::generic_category().message(code));
}

FileDescriptor open_for_reading(const fs::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) {
    throw Error(Cause::environment, "no such file: " + quoted(path), "check the path");
  }
  if (file.get() < 0) throw_io("cannot read", path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_io("cannot read", path, errno);
  if (S_ISDIR(status.st_mode)) throw_io("cannot read", path, EISDIR);
  return file;
}

/// The next bytes of the file, at most buffer.size(); 0 at its end.
std::size_t read_some(const FileDescriptor& file, const fs::path& path, std::span<char> buffer) {
  while (true) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw_io("cannot read", path, errno);
  }
}

void write_all(const FileDescriptor& file, const fs::path& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(file.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_io("cannot write", path, errno);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// A name that no other thread or process uses, in the folder of `path`.
fs::path temporary_name(const fs::path& folder) {
  static std::atomic<unsigned> counter{0};
  return folder / (".autoaccel-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1)) + ".tmp");
}

/// Removes a file at the end of its life unless it was kept.
class UnlinkGuard {
 public:
  explicit UnlinkGuard(const fs::path& path) : path_(path) {}
  ~UnlinkGuard() {
    if (!is_kept_) ::unlink(path_.c_str());
  }
  UnlinkGuard(const UnlinkGuard&) = delete;
  UnlinkGuard& operator=(const UnlinkGuard&) = delete;
  void keep() { is_kept_ = true; }

 private:
  const fs::path& path_;
  bool is_kept_ = false;
};

/// Makes the renaming itself survive a power cut; file systems that cannot (EINVAL) give no such promise anyway.
void flush_folder(const fs::path& folder) {
  const FileDescriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.get() < 0) throw_io("cannot open the folder", folder, errno);
  if (::fsync(handle.get()) != 0 && errno != EINVAL && errno != EROFS) throw_io("cannot flush the folder", folder, errno);
}

/// Written beside, renamed; with `is_flushed` the bytes are on the disk before the name is.
void replace_file(const fs::path& path, std::span<const std::string_view> parts, bool is_flushed) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code not_there;
  if (!path.has_filename() || fs::is_directory(path, not_there)) throw_io("cannot write", path, EISDIR);
  const fs::path temporary = temporary_name(folder);
  FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) throw_io("cannot write", path, errno);
  UnlinkGuard guard(temporary);
  for (const std::string_view part : parts) write_all(file, path, part);
  if (is_flushed && ::fsync(file.get()) != 0) throw_io("cannot write", path, errno);
  if (file.close() != 0) throw_io("cannot write", path, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw_io("cannot write", path, errno);
  guard.keep();
  if (is_flushed) flush_folder(folder);
}

/// SHA-256 of bytes that come in pieces.
class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) { require(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1); }

  void update(std::string_view bytes) { require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }

  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    require(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += {kDigits[digest[i] >> 4], kDigits[digest[i] & 15]};
    return text;
  }

 private:
  static void require(bool is_done) {
    if (!is_done) throw Error(Cause::environment, "libcrypto cannot compute SHA-256", "check the installed OpenSSL");
  }
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

std::string read_file(const fs::path& path, std::uint64_t limit) {
  const FileDescriptor file = open_for_reading(path);
  std::string text;
  std::size_t size = 0;
  while (true) {
    if (text.size() - size < kReadBytes) text.resize(std::max(text.size() * 2, size + kReadBytes));
    const std::size_t count = read_some(file, path, {text.data() + size, text.size() - size});
    if (count == 0) break;
    size += count;
    if (size > limit) {
      throw Error(Cause::environment, "cannot read " + quoted(path) + ": it is longer than " + human_bytes(limit));
    }
  }
  text.resize(size);
  return text;
}

void write_file_atomically(const fs::path& path, std::string_view text) { replace_file(path, {&text, 1}, true); }

void write_file(const fs::path& path, std::span<const std::string_view> parts) { replace_file(path, parts, false); }

MappedFile::MappedFile(const fs::path& path) : path_(path) {
  const FileDescriptor file = open_for_reading(path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_io("cannot read", path, errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(Cause::environment, "cannot map " + quoted(path) + ": it is not a regular file");
  }
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) return;
  void* data = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
  if (data == MAP_FAILED) throw_io("cannot map", path, errno);
  data_ = static_cast<const std::byte*>(data);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::drop(std::uint64_t offset, std::uint64_t length) const {
  if (!data_ || offset >= size_ || length == 0) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t end = length > size_ - offset ? size_ : offset + length;
  const std::uint64_t begin = offset / page * page;
  // A page shared with neighbours goes as well: it comes back on its next use. Advice only, so the result is not an error.
  ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
}

TemporaryFolder::TemporaryFolder(std::string_view prefix, const fs::path& parent) {
  std::error_code error;
  const fs::path base = parent.empty() ? fs::temp_directory_path(error) : parent;
  if (error) throw_io("cannot find the folder for temporary files", base, error.value());
  std::string name = (base / (std::string(prefix) + "XXXXXX")).native();
  if (!::mkdtemp(name.data())) throw_io("cannot make a folder in", base, errno);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code left_over;  // a destructor cannot report it, and a folder left behind changes no result
  fs::remove_all(path_, left_over);
}

std::string sha256_of_file(const fs::path& path) {
  const FileDescriptor file = open_for_reading(path);
  Digest digest;
  std::string buffer(kReadBytes, '\0');
  while (const std::size_t count = read_some(file, path, buffer)) digest.update(std::string_view(buffer.data(), count));
  return digest.hex();
}

std::string sha256_of_text(std::string_view text) {
  Digest digest;
  digest.update(text);
  return digest.hex();
}

void require_writable_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw_io("cannot make the folder", folder, error.value());
  if (!fs::is_directory(folder, error)) throw_io("cannot use the folder", folder, error ? error.value() : ENOTDIR);
  const fs::path probe = temporary_name(folder);
  const FileDescriptor file(::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) throw_io("cannot write in the folder", folder, errno);
  ::unlink(probe.c_str());
}

std::uint64_t free_bytes(const fs::path& path) {
  std::error_code error;
  fs::path existing = fs::absolute(path, error);
  while (!fs::exists(existing, error) && existing.has_relative_path()) existing = existing.parent_path();
  struct statvfs status {};
  if (::statvfs(existing.c_str(), &status) != 0) throw_io("cannot tell the free space of", existing, errno);
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

fs::path executable_folder() {
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (error) throw_io("cannot find the running executable by", "/proc/self/exe", error.value());
  return executable.parent_path();
}

}  // namespace autoaccel::base
