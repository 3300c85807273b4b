#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/model.h"

namespace autoaccel::quantize {

/// Slack of a candidate that does not load, crashes, or shows NaN or infinity where the original has none: far outside.
inline constexpr double kBrokenSlackDb = -200;

/// How one output of a candidate compares with the original's, over the judge's samples; compare/compare.h has the
/// rules.
struct OutputScore {
  std::string name;
  std::string kind;              ///< `values`, `probabilities`, `labels`
  double mean_sqnr_db = 0;       ///< over the samples
  double worst_sqnr_db = 0;      ///< of the worst sample
  double probability_error = 0;  ///< of the worst sample; only of `probabilities`
  double slack_db = 0;           ///< how far inside the limit (≥ 0) or outside it (< 0)

  /// Noise as a share of what the limit allows, by sample; the mean's limit, where there is one for the mean. Noises of
  /// separate nodes roughly add up, sample by sample, so what several do together can be foretold from each alone.
  ///
  /// SQNR: the share of the power; the error of probabilities: that of its square. Other limits give one share for all
  /// samples together.
  std::vector<double> noise;
  double one_sample_more_db = 0;  ///< how much more noise one sample may have than all in the mean (SQNR: 10); else 0
};

/// What a judge says of a candidate.
struct Score {
  std::vector<OutputScore> outputs;  ///< two of an output for which two limits hold
  double slack_db = kBrokenSlackDb;  ///< of the output that does worst
  double seconds = 0;                ///< shortest inference seen meanwhile: rough, for the record
  std::string failure;               ///< why it cannot be used whatever the limit, one printable line; empty: it can

  bool is_within(double slack_wanted_db = 0) const { return failure.empty() && slack_db >= slack_wanted_db; }
};

/// min(mean of -10 log10 n, min of -10 log10 n + one_sample_more_db), n the noise shares by sample:
/// OutputScore::slack_db of an output with that noise.
double slack_db_of(std::span<const double> noise, double one_sample_more_db);

/// Runs candidates as their variant will run and compares their outputs with the original's: what guards the accuracy
/// of a conversion while it is made. Answered by `pipeline`, with a worker of the variant's runtime.
class Judge {
 public:
  virtual ~Judge() = default;

  /// Loads and runs the candidate on the judge's samples, which are neither those of calibration nor those that the
  /// finished variant is compared on. A candidate that fails to run is a Score with the failure, not an error.
  ///
  /// cost    a save of the model, a load by the runtime, an inference per sample
  /// errors  environment: no worker, disk full; interrupted
  virtual Score judge(const model::Model& candidate) = 0;

  /// A quick latency of one inference, in seconds; absent when this judge does not time or the candidate does not run.
  /// To compare two candidates, ask for them in turn and more than once.
  virtual std::optional<double> seconds(const model::Model& candidate) = 0;
};

}  // namespace autoaccel::quantize
