#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/run.h"
#include "base/cancel.h"
#include "measure/measure.h"
#include "plan/plan.h"

namespace autoaccel::pipeline {

/// Told of every step; the command line turns it into a progress bar or lines.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Once, when the plan is made: conversions to try as planned, variants with all settings, how many of them an
  /// earlier run has finished, and how many are skipped.
  virtual void planned(int forms, std::uint64_t points, int already_done, int skipped) = 0;
  /// index  of the trials of this run, from 0; total: expected at least, 0 when nobody can say
  virtual void started(const Variant& variant, int index, int total) = 0;
  virtual void stage(const std::string& what) = 0;  ///< of the variant at work: `converting`, `measuring`, …
  virtual void finished(const Record& record, int index, int total) = 0;
  virtual void note(const std::string& line) = 0;
};

/// How long the final goes on.
struct FinalRules {
  int least_rounds = 7;
  int most_rounds = 21;
  double half_width = 0.01;   ///< it ends when every ratio to the original is known to this, relative, with 95 %
  double turn_seconds = 0.3;  ///< of measuring, at least; slow models take 3 runs
  double most_seconds = 300;  ///< no round begins after that, once there are three
};

struct OptimizeJob {
  std::filesystem::path model;
  Config config;
  std::filesystem::path out;
  std::filesystem::path workers;                       ///< folder of the worker executables
  std::span<const plan::RuntimeDescription> runtimes;  ///< runtime::catalogue(), or a test's own
  measure::Rules rules;
  FinalRules final;
  std::string strategy = "racing";     ///< search/strategy.h
  std::vector<std::string> only = {};  ///< ids of variants; empty: all that are planned, and their settings
  double foreign_load_limit = 0.2;     ///< part of all processors that others may use during a measurement
  std::optional<std::filesystem::path> ranges = {};  ///< statistics of an earlier calibration; brought up to date
  bool is_sandboxed = true;                          ///< workers are shut in: worker/sandbox.h
  bool allow_cpu_fallback = false;    ///< where no runtime serves the GPU that the config names, the CPU is taken
  bool fresh = false;                 ///< forget what an earlier run in `out` has done
  std::string command;                ///< as typed: for run.json
  std::string program = "autoaccel";  ///< with `arguments`, what repeats a trial: `<program> trial <id><arguments>`
  std::string arguments;              ///< each after a space
};

/// The whole job: plan, search, final, select, write the reports. run.json is written after every trial.
/// errors  usage, model, environment; interrupted, after all that is finished is on disk, ranked
Run optimize(const OptimizeJob& job, Observer& observer, const base::CancelToken& cancel);

/// The variants that `optimize` would try or skip; runs nothing but the probes.
std::vector<plan::PlannedVariant> list_plan(const OptimizeJob& job, const base::CancelToken& cancel);

/// Tries one variant of the space, planned or with other settings, and stores its record; the original is run first
/// when its outputs are not there yet. errors  usage: no such variant, with the nearest id
Record try_one(const OptimizeJob& job, const std::string& variant_id, Observer& observer,
               const base::CancelToken& cancel);

/// Gathers the records below `out`, ranks them and writes run.json, report.html, summary.xlsx and best/.
Run write_reports(const std::filesystem::path& out);

/// What `bench` is told: one file on one runtime, nothing converted or compared.
struct BenchJob {
  std::filesystem::path file;  ///< .onnx, or what the runtime loads (.xml)
  Variant variant;             ///< runtime, device and settings; the recipe is `original`
};
/// Measures the file at the shapes of job.config; job.model and job.out are not used.
/// returns  a record with measurement and placement, or the outcome that came instead
/// errors   usage, model, environment, interrupted
Record bench(const OptimizeJob& job, const BenchJob& what, const base::CancelToken& cancel);

/// What `convert` is told: one recipe, nothing measured.
struct ConvertJob {
  std::string recipe;
  std::string runtime = {};  ///< for recipes whose result depends on it; empty: the first that offers the recipe
  IoTypes io = IoTypes::original;
  std::filesystem::path calibrate = {};  ///< samples of every input, file or folder; empty: what the config says
  std::set<std::string> exclude = {};    ///< nodes that stay as they are, by name or by first output
  std::filesystem::path output;          ///< the ONNX file to write
};
/// What came of it.
struct Conversion {
  std::vector<std::filesystem::path> files;  ///< written, the ONNX file first
  int nodes_converted = 0;
  int nodes_kept = 0;
  std::map<std::string, int> kept_by_reason;
  std::vector<std::string> notes;
};
/// Converts job.model; job.out is not used. Workers run only for recipes that need more than the graph.
/// errors  usage: no such recipe, or no such nodes; unsupported: what the recipe says, or no runtime here offers it;
///         model, environment, interrupted
Conversion convert(const OptimizeJob& job, const ConvertJob& what, Observer& observer, const base::CancelToken& cancel);

/// Runtimes with their probes, in the order given. One that is missing or fails is listed with the reason.
std::vector<RuntimeInfo> probe_runtimes(std::span<const plan::RuntimeDescription> runtimes,
                                        const std::filesystem::path& workers, const base::CancelToken& cancel,
                                        bool is_sandboxed = true);

}  // namespace autoaccel::pipeline
