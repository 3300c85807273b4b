#pragma once

#include <string>
#include <utility>
#include <vector>

#include "autoaccel/run.h"
#include "select/select.h"

namespace autoaccel::select {

inline int complexity_of(std::string_view recipe) { return recipe == "original" ? 0 : recipe == "fp16" ? 2 : 5; }

/// A record that ran: `latency` seconds ± `half_width`, one sample a request.
inline Record ran(const std::string& runtime, const std::string& recipe, double latency, double half_width = 0.01) {
  Record record;
  record.variant = {.recipe = recipe, .runtime = runtime, .device = {}, .io = IoTypes::original, .settings = {}};
  record.outcome = Outcome::ok;
  record.artifact = Artifact{.path = "x.onnx", .bytes = 1'000'000, .files = {"x.onnx"}};
  record.measurement.emplace();
  record.measurement->latency_seconds.median = latency;
  record.measurement->throughput_per_second = 1 / latency;
  record.measurement->median_half_width = half_width;
  record.agreement.emplace();
  record.agreement->sqnr_db = 40;
  record.agreement->max_absolute_error = 0.00123;
  return record;
}

inline Record original_at(double latency) {
  Record record = ran("onnxruntime", "original", latency);
  record.agreement->sqnr_db = 200;
  return record;
}

inline Run run_of(std::vector<Record> records) {
  autoaccel::Run run;
  run.original = "onnxruntime-original";
  run.records = std::move(records);
  return run;
}

inline void rank(Run& run) { select(run, {complexity_of}); }

/// A final of rounds in which the machine becomes slower by a tenth each time: `seconds` by id, with these factors of
/// each round's own.
struct Finalist {
  std::string id;
  double seconds;
  std::vector<double> factors = {1, 1, 1, 1};
};
inline FinalRounds final_of(const std::vector<Finalist>& finalists) {
  FinalRounds rounds;
  for (const Finalist& finalist : finalists) {
    std::vector<double> seconds;
    for (const double factor : finalist.factors)
      seconds.push_back(finalist.seconds * factor * (1 + 0.1 * static_cast<double>(seconds.size())));
    rounds.finalists.push_back({finalist.id, seconds});
  }
  return rounds;
}

}  // namespace autoaccel::select
