#include "worker/system_call_filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "autoaccel/error.h"

namespace autoaccel::worker {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "system_call_filter.cc: add the AUDIT_ARCH_ value of this processor (linux/audit.h)"
#endif

constexpr std::uint32_t kX32Bit = 0x40000000;  ///< numbers from here on are the same calls under another ABI

// Newer than the distribution's headers; the numbers are the same on every architecture.
constexpr int kFchmodat2 = 452;
constexpr int kSetxattrat = 463;
constexpr int kRemovexattrat = 466;
constexpr int kFileSetattr = 469;

constexpr int kRefused[] = {
    // other processes, and what belongs to them
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_setpgid,
    SYS_setsid,
    SYS_process_madvise,
    SYS_perf_event_open,
    // the network, and ways around this filter
    SYS_connect,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    // what outlives the process
    SYS_shmget,
    SYS_msgget,
    SYS_semget,
    SYS_mq_open,
    SYS_add_key,
    SYS_keyctl,
    SYS_request_key,
    // owners, modes, times and labels of files, which Landlock leaves to the user
    SYS_fchmod,
    SYS_fchmodat,
    kFchmodat2,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    kSetxattrat,
    kRemovexattrat,
    kFileSetattr,
    // namespaces and mounts
    SYS_unshare,
    SYS_setns,
    SYS_chroot,
    SYS_pivot_root,
    SYS_mount,
    SYS_umount2,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_open_by_handle_at,
    // the kernel and the machine
    SYS_bpf,
    SYS_userfaultfd,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_fanotify_init,
    SYS_personality,
#if defined(__x86_64__)
    SYS_fork,
    SYS_vfork,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_kexec_file_load,
#endif
};

/// A call that is refused, or allowed, by its first argument (the lower 32 bits).
struct ByArgument {
  int call;
  std::uint16_t test;  ///< BPF_JEQ or BPF_JSET
  std::uint32_t value;
  bool is_allowed_when_true;
};

constexpr std::uint32_t refusal(int error) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error); }

/// Straight on, without long jumps: each row tests the number that stays in the accumulator, and returns or passes on.
class Program {
 public:
  Program() {
    load(offsetof(seccomp_data, arch));
    add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
    give(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
    add(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1);
    give(refusal(EPERM));
  }

  void refuse(int call, int error = EPERM) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1);
    give(refusal(error));
  }

  void decide(const ByArgument& row) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(row.call), 0, 4);
    load(offsetof(seccomp_data, args));
    add(static_cast<std::uint16_t>(BPF_JMP | BPF_K | row.test), row.value, 0, 1);
    give(row.is_allowed_when_true ? SECCOMP_RET_ALLOW : refusal(EPERM));
    give(row.is_allowed_when_true ? refusal(EPERM) : SECCOMP_RET_ALLOW);
  }

  std::vector<sock_filter> finished() {
    give(SECCOMP_RET_ALLOW);
    return std::move(code_);
  }

 private:
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset), 0, 0); }
  void give(std::uint32_t what) { add(BPF_RET | BPF_K, what, 0, 0); }
  void add(std::uint16_t code, std::uint32_t value, std::uint8_t if_true, std::uint8_t if_false) {
    code_.push_back({code, if_true, if_false, value});
  }

  std::vector<sock_filter> code_;
};

std::vector<sock_filter> program(bool gpu) {
  const auto self = static_cast<std::uint32_t>(::getpid());
  Program program;
  for (const int call : kRefused) program.refuse(call);
  program.refuse(SYS_clone3, ENOSYS);  // its flags are out of a filter's sight; the C library then takes clone
  program.decide({SYS_clone, BPF_JSET, CLONE_THREAD, true});
  program.decide({SYS_kill, BPF_JEQ, self, true});
  program.decide({SYS_tgkill, BPF_JEQ, self, true});
  program.decide({SYS_prctl, BPF_JEQ, PR_SET_PDEATHSIG, false});  // the worker's end with its parent stays
  if (gpu)
    program.decide({SYS_socket, BPF_JEQ, AF_UNIX, true});
  else
    program.refuse(SYS_socket);
  return program.finished();
}

}  // namespace

bool filter_system_calls(bool gpu) {
  std::vector<sock_filter> code = program(gpu);
  const sock_fprog whole{.len = static_cast<unsigned short>(code.size()), .filter = code.data()};
  // Without SPEC_ALLOW, kernels before 5.16 would slow the worker down against its own speculation, and what is
  // measured with it.
  const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &whole);
  if (result == 0) return true;
  if (result < 0 && (errno == ENOSYS || errno == EINVAL)) return false;  // compiled out, or older than 4.17
  throw Error(Cause::environment,
              std::string("the worker's sandbox: system calls cannot be filtered: ") +
                  (result > 0 ? "a thread has a filter of its own" : ::strerror(errno)),
              "--no-sandbox goes without it, for models that you trust");
}

}  // namespace autoaccel::worker
