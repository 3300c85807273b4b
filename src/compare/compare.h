#pragma once

#include <optional>
#include <string>
#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/record.h"
#include "autoaccel/tensor.h"

namespace autoaccel::compare {

/// What agreement is judged by: the user's limit, or one per kind of output.
///
/// The kind of an output follows from the original's values over all samples:
///   labels         integers and booleans. The fraction of equal elements (reported as top-1 agreement), mean over
///                  samples, is at least 1 - probability_error
///   probabilities  floats that all lie in [0, 1], at least one of them 0.05 or more. On no sample is √(Σ (c - r)² / n)
///                  above probability_error, where n counts the elements with r or c ≥ 0.05 (at least one): the error
///                  of the classes or pixels that count, not diluted by the silent ones and not decided by a single
///                  pixel of a map of many. And their SQNR is as that of values: a sample whose classes change places
///                  shows in it, even where probabilities are small
///   values         all other floats. SQNR, mean over samples, is at least sqnr_db, and on the worst sample at most 10 dB
///                  below. Near-silent probabilities (none reaches 0.05) are judged this way too: there an absolute
///                  limit would let an output of zeros pass
///
/// A user's limit is held against the mean over samples, max_absolute_error against the worst sample, sqnr_db as above.
/// Where it has no meaning (top1 for an output without class scores; sqnr_db, cosine_similarity and relative_error for
/// labels) the rule of the kind stays.
///
/// Whatever the limit, an output fails with NaN or infinity where the original has none, with a number where the
/// original has NaN or infinity, when it is missing, or has another shape. Equal NaN and infinities count as equal.
struct Limit {
  std::optional<AccuracyLimit> user;  ///< overrides the two below, for every output
  double sqnr_db = 0;                 ///< floats: mean over samples at least this, the worst sample at most 10 dB below
  double probability_error = 0;       ///< `probabilities`: at most, on any sample
};

/// How an output stands to its limit, for a search that needs to know how much more it may do.
///
/// noise  as a share of what the limit allows, by sample: within the limit while min(mean of -10 log10 n,
///        min of -10 log10 n + one_sample_more_db) ≥ 0. Where the limit is an SQNR, shares of the power that the mean
///        may have, and one sample 10 dB more; where it is the probabilities' error, shares of its square, and no
///        sample more. Both add up like the powers of independent noises. Any other figure gives one share for all
///        samples: (error / limit)², or (1 - similarity) / (1 - limit)
struct Margin {
  OutputAgreement agreement;
  std::vector<double> noise;
  double one_sample_more_db = 0;
  double probability_error = 0;  ///< of the worst sample; only of `probabilities`
  std::string failure;           ///< why it fails under any limit, and `noise` is empty; empty: it does not
};

/// Collects outputs sample by sample, then judges them.
///
/// Memory: the figures only; tensors are not kept. Cost: one pass over both tensors, and one more where the output
/// looks like class scores.
class AgreementBuilder {
 public:
  AgreementBuilder();
  ~AgreementBuilder();
  AgreementBuilder(AgreementBuilder&&) noexcept;
  AgreementBuilder& operator=(AgreementBuilder&&) noexcept;

  /// Compares one set of outputs with the original's for the same inputs. Outputs are matched by name; types may differ
  /// (float16 against float32), shapes must not. A missing output or another shape makes the agreement fail by name.
  void add(const TensorSet& reference, const TensorSet& candidate);

  /// Without a sample nothing is shown to agree: outside the limit.
  Agreement finish(const Limit& limit) const;

  /// Of every output, in the original's order; two of one that two limits hold for.
  std::vector<Margin> margins(const Limit& limit) const;

 private:
  struct PerOutput;
  std::vector<PerOutput> outputs_;
  int samples_ = 0;
};

}  // namespace autoaccel::compare
