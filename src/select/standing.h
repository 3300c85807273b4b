#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "autoaccel/run.h"
#include "select/figures.h"
#include "select/paired.h"

namespace autoaccel::select {

/// How the records of a run stand against its original, by all that is known: the rounds of the final where both took
/// part, else their own measurements, which the machine's drift between the two makes rougher. Holds on to the run.
class Standing {
 public:
  explicit Standing(const Run& run);

  const Run& run() const { return run_; }
  const Record* original() const { return original_; }  ///< nullptr when there is none
  bool is_original(const Record& record) const { return &record == original_; }

  /// Seconds by round; nullptr for what did not take part in the final.
  const std::vector<double>* rounds(const Record& record) const;

  /// The original's time over the record's, from the final; nullopt: one of them did not take part.
  std::optional<Ratio> final_speed_up(const Record& record) const;

  /// In time (seconds a sample where throughput is the objective), beyond doubt.
  bool is_faster(const Record& record) const;
  bool is_slower(const Record& record) const;

  /// Better than the original by the objective, beyond doubt, and not slower.
  bool is_better(const Record& record) const;

  /// `ok`, within its limit, another one than the original, and that can be trusted.
  bool is_faithful(const Record& record) const;

  /// Faithful, better, and within the constraints.
  bool qualifies(const Record& record) const;

 private:
  bool is_apart(const Figure& less, const Figure& more) const { return less.high() * (1 + drift_) < more.low(); }

  const Run& run_;
  const Record* original_ = nullptr;
  double drift_ = 0;
  std::map<const Record*, const std::vector<double>*> rounds_;
};

}  // namespace autoaccel::select
