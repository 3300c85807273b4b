#include "base/files.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "autoaccel/error.h"
#include "base/file_descriptor.h"

namespace autoaccel::base {
namespace {
namespace fs = std::filesystem;

fs::path write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// The Error that `act` throws, as text `cause|message|hint`.
template <typename Act>
std::string error_of(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    return std::string(to_text(error.cause())) + "|" + error.message() + "|" + error.hint();
  }
  return "no error";
}

/// Runs `act` in a child, so that its limits and mounts end with it; returns the child's exit code.
template <typename Act>
int in_child(const Act& act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(act());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(ReadFile, GivesEveryByte) {
  const TemporaryFolder folder("files_test");
  const std::string text = std::string("a\0b\n", 4) + std::string(3'000'000, 'x');
  EXPECT_EQ(read_file(write(folder.path() / "f", text)), text);
  EXPECT_EQ(read_file(write(folder.path() / "empty", "")), "");
  EXPECT_FALSE(read_file("/proc/self/status").empty());  // whose size reads as 0
}

TEST(ReadFile, SaysWhatIsWrong) {
  const TemporaryFolder folder("files_test");
  const std::string root = folder.path().native();
  EXPECT_EQ(error_of([&] { read_file(root + "/nope"); }), "environment|no such file: '" + root + "/nope'|check the path");
  EXPECT_EQ(error_of([&] { read_file(root); }),
            "environment|cannot read '" + root + "': it is a folder, not a file|name a file in it");
  write(root + "/f", "12345");
  EXPECT_EQ(read_file(root + "/f", 5), "12345");
  EXPECT_EQ(error_of([&] { read_file(root + "/f", 4); }),
            "environment|cannot read '" + root + "/f': it is longer than 4 bytes|");
  EXPECT_EQ(error_of([&] { read_file(root + "/f/g"); }),
            "environment|cannot read '" + root + "/f/g': a part of the path is not a folder|check the path");
  EXPECT_EQ(error_of([&] { read_file(root + "/a\nb"); }), "environment|no such file: '" + root + "/a\\x0Ab'|check the path");
}

TEST(WriteFileAtomically, ReplacesAndLeavesNothingElse) {
  const TemporaryFolder folder("files_test");
  const fs::path path = folder.path() / "run.json";
  write_file_atomically(path, "old");
  const std::string text(5'000'000, 'y');
  write_file_atomically(path, text);
  EXPECT_EQ(read_file(path), text);
  EXPECT_EQ(entries(folder.path()), 1u);
  const std::string_view parts[] = {"ab", "", std::string_view("c\0d", 3)};
  write_file(path, parts);
  EXPECT_EQ(read_file(path), std::string("abc\0d", 5));
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(WriteFileAtomically, HonoursTheUmask) {
  const TemporaryFolder folder("files_test");
  EXPECT_EQ(in_child([&] {
              ::umask(027);
              write_file_atomically(folder.path() / "f", "x");
              return 0;
            }),
            0);
  EXPECT_EQ(fs::status(folder.path() / "f").permissions(), static_cast<fs::perms>(0640));
}

TEST(WriteFileAtomically, WorksWithARelativePath) {
  const TemporaryFolder folder("files_test");
  EXPECT_EQ(in_child([&] {
              fs::current_path(folder.path());
              write_file_atomically("plain", "x");
              return read_file("plain") == "x" ? 0 : 1;
            }),
            0);
}

TEST(WriteFileAtomically, IsWholeForEveryReader) {
  const TemporaryFolder folder("files_test");
  const fs::path path = folder.path() / "f";
  write_file_atomically(path, std::string(100'000, 'a'));
  std::atomic<bool> is_done{false};
  std::thread writer([&] {
    for (int i = 0; i < 50; ++i) write_file_atomically(path, std::string(100'000, i % 2 ? 'a' : 'b'));
    is_done = true;
  });
  int torn = 0;
  while (!is_done) {
    const std::string text = read_file(path);
    torn += text != std::string(100'000, 'a') && text != std::string(100'000, 'b');
  }
  writer.join();
  EXPECT_EQ(torn, 0);
}

TEST(WriteFileAtomically, SaysWhatIsWrongAndKeepsTheOldFile) {
  const TemporaryFolder folder("files_test");
  const std::string root = folder.path().native();
  EXPECT_EQ(error_of([&] { write_file_atomically(root + "/no/f", "x"); }),
            "environment|cannot write '" + root + "/no/f': no such file or folder|check the path");
  EXPECT_EQ(error_of([&] { write_file_atomically(root, "x"); }),
            "environment|cannot write '" + root + "': it is a folder, not a file|name a file in it");
  EXPECT_EQ(error_of([&] { write_file_atomically(root + "/" + std::string(300, 'n'), "x"); }),
            "environment|cannot write '" + root + "/" + std::string(300, 'n') + "': the name is too long|choose a shorter path");
  EXPECT_EQ(entries(root), 0u);
}

TEST(WriteFileAtomically, ReportsAFileThatMayNotGrow) {
  const TemporaryFolder folder("files_test");
  const fs::path path = folder.path() / "f";
  write_file_atomically(path, "old");
  const auto limited = [&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string said = error_of([&] { write_file_atomically(path, std::string(10'000, 'x')); });
    return said == "environment|cannot write '" + path.native() +
                       "': the file would be larger than the limit for this user or file system|raise `ulimit -f` or choose "
                       "another disk"
               ? 0
               : 1;
  };
  EXPECT_EQ(in_child(limited), 0);
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(entries(folder.path()), 1u);
}

/// A file system of 64 KiB of its own, or exit code 77 where the system does not let one mount it.
template <typename Act>
int on_tiny_disk(const fs::path& at, unsigned long flags, const Act& act) {
  return in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 77;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    if (::mount("tmpfs", at.c_str(), "tmpfs", flags, "size=64k") != 0) return 77;
    return act() ? 0 : 1;
  });
}

TEST(WriteFileAtomically, ReportsAFullDisk) {
  const TemporaryFolder folder("files_test");
  const fs::path path = folder.path() / "f";
  const int code = on_tiny_disk(folder.path(), 0, [&] {
    write_file_atomically(path, "old");
    const std::string said = error_of([&] { write_file_atomically(path, std::string(1'000'000, 'x')); });
    return said == "environment|cannot write '" + path.native() +
                       "': no space left on the disk|free space there or choose a path on another disk" &&
           read_file(path) == "old" && entries(folder.path()) == 1 && free_bytes(folder.path()) <= 64 * 1024;
  });
  if (code == 77) GTEST_SKIP() << "mounting is not allowed here";
  EXPECT_EQ(code, 0);
}

TEST(RequireWritableFolder, ReportsAReadOnlyDisk) {
  const TemporaryFolder folder("files_test");
  const int code = on_tiny_disk(folder.path(), MS_RDONLY, [&] {
    const std::string root = folder.path().native();
    return error_of([&] { require_writable_folder(root); }) ==
               "environment|cannot write in the folder '" + root + "': the file system is read-only|choose a path on a writable disk" &&
           error_of([&] { require_writable_folder(root + "/new"); }) ==
               "environment|cannot make the folder '" + root + "/new': the file system is read-only|choose a path on a writable disk";
  });
  if (code == 77) GTEST_SKIP() << "mounting is not allowed here";
  EXPECT_EQ(code, 0);
}

TEST(RequireWritableFolder, MakesItAndLeavesItEmpty) {
  const TemporaryFolder folder("files_test");
  require_writable_folder(folder.path() / "a" / "b");
  EXPECT_EQ(entries(folder.path() / "a" / "b"), 0u);
  require_writable_folder(folder.path() / "a" / "b");
  const std::string file = write(folder.path() / "f", "x").native();
  EXPECT_NE(error_of([&] { require_writable_folder(file); }), "no error");
  EXPECT_NE(error_of([&] { require_writable_folder(file + "/g"); }), "no error");
}

TEST(RequireWritableFolder, ReportsPermissions) {
  const TemporaryFolder folder("files_test");
  fs::permissions(folder.path(), static_cast<fs::perms>(0555));
  const std::string root = folder.path().native();
  const int code = in_child([&] {
    if (::getuid() == 0 && ::setuid(65534) != 0) return 77;  // root may write anywhere
    return error_of([&] { require_writable_folder(root); }) == "environment|cannot write in the folder '" + root +
                                                                   "': permission denied|change its permissions or choose another path"
               ? 0
               : 1;
  });
  fs::permissions(folder.path(), static_cast<fs::perms>(0755));
  if (code == 77) GTEST_SKIP() << "cannot become another user";
  EXPECT_EQ(code, 0);
}

/// Resident pages of a mapping, by mincore's neighbour in /proc: bytes of `Rss` of the mapping of `path`.
std::size_t resident_bytes_of(const std::string& path) {
  std::ifstream smaps("/proc/self/smaps");
  std::string line;
  bool is_ours = false;
  while (std::getline(smaps, line)) {
    if (line.find(path) != std::string::npos) is_ours = true;
    else if (is_ours && line.starts_with("Rss:")) return 1024 * std::stoul(line.substr(4));
  }
  return 0;
}

TEST(MappedFile, ShowsTheBytesAndGivesPagesBack) {
  const TemporaryFolder folder("files_test");
  std::string text(8 << 20, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 2654435761u >> 13);
  const MappedFile file(write(folder.path() / "f", text));
  ASSERT_EQ(file.bytes().size(), text.size());
  EXPECT_EQ(std::memcmp(file.bytes().data(), text.data(), text.size()), 0);
  EXPECT_GE(resident_bytes_of(file.path().native()), text.size());

  file.drop(0, 4 << 20);
  EXPECT_LE(resident_bytes_of(file.path().native()), text.size() / 2);
  file.drop(100, 1);  // one byte: its page, no other's harm
  file.drop(5 << 20, ~std::uint64_t{0});
  file.drop(text.size(), 1);
  file.drop(~std::uint64_t{0}, 1);
  EXPECT_LE(resident_bytes_of(file.path().native()), std::size_t{1} << 20);
  EXPECT_EQ(std::memcmp(file.bytes().data(), text.data(), text.size()), 0);
}

TEST(MappedFile, MayBeEmptyButMustBeAFile) {
  const TemporaryFolder folder("files_test");
  const MappedFile empty(write(folder.path() / "empty", ""));
  EXPECT_TRUE(empty.bytes().empty());
  empty.drop(0, 10);
  EXPECT_EQ(error_of([&] { MappedFile(folder.path() / "no"); }),
            "environment|no such file: '" + (folder.path() / "no").native() + "'|check the path");
  EXPECT_NE(error_of([&] { MappedFile file(folder.path()); }), "no error");
  EXPECT_EQ(error_of([&] { MappedFile("/dev/null"); }), "environment|cannot map '/dev/null': it is not a regular file|");
}

TEST(TemporaryFolder, GoesWithAllBelowIt) {
  fs::path path;
  {
    const TemporaryFolder folder("files_test");
    path = folder.path();
    EXPECT_TRUE(path.filename().native().starts_with("files_test"));
    fs::create_directories(path / "a/b");
    write(path / "a/b/c", "x");
    const TemporaryFolder inner("in", path);
    EXPECT_EQ(inner.path().parent_path(), path);
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_NE(error_of([] { TemporaryFolder folder("x", "/nowhere"); }), "no error");
}

TEST(Sha256, AgreesWithTheStandard) {
  // FIPS 180-4 examples, and a million times 'a'.
  EXPECT_EQ(sha256_of_text(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of_text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const TemporaryFolder folder("files_test");
  EXPECT_EQ(sha256_of_file(write(folder.path() / "a", std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  const std::string large(3 * (1 << 20) + 17, 'z');  // several reads
  EXPECT_EQ(sha256_of_file(write(folder.path() / "z", large)), sha256_of_text(large));
}

TEST(FreeBytes, AsksTheNearestFolderThatExists) {
  const TemporaryFolder folder("files_test");
  EXPECT_GT(free_bytes(folder.path() / "not/yet/there"), 0u);
  EXPECT_GT(free_bytes("relative/not/there"), 0u);
}

TEST(ExecutableFolder, HoldsThisTest) { EXPECT_TRUE(fs::exists(executable_folder() / "test_base")); }

TEST(FileDescriptor, ClosesOnceAndMoves) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  {
    FileDescriptor a(ends[0]);
    FileDescriptor b(std::move(a));
    EXPECT_EQ(a.get(), -1);
    EXPECT_EQ(b.get(), ends[0]);
    FileDescriptor c;
    c = std::move(b);
    EXPECT_EQ(c.get(), ends[0]);
    EXPECT_EQ(c.close(), 0);
    EXPECT_EQ(c.get(), -1);
  }
  EXPECT_NE(::close(ends[0]), 0);  // already closed
  EXPECT_EQ(::close(ends[1]), 0);
}

}  // namespace
}  // namespace autoaccel::base
