#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/run.h"

namespace autoaccel::select {

/// What became of a figure from one run to another.
enum class Trend { better, worse, same, unknown };

/// A record of two runs, of the same variant; or what one deployed and the other does.
struct Change {
  std::string old_id, new_id;
  Outcome old_outcome = Outcome::skipped, new_outcome = Outcome::skipped;
  std::string reason;  ///< of the new outcome
  Trend speed = Trend::unknown;
  std::optional<double> old_seconds, new_seconds;  ///< of a request; of a sample where both aim at throughput
  std::optional<Interval> time_ratio;              ///< new over old, with 95 % confidence
  Trend fidelity = Trend::unknown;
  std::optional<double> old_db, new_db;  ///< SQNR of the worst output of the worst sample
  bool is_failing = false;               ///< ran before, and ends now in an error

  bool is_slower() const { return speed == Trend::worse; }
  bool is_less_faithful() const { return fidelity == Trend::worse; }
};

/// Something else than the model's variants that is not as it was.
struct Difference {
  std::string what;
  std::string before, now;
  bool makes_unlike = false;  ///< times, or outputs, then say nothing of the model alone
};

struct Changes {
  std::vector<Change> variants;          ///< those of both runs that were tried in one of them, in the new run's order
  std::vector<std::string> gone, added;  ///< ids that only one of the runs has tried
  std::optional<Change> deployed;        ///< the recommended, or the original where there is none
  std::vector<Difference> differences;
  double margin = 0;  ///< what a time may change by, relative, before it counts
};

/// Compares two runs of the same job, variant by variant.
///
/// Slower (faster): with 95 % confidence by more than the margin. The time is the geometric mean over the rounds of the
/// final where the record took part in both, with Student's interval, which knows how rounds differ; else the median of
/// the measurement with its interval, which knows less. The two runs being independent, half-widths of the logarithms
/// add up as the root of their squares. Figures of a record that is `suspect` or was not measured are not judged.
///
/// Less faithful: outside the limit now and not before, or kEqualFidelity less up to kFullFidelity.
///
/// margin  relative; where a run's own drift is larger, that counts: the machine cannot tell any better
Changes changes_between(const Run& before, const Run& now, double margin);

}  // namespace autoaccel::select
