#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/tensor.h"
#include "autoaccel/variant.h"

namespace autoaccel {

/// How a trial ended. The set is closed: reports and exit codes know exactly these.
enum class Outcome {
  ok,
  skipped,        ///< planned away, with the reason
  not_converted,  ///< a pass or the runtime's converter refused
  not_compiled,   ///< the runtime could not load or compile the artifact
  crashed,        ///< the worker ended by a signal, an exit code or a broken answer
  timed_out,
  out_of_memory,
  disagreed,  ///< ran, outputs outside the limit
  suspect,    ///< ran and agreed, but the numbers are not to be trusted
};

std::string to_text(Outcome outcome);
std::optional<Outcome> outcome_from_text(std::string_view text);
std::vector<std::string> outcome_names();

/// Quantiles of the latency of one request, in seconds; absent where the samples are too few to state it.
struct LatencySummary {
  std::optional<double> median, mean, p90, p95, p99, p999;
  std::optional<double> min, max;
};

/// A GPU around a measurement, as NVML tells it right before and right after; absent is what it does not tell.
struct GpuConditions {
  std::string name;
  std::optional<double> clock_hertz;         ///< of the multiprocessors, the lower one
  std::optional<double> clock_most_hertz;    ///< what they can do
  std::optional<double> memory_clock_hertz;  ///< the lower one
  std::optional<double> celsius;             ///< the higher one
  std::optional<double> watts;               ///< the higher one
  std::optional<double> memory_bytes;        ///< in use on the whole GPU, the higher one
  std::optional<int> other_processes;        ///< that compute on it, the higher one
  std::vector<std::string> throttled_by;     ///< reasons seen: `power cap`, `temperature`; idling is none
};

/// How busy and how fast the machine was around a measurement.
struct Conditions {
  std::optional<double> load_average_before;   ///< 1-minute load average
  std::optional<double> foreign_cpu_fraction;  ///< processor time of other processes during it / (wall × processors)
  std::optional<double> involuntary_switches;  ///< of the worker, per second
  std::optional<std::string> governor;
  std::optional<double> throttled_seconds;  ///< by the cgroup's quota, during it
  std::optional<GpuConditions> gpu;         ///< of a variant on a GPU whose driver brings NVML
};

/// Numbers of one trial. SI units; raw samples in the order they were taken.
struct Measurement {
  double throughput_per_second = 0;  ///< batch × runs / wall
  std::int64_t batch = 1;            ///< samples in one request
  int requests_in_flight = 1;
  std::int64_t runs = 0;
  double wall_seconds = 0;  ///< of the timed region
  LatencySummary latency_seconds;
  std::vector<double> samples_seconds;  ///< latency of each timed request
  double median_half_width = 0;         ///< half of the 95 % interval of the median, relative to it
  double coefficient_of_variation = 0;  ///< standard deviation / mean of the latency
  bool noisy = false;                   ///< the time limit came before the interval was narrow enough
  double convert_seconds = 0;           ///< rewrite and the runtime's own conversion
  double load_seconds = 0;              ///< load and compile
  double first_inference_seconds = 0;
  double warm_up_seconds = 0;
  std::int64_t warm_up_runs = 0;
  std::optional<std::uint64_t> peak_bytes;  ///< peak resident memory of the worker
  Conditions conditions;
};

/// How one output compares with the original's over all samples: mean and worst sample of each figure.
struct OutputAgreement {
  struct Figure {
    double mean = 0;
    double worst = 0;
  };
  std::string name;
  std::string kind;  ///< `probabilities`, `values`, `labels`: decides which figures are judged
  Figure mean_absolute_error;
  Figure max_absolute_error;
  Figure relative_error;  ///< Σ|a − b| / Σ|b|
  Figure cosine_similarity;
  Figure sqnr_db;  ///< 10 log10(Σ b² / Σ (a − b)²); 200 for equal outputs
  std::optional<Figure>
      top1_agreement;           ///< fraction of rows with the same arg-max, where the output looks like class scores
  std::uint64_t nan_count = 0;  ///< NaN where the original has none, over all samples
  std::uint64_t inf_count = 0;
  bool within_limit = true;
  std::string judged_by;  ///< the rule in words: `sqnr_db 27.8 ≥ 20`
  std::optional<double> worst_sqnr_limit_db;  ///< what the worst sample must have; absent where other figures decide
};

struct Agreement {
  std::vector<OutputAgreement> outputs;
  int samples = 0;
  bool within_limit = true;
  std::string reason;  ///< empty when within the limit; else the output and figure that failed
  // The worst output of each figure, over the worst sample.
  double mean_absolute_error = 0;  ///< worst output, mean over samples
  double max_absolute_error = 0;
  double cosine_similarity = 1;
  double sqnr_db = 0;
};

/// What really executed, from the runtime's own report.
struct Placement {
  /// Nodes by what ran them: execution provider, or precision of the kernel, e.g. {"bf16": 212, "f32": 9}.
  std::map<std::string, int> nodes_by_kind;
  std::string summary;                ///< "212 nodes bf16, 9 f32"; empty when the runtime tells nothing
  std::vector<std::string> warnings;  ///< e.g. nodes that fell back to another device
  /// What costs the time: `Conv`, `ConvTranspose` and `MatMul` (with Gemm, fully connected and attention), by what the
  /// kernels compute in: `f32`, `f16`, `bf16`, `i8`, or `integer_weights` with activations that are float. Empty when
  /// the runtime tells nothing.
  std::map<std::string, std::map<std::string, int>> layers;
};

struct Artifact {
  std::filesystem::path path;                ///< relative to the run folder
  std::uint64_t bytes = 0;                   ///< all its files together
  std::vector<std::filesystem::path> files;  ///< relative to the run folder; path first
};

/// Bounds of a figure with 95 % confidence.
struct Interval {
  double low = 0;
  double high = 0;
};

/// A variant tried, or not: the row of every report.
struct Record {
  Variant variant;
  Outcome outcome = Outcome::skipped;
  std::string reason;   ///< one line, empty only when outcome is ok
  std::string details;  ///< longer text: the runtime's message, the last lines of the worker's log
  std::optional<Artifact> artifact;
  std::optional<Measurement> measurement;
  std::optional<Agreement> agreement;
  std::optional<Placement> placement;
  std::vector<std::string> notes;  ///< remarks for the reader: noisy, clamped constants, fallback level, …
  std::string repeat_command;      ///< runs this trial alone
  // Filled by select:
  std::optional<int> rank;                    ///< 1 is the best; only for outcomes that ran
  std::optional<double> speed_up;             ///< against the original; of the final where it took part
  std::optional<Interval> speed_up_interval;  ///< known for those of the final
  bool on_pareto_front = false;  ///< qualifies, and no other that does is faster, more faithful and smaller at once
};

}  // namespace autoaccel
