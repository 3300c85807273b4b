#include "runtime/fake/attempts.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace autoaccel::runtime::fake {
namespace {

int error_of(long result) { return result < 0 ? errno : 0; }

/// Opens and closes; what may be opened may be used.
int opened(int file) {
  if (file < 0) return errno;
  ::close(file);
  return 0;
}

int connect_tcp(int port, const char*) {
  const int file = ::socket(AF_INET, SOCK_STREAM, 0);
  if (file < 0) return errno;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int error = error_of(::connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  ::close(file);
  return error;
}

int open_udp(int, const char*) { return opened(::socket(AF_INET, SOCK_DGRAM, 0)); }
int open_raw_packets(int, const char*) { return opened(::socket(AF_PACKET, SOCK_RAW, 0)); }

int connect_local(int, const char* path) {
  const int file = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (file < 0) return errno;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const int error = error_of(::connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  ::close(file);
  return error;
}

int read_file(int, const char* path) { return opened(::open(path, O_RDONLY | O_CLOEXEC)); }
int list_folder(int, const char* path) { return opened(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }
int write_file(int, const char* path) { return opened(::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)); }
int truncate_file(int, const char* path) { return error_of(::truncate(path, 0)); }
int remove_file(int, const char* path) { return error_of(::unlink(path)); }
int change_mode(int, const char* path) { return error_of(::chmod(path, 0777)); }

/// A name in the worker's own folder.
std::string own_path(const char* name) { return std::string(::getenv("TMPDIR")) + "/" + name; }
int write_own_file(int, const char*) { return write_file(0, own_path("own").c_str()); }
int link_symbolically(int, const char* path) { return error_of(::symlink(path, own_path("symbolic").c_str())); }
int link_hard(int, const char* path) { return error_of(::link(path, own_path("hard").c_str())); }
int make_pipe(int, const char*) { return error_of(::mkfifo(own_path("pipe").c_str(), 0600)); }

/// A hundred processes that do nothing for a minute; a fork bomb would not stop there.
int fork_many(int, const char*) {
  int error = 0;
  for (int i = 0; i < 100 && error == 0; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::sleep(60);
      ::_exit(0);
    }
    error = error_of(pid);
  }
  return error;
}

int spawn_program(int, const char*) {
  std::array<char*, 2> arguments{const_cast<char*>("/bin/true"), nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (error == 0) ::waitpid(pid, nullptr, 0);
  return error;
}

int start_thread(int, const char*) {
  int done = -1;
  std::thread([&done] { done = 0; }).join();
  return done;
}

int trace_parent(int, const char*) {
  const pid_t parent = ::getppid();
  const int error = error_of(::ptrace(PTRACE_SEIZE, parent, nullptr, nullptr));
  if (error == 0) ::ptrace(PTRACE_DETACH, parent, nullptr, nullptr);
  return error;
}

int read_memory_of_parent(int, const char*) {
  char byte = 0;
  iovec here{&byte, 1};
  iovec there{const_cast<char**>(environ), 1};
  const int error = error_of(::process_vm_readv(::getppid(), &here, 1, &there, 1, 0));
  return error == EFAULT ? 0 : error;  // it may look, only not there
}

int read_environment_of_parent(int, const char*) {
  return read_file(0, ("/proc/" + std::to_string(::getppid()) + "/environ").c_str());
}

int signal_parent(int, const char*) { return error_of(::kill(::getppid(), SIGCONT)); }
int outlive_parent(int, const char*) { return error_of(::prctl(PR_SET_PDEATHSIG, 0)); }
int join_parents_group(int, const char*) { return error_of(::setpgid(0, ::getpgid(::getppid()))); }
int mount_folder(int, const char* path) { return error_of(::mount("none", path, "tmpfs", 0, nullptr)); }
int leave_namespace(int, const char*) { return error_of(::syscall(SYS_unshare, 0x10000000)); }  // CLONE_NEWUSER
int start_io_uring(int, const char*) {
  std::array<char, 120> parameters{};  // struct io_uring_params
  return opened(static_cast<int>(::syscall(SYS_io_uring_setup, 1, parameters.data())));
}
int leave_shared_memory(int, const char*) {
  const int id = ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  if (id < 0) return errno;
  return error_of(::shmctl(id, IPC_RMID, nullptr));
}
int raise_files(int, const char*) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max = std::max<rlim_t>(limit.rlim_max, 1 << 14) + 1;
  return error_of(::setrlimit(RLIMIT_NOFILE, &limit));
}

constexpr std::array<Attempt, 28> kAttempts{{
    {"connect_tcp", connect_tcp},
    {"open_udp", open_udp},
    {"open_raw_packets", open_raw_packets},
    {"connect_local", connect_local},
    {"read_file", read_file},
    {"list_folder", list_folder},
    {"write_file", write_file},
    {"truncate_file", truncate_file},
    {"remove_file", remove_file},
    {"change_mode", change_mode},
    {"write_own_file", write_own_file},
    {"link_symbolically", link_symbolically},
    {"link_hard", link_hard},
    {"make_pipe", make_pipe},
    {"fork_many", fork_many},
    {"spawn_program", spawn_program},
    {"start_thread", start_thread},
    {"trace_parent", trace_parent},
    {"read_memory_of_parent", read_memory_of_parent},
    {"read_environment_of_parent", read_environment_of_parent},
    {"signal_parent", signal_parent},
    {"outlive_parent", outlive_parent},
    {"join_parents_group", join_parents_group},
    {"mount_folder", mount_folder},
    {"leave_namespace", leave_namespace},
    {"start_io_uring", start_io_uring},
    {"leave_shared_memory", leave_shared_memory},
    {"raise_files", raise_files},
}};

}  // namespace

const Attempt* find_attempt(std::string_view name) {
  const auto found =
      std::find_if(kAttempts.begin(), kAttempts.end(), [name](const Attempt& attempt) { return attempt.name == name; });
  return found == kAttempts.end() ? nullptr : &*found;
}

void try_it(const Attempt& attempt, double number) {
  const char* path = ::getenv("AUTOACCEL_FAKE_PATH");
  const int error = attempt.act(static_cast<int>(number), path == nullptr ? "" : path);
  std::printf("fake: %s: %s\n", attempt.name.data(), error == 0 ? "done" : ::strerror(error));
}

}  // namespace autoaccel::runtime::fake
