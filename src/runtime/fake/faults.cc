#include "runtime/fake/faults.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <thread>

#include "autoaccel/error.h"
#include "base/text.h"

namespace autoaccel::runtime::fake {
namespace {

constexpr int kAnswers = 3;  ///< the worker's descriptor for answers

void write_answer(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(kAnswers, text.data(), text.size());
}

void sleep_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

void segv(double) { ::raise(SIGSEGV); }
void abort_now(double) { std::abort(); }
void killed(double) { ::raise(SIGKILL); }
void exit_now(double code) { ::_exit(static_cast<int>(code)); }
void pause_for(double seconds) { sleep_for(seconds); }
void hang(double) {
  for (;;) ::pause();
}
void hang_deaf(double) {
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  hang(0);
}

void print_word(double) { std::puts("fake: a word for the log"); }
void print_garbage(double) { std::fwrite("\xff\x1b[31m{\"ok\": true}\n\0\x01\n", 1, 20, stdout); }
void flood(double) {
  const std::string line(4095, 'x');
  for (;;) std::puts(line.c_str());
}

void write_half(double) { write_answer("{\"protocol\": 1, \"id\": 1, \"o"); }
void write_broken(double) { write_answer("{\"protocol\": 1, \"id\": \n"); }
void write_other_version(double) { write_answer("{\"protocol\": 99, \"id\": 1, \"ok\": true}\n"); }
void write_old_id(double) { write_answer("{\"protocol\": 1, \"id\": 0, \"ok\": true}\n"); }
void write_endless_line(double) {
  const std::string text(1 << 20, ' ');
  for (;;) write_answer(text);
}
void close_answers(double) { ::close(kAnswers); }

/// Takes memory and touches it, slowly enough for the watcher to see it grow.
void allocate(double) {
  for (;;) {
    constexpr std::size_t kStep = 4u << 20;
    std::memset(::operator new(kStep), 1, kStep);
    sleep_for(0.004);
  }
}

/// Threads that do nothing, until the system refuses.
void start_threads(double number) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, 64u << 10);
  const auto wait = [](void*) -> void* {
    for (;;) ::pause();
  };
  pthread_t thread{};
  for (int i = 0; i < static_cast<int>(number); ++i) ::pthread_create(&thread, &attributes, wait, nullptr);
}

/// A process that outlives every answer. Its number goes to the log, where a test finds it.
void start_grandchild(bool in_own_session) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (in_own_session) ::setsid();
    sleep_for(600);
    ::_exit(0);
  }
  std::printf("fake: grandchild %d\n", static_cast<int>(pid));
}
void grandchild(double) { start_grandchild(false); }
void grandchild_apart(double) { start_grandchild(true); }

/// A grandchild that takes memory without end while its parent waits.
void grandchild_allocates(double) {
  if (::fork() == 0) allocate(0);
}

void refuse(double) { throw Error(Cause::vendor, "fake: the operator Frobnicate is not implemented"); }
void refuse_unsupported(double) { throw Error(Cause::unsupported, "fake: no such thing here", "use another runtime"); }
void vendor_out_of_memory(double) {
  throw Error(Cause::vendor, "fake: Failed to allocate memory for requested buffer");
}
void bad_alloc(double) { throw std::bad_alloc(); }
void stray_exception(double) { throw std::runtime_error("fake: an exception that nobody expects"); }
/// An exception in a thread that nobody catches: what a vendor's thread pool does when memory runs out.
void bad_alloc_in_thread(double) {
  std::thread([] { throw std::bad_alloc(); }).join();
}

struct FaultInfo {
  std::string_view name;
  void (*act)(double number);
};

constexpr std::array<FaultInfo, 27> kFaults{{
    {"segv", segv},
    {"abort", abort_now},
    {"kill9", killed},
    {"exit", exit_now},
    {"sleep", pause_for},
    {"hang", hang},
    {"hang_deaf", hang_deaf},
    {"print", print_word},
    {"garbage", print_garbage},
    {"flood", flood},
    {"half_json", write_half},
    {"broken_json", write_broken},
    {"other_version", write_other_version},
    {"old_id", write_old_id},
    {"endless_line", write_endless_line},
    {"close_answers", close_answers},
    {"allocate", allocate},
    {"threads", start_threads},
    {"grandchild", grandchild},
    {"grandchild_apart", grandchild_apart},
    {"grandchild_allocates", grandchild_allocates},
    {"refuse", refuse},
    {"unsupported", refuse_unsupported},
    {"vendor_out_of_memory", vendor_out_of_memory},
    {"bad_alloc", bad_alloc},
    {"bad_alloc_in_thread", bad_alloc_in_thread},
    {"stray_exception", stray_exception},
}};

/// The text up to `mark`, which is removed with it; all of it when there is no mark.
std::string_view cut(std::string_view& text, char mark) {
  const std::size_t at = std::min(text.find(mark), text.size());
  const std::string_view front = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return front;
}

template <typename Number>
Number number_from(std::string_view text, Number absent) {
  if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), absent);
  return absent;
}

}  // namespace

void Faults::add(std::string_view text) {
  if (!added_.emplace(text).second) return;
  while (!text.empty()) {
    std::string_view what = cut(text, ',');
    std::string_view call = cut(what, ':');
    const std::string_view stage = cut(call, '#');
    const std::string_view name = cut(what, '=');
    const auto row =
        std::find_if(kFaults.begin(), kFaults.end(), [&](const FaultInfo& info) { return info.name == name; });
    const Attempt* attempt = find_attempt(name);
    if (row == kFaults.end() && attempt == nullptr)
      throw Error(Cause::usage, "unknown fault '" + base::printable(name) + "'");
    planned_.push_back({.stage = std::string(stage),
                        .from_call = number_from(call, 1),
                        .act = row == kFaults.end() ? nullptr : row->act,
                        .attempt = attempt,
                        .number = number_from(what, 0.0)});
  }
}

void Faults::strike(std::string_view stage) {
  int call = 0;
  {
    const std::lock_guard lock(mutex_);
    call = ++calls_.try_emplace(std::string(stage), 0).first->second;
  }
  for (const Planned& planned : planned_) {
    if (planned.stage != stage || call < planned.from_call) continue;
    if (planned.attempt != nullptr)
      try_it(*planned.attempt, planned.number);
    else
      planned.act(planned.number);
  }
}

}  // namespace autoaccel::runtime::fake
