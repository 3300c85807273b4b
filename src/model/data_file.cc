#include "model/data_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "base/text.h"

namespace autoaccel::model {
namespace {

constexpr std::size_t kCopyBytes = 1 << 20;  // where the kernel cannot copy by itself

std::string shown(const std::filesystem::path& path) { return base::printable(path.string()); }

int open_for_reading(const std::filesystem::path& path) {
  // O_NONBLOCK: a named pipe must be refused, not waited for. It means nothing for regular files.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor >= 0) return descriptor;
  if (errno == ENOENT) throw Error(Cause::model, fmt::format("no such file: {}", shown(path)));
  throw Error(Cause::model, fmt::format("{} cannot be opened: {}", shown(path), std::strerror(errno)),
              "check the file's permissions");
}

struct stat status_of(int descriptor, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    throw Error(Cause::model, fmt::format("{} cannot be read: {}", shown(path), std::strerror(errno)));
  }
  return status;
}

}  // namespace

class DataFile::Descriptor {
 public:
  Descriptor(int number, bool owned) : number_(number), owned_(owned) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_), owned_(std::exchange(other.owned_, false)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (owned_) ::close(number_);
  }
  int number() const { return number_; }
  void disown() { owned_ = false; }

 private:
  int number_;
  bool owned_;
};

DataFile::DataFile(std::filesystem::path path, Hold hold) : path_(std::move(path)) {
  Descriptor file(open_for_reading(path_), true);
  const struct stat status = status_of(file.number(), path_);
  if (!S_ISREG(status.st_mode)) {
    throw Error(Cause::model, fmt::format("{} is not a regular file", shown(path_)));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  changed_seconds_ = status.st_mtim.tv_sec;
  changed_nanoseconds_ = status.st_mtim.tv_nsec;
  if (hold == Hold::open) {
    held_ = file.number();
    file.disown();
  }
}

DataFile::~DataFile() {
  if (held_ >= 0) ::close(held_);
}

DataFile::Descriptor DataFile::descriptor() const {
  Descriptor file = held_ >= 0 ? Descriptor(held_, false) : Descriptor(open_for_reading(path_), true);
  const struct stat status = status_of(file.number(), path_);
  const bool same = status.st_dev == device_ && status.st_ino == inode_ &&
                    static_cast<std::uint64_t>(status.st_size) == size_ && status.st_mtim.tv_sec == changed_seconds_ &&
                    status.st_mtim.tv_nsec == changed_nanoseconds_;
  if (!same) {
    throw Error(Cause::model, fmt::format("{} has changed since the model was loaded", shown(path_)),
                "start again with the new file");
  }
  return file;
}

void DataFile::read(std::uint64_t offset, std::span<std::byte> to) const {
  if (to.empty()) return;
  if (offset > size_ || to.size() > size_ - offset) {
    throw Error(Cause::model, fmt::format("{} ends at byte {}, before the {} bytes wanted at {}", shown(path_), size_,
                                          to.size(), offset));
  }
  const Descriptor source = descriptor();
  std::size_t done = 0;
  while (done < to.size()) {
    const ssize_t got = ::pread(source.number(), to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      throw Error(Cause::model, fmt::format("{} cannot be read at byte {}: {}", shown(path_), offset + done,
                                            got == 0 ? "it ends there" : std::strerror(errno)));
    }
    done += static_cast<std::size_t>(got);
  }
}

void DataFile::copy(std::uint64_t offset, std::uint64_t length, const NewFile& target,
                    std::uint64_t target_offset) const {
  const Descriptor source = descriptor();
  std::uint64_t done = 0;
  while (done < length) {
    loff_t from = static_cast<loff_t>(offset + done);
    loff_t to = static_cast<loff_t>(target_offset + done);
    const ssize_t copied = ::copy_file_range(source.number(), &from, target.descriptor(), &to, length - done, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) break;  // another file system, an old kernel, or a true error, which the plain way will name
    done += static_cast<std::uint64_t>(copied);
  }
  std::vector<std::byte> buffer(std::min<std::uint64_t>(length - done, kCopyBytes));
  while (done < length) {
    const std::span<std::byte> part(buffer.data(), std::min<std::uint64_t>(length - done, buffer.size()));
    read(offset + done, part);
    target.write(target_offset + done, part);
    done += part.size();
  }
}

}  // namespace autoaccel::model
