#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "autoaccel/record.h"
#include "autoaccel/run.h"
#include "base/cancel.h"
#include "measure/measure.h"
#include "quantize/statistics.h"
#include "runtime/runtime.h"
#include "worker/failure.h"
#include "worker/protocol.h"
#include "worker/supervisor.h"
#include "worker/tensor_files.h"

namespace autoaccel::worker {

/// The parent's side of one worker process. Every call may throw Failure (crashed, timed_out, out_of_memory,
/// not_converted, not_compiled) or Error(interrupted) when `cancel` is set.
///
/// After a Failure that the worker answered itself (a refused load, say) it is still there and takes further requests;
/// after any other it has ended, and every call throws that Failure again.
///
/// The worker ends with the thread that constructed its client.
class Client {
 public:
  /// Starts the worker. folder: made when missing; the log is appended to `folder`/worker.log.
  /// errors  environment: the executable is missing or cannot be started
  Client(const std::filesystem::path& executable, const std::filesystem::path& folder, const Limits& limits,
         const base::CancelToken& cancel);
  ~Client();

  RuntimeInfo probe();

  /// Files written beside job.artifact, itself first. The worker writes them to its scratch folder; they are moved.
  /// errors  Failure: crashed when it names anything but new files of its own; Error(environment): disk full
  std::vector<std::filesystem::path> convert(const runtime::Job& job);
  Loaded load(const runtime::Job& job);

  /// Reads the samples from `folders` (one .npy per input, named `<index of input>.npy`, in the order of the loaded
  /// inputs as `names` gives them) and keeps them as the pool.
  void bind(const std::vector<std::filesystem::path>& folders, const std::vector<std::string>& names);

  /// Runs pool entry `sample` on `request`, leaves each output in `folder`/<index>.npy; returns names by index and the
  /// seconds of the inference alone. The worker writes them to its scratch folder; they are moved.
  struct Ran {
    std::vector<std::string> names;
    double seconds = 0;
  };
  Ran run(int sample, int request, const std::filesystem::path& folder);

  /// Runs each sample set of `folders` (as for bind, which has to be called again afterwards) on the loaded session and
  /// returns statistics of its float outputs; their origin is not known to the worker. One sample is
  /// in memory at a time, and no output twice.
  quantize::Statistics watch(const std::vector<std::filesystem::path>& folders, const std::vector<std::string>& names,
                             const Axes& axes);

  Measurement measure(const measure::Rules& rules, const measure::Load& load);
  Placement placement();

  /// Peak resident memory of the worker so far (VmHWM), in bytes.
  std::optional<std::uint64_t> peak_bytes();

  /// Asks it to end; kills it when it does not within a second.
  void quit();

  pid_t pid() const;

 private:
  /// The answer's members as `read` makes them; anything that it cannot read is a broken answer.
  template <typename Read>
  auto call(Op op, Json body, const Read& read);

  /// A folder below the worker's scratch folder.
  std::filesystem::path own_folder(const char* name) const;

  Supervisor supervisor_;
  std::int64_t last_id_ = 0;
};

}  // namespace autoaccel::worker
