#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/json_values.h"

namespace autoaccel::e2e {

/// How a process ended and what it printed.
struct Ended {
  std::optional<int> code;    ///< when it exited
  std::optional<int> signal;  ///< when a signal ended it
  std::string out;
  std::string err;
};

/// The real `autoaccel` as a child process in `folder`, its stdout and stderr kept in files there.
class Tool {
 public:
  Tool(const std::filesystem::path& folder, const std::vector<std::string>& arguments);
  ~Tool();  ///< kills it if it still runs
  Tool(const Tool&) = delete;
  Tool& operator=(const Tool&) = delete;

  pid_t pid() const { return pid_; }
  void send(int signal_number) const;
  std::string err() const;

  /// The worker that it runs now; nullopt while there is none.
  std::optional<pid_t> worker() const;

  /// Waits for the end. Throws std::runtime_error after `seconds`, with what was printed.
  Ended wait(double seconds = 300);

 private:
  bool reap(int flags);

  std::filesystem::path folder_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

/// Waits until `condition` holds. Throws std::runtime_error, naming `what`, after `seconds`.
void wait_until(const std::string& what, const std::function<bool()>& condition, double seconds = 120);

/// Whether the process is there and not just waiting to be reaped.
bool is_alive(pid_t pid);

/// Whether this build has the worker of `runtime`.
bool has_runtime(const std::string& runtime);

/// A user's folder: files are written in it, the tool runs in it.
class EndToEnd : public ::testing::Test {
 protected:
  std::filesystem::path at(const std::string& name) const { return folder_.path() / name; }
  void write(const std::string& name, const std::string& text) const;
  Ended run(const std::vector<std::string>& arguments) const;

  /// stdout as JSON; fails the test when it is none.
  base::Json json_from(const std::vector<std::string>& arguments) const;
  base::Json json_file(const std::string& name) const;

  base::TemporaryFolder folder_{"autoaccel-e2e-"};
};

/// The same with real runtimes and real models; skipped where the build or the set-up has none.
class WithRuntimes : public EndToEnd {
 protected:
  void SetUp() override;
  static std::string model(const std::string& name);
};

/// The record of a variant in run.json. Throws std::out_of_range.
const base::Json& record_of(const base::Json& run, const std::string& id);

}  // namespace autoaccel::e2e
