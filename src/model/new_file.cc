#include "model/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/text.h"

namespace autoaccel::model {
namespace {

[[noreturn]] void throw_not_written(const std::filesystem::path& path, int code) {
  throw Error(Cause::environment,
              fmt::format("{} cannot be written: {}", base::printable(path.string()), std::strerror(code)),
              "free space on that disk or choose another folder");
}

}  // namespace

NewFile::NewFile(std::filesystem::path path, std::uint64_t bytes) : path_(std::move(path)), part_(path_) {
  part_ += ".part";
  if (::unlink(part_.c_str()) != 0 && errno != ENOENT) throw_not_written(part_, errno);
  // O_EXCL: never write through a link that someone else has put there.
  descriptor_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw_not_written(path_, errno);
  try {
    reserve(bytes);
  } catch (const Error&) {
    ::close(descriptor_);
    ::unlink(part_.c_str());
    throw;
  }
}

NewFile::~NewFile() {
  ::close(descriptor_);
  if (!committed_) ::unlink(part_.c_str());
}

void NewFile::reserve(std::uint64_t bytes) const {
  if (bytes == 0) return;
  if (::fallocate(descriptor_, 0, 0, static_cast<off_t>(bytes)) == 0) return;
  const int code = errno;
  const bool no_room = code == ENOSPC || code == EFBIG || code == EDQUOT ||
                       (code == EOPNOTSUPP && base::free_bytes(path_.parent_path()) < bytes);
  if (no_room) {
    throw Error(Cause::environment,
                fmt::format("{} needs {} and the disk has {} left", base::printable(path_.string()),
                            base::human_bytes(bytes), base::human_bytes(base::free_bytes(path_.parent_path()))),
                "free space on that disk or choose another folder");
  }
  if (code != EOPNOTSUPP && code != EINTR) throw_not_written(path_, code);
}

void NewFile::write(std::uint64_t offset, std::span<const std::byte> from) const {
  std::size_t done = 0;
  while (done < from.size()) {
    const ssize_t put =
        ::pwrite(descriptor_, from.data() + done, from.size() - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) throw_not_written(path_, put == 0 ? ENOSPC : errno);
    done += static_cast<std::size_t>(put);
  }
}

void NewFile::commit() {
  if (std::rename(part_.c_str(), path_.c_str()) != 0) throw_not_written(path_, errno);
  committed_ = true;
}

}  // namespace autoaccel::model
