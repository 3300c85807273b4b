#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "autoaccel/run.h"
#include "base/cancel.h"
#include "base/json_values.h"
#include "measure/measure.h"
#include "plan/plan.h"

namespace autoaccel::pipeline {

struct VerifyJob {
  std::filesystem::path best;
  std::filesystem::path workers;
  std::span<const plan::RuntimeDescription> runtimes;
  bool speed = false;  ///< measure too
  measure::Rules rules;
  double tolerance = 0.1;  ///< of a latency, relative: machines drift by that much between two hours
  double foreign_load_limit = 0.2;
};

/// What the measurement says beside what the manifest states; seconds of a request, or of a sample where throughput
/// was the objective.
struct SpeedCheck {
  double stated_seconds = 0, stated_half_width = 0;  ///< half-widths are relative, with 95 % confidence
  double seconds = 0, half_width = 0;
  double foreign_load = 0;  ///< part of the processors that other processes used meanwhile
  bool is_trusted = true;   ///< little else ran
  bool is_slower = false;   ///< the intervals are apart by more than the tolerance
};

struct Verified {
  std::string id;     ///< of the variant
  std::string label;  ///< for people; safe to print
  std::size_t files = 0;
  std::string runtime, version, stated_version;
  Outcome outcome = Outcome::ok;  ///< ok, disagreed, suspect, or how the worker failed
  std::string reason;             ///< empty only when ok
  std::string details;
  double load_seconds = 0;
  std::optional<Agreement> agreement;  ///< nullopt: best/ keeps no sample, or it did not run
  std::string why_no_check;
  std::optional<SpeedCheck> speed;
  std::vector<std::string> differences;  ///< what this machine has other than the one that measured; safe to print

  bool is_ok() const { return outcome == Outcome::ok && !(speed && speed->is_slower); }
};

/// Checks that best/ holds what was measured and does here what it did there: digests of its files, then in a worker,
/// with the recorded settings, its outputs against the original's on the sample that it keeps; and its speed.
///
/// errors  usage: no best/ folder; model: manifest or files are damaged, by name; environment; interrupted
Verified verify_best(const VerifyJob& job, const base::CancelToken& cancel);

base::Json to_json(const Verified& verified);

}  // namespace autoaccel::pipeline
