#pragma once

#include <optional>
#include <string>
#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/record.h"
#include "autoaccel/tensor.h"

namespace autoaccel::compare {

/// What agreement is judged by: the user's limit, or one per kind of output.
struct Limit {
  std::optional<AccuracyLimit> user;   ///< overrides the two below, for every output
  double sqnr_db = 0;                  ///< `values`: mean over samples at least this, the worst sample at most 10 dB below
  double max_absolute_error = 0;       ///< `probabilities`: at most, on any sample
};

/// Collects outputs sample by sample, then judges them.
///
/// Memory: the figures only; tensors are not kept.
class AgreementBuilder {
 public:
  /// Compares one set of outputs with the original's for the same inputs. Outputs are matched by name; types may differ
  /// (float16 against float32), shapes must not. A missing output or another shape makes the agreement fail by name.
  void add(const TensorSet& reference, const TensorSet& candidate);

  Agreement finish(const Limit& limit) const;

 private:
  struct PerOutput;
  std::vector<PerOutput> outputs_;
  int samples_ = 0;
};

}  // namespace autoaccel::compare
