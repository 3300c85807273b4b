#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/files.h"
#include "compare/compare.h"
#include "config/config.h"
#include "model/model.h"
#include "pipeline/sample_sets.h"
#include "plan/plan.h"
#include "quantize/judge.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

/// Has the user given samples for any input?
bool has_data(const Config& config);

/// Of `sets` sample sets that the user gave, those that conversions are judged on: every third, from the second on, so
/// that calibration and the final comparison can have the others; all of them when there are fewer than three.
std::vector<std::size_t> judging_share(std::size_t sets);

/// What candidates of a job are judged on, and where.
struct JudgingJob {
  const model::Model& original;
  const std::map<std::string, config::InputShapes>& shapes;  ///< by input
  const Config& config;                                      ///< samples and seed
  std::filesystem::path folder;                              ///< holds a temporary folder: samples, outputs, candidates
  std::filesystem::path workers;                             ///< folder of the worker executables
  std::span<const plan::RuntimeDescription> runtimes;
  worker::Limits limits;  ///< of every worker; a worker may judge several candidates in that time

  /// Variants of the original in float32: the first that runs makes the outputs to compare with.
  std::vector<Variant> references;

  /// Generated sets. Default: as many as a candidate takes about a second for, by the multiply-adds of the
  /// original, from 8 to 128. Decisions that are nearly ties are few, and hard by orders of magnitude: with n sets, the
  /// hardest of m others is harder than all of them with a chance of m / (n + m).
  std::optional<int> samples = {};
};

/// Samples that only candidates are judged on, and the original's outputs for them, on disk.
///
/// Generated inputs are of another seed than those that variants are compared on; of the user's own, it takes
/// judging_share(). What `job` refers to, and `cancel`, must outlive it. Its files go with it.
class JudgingSamples {
 public:
  /// Makes them. cost  an inference of the original per sample
  /// errors  as samples::make_samples; model: no runtime runs the original; environment; interrupted
  JudgingSamples(const JudgingJob& job, const base::CancelToken& cancel);

  const JudgingJob& job() const { return job_; }
  const base::CancelToken& cancel() const { return cancel_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  const SampleSets& sets() const { return sets_; }

  /// The original's outputs for set number `set`.
  TensorSet reference(int set) const;

  /// What a worker is asked to load: `model` as `variant` runs it.
  runtime::Job load_job(const Variant& variant, const std::filesystem::path& model) const;
  std::unique_ptr<worker::Client> start_worker(const Variant& variant, const std::string& name) const;

 private:
  std::filesystem::path reference_folder(int set) const;
  void run_original(const Variant& variant);
  void make_reference();

  JudgingJob job_;
  const base::CancelToken& cancel_;
  base::TemporaryFolder folder_;
  SampleSets sets_;
  std::vector<std::string> output_names_;
};

/// Judges candidates as `variant` will run them: in a worker of its runtime, with its settings. The worker reads the
/// candidate's ONNX file itself.
///
/// Scores are pooled over nothing: noise stays apart by sample. Where outputs are saturated probabilities, most samples
/// show hardly any noise, and it is the few others, by the limit on the worst sample, that decide.
///
/// cost  each candidate is written once, weights and all: a model of 3 GB takes seconds for that, and as many to load
class WorkerJudge final : public quantize::Judge {
 public:
  /// samples  must outlive it
  /// limit    e.g. of the variant's tolerance; `user` = {sqnr_db, 30} for 30 dB in the mean and 20 dB on the worst
  /// sample
  ///          of every output whatever its kind
  WorkerJudge(const JudgingSamples& samples, Variant variant, compare::Limit limit);

  quantize::Score judge(const model::Model& candidate) override;
  std::optional<double> seconds(const model::Model& candidate) override;

 private:
  worker::Loaded open(const model::Model& candidate);
  std::vector<compare::Margin> run_samples(quantize::Score& score);

  const JudgingSamples& samples_;
  Variant variant_;
  compare::Limit limit_;
  base::TemporaryFolder folder_;
  base::MonotonicClock clock_;
  std::unique_ptr<worker::Client> client_;
  double started_ = 0;
  int loads_ = 0;
};

}  // namespace autoaccel::pipeline
