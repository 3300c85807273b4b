#include "pipeline/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "pipeline/calibration_groups.h"
#include "pipeline/calibration_session.h"
#include "quantize/ranges_file.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

std::uint64_t watched_bytes(const CalibrationJob& job, CalibrationSession& session) {
  if (job.watched_bytes) return *job.watched_bytes;
  std::uint64_t peak_bytes = 0;
  session.with_loaded(session.copies().whole(), [&](worker::Client& client) {
    client.watch({session.samples().front()}, session.input_names(), {});
    peak_bytes = client.peak_bytes().value_or(0);
  });
  return std::max(kLeastWatchedBytes, static_cast<std::uint64_t>(kWatchedShare * static_cast<double>(peak_bytes)));
}

/// Looks at one group of the wanted values after another.
quantize::Statistics statistics_of(const CalibrationJob& job, const worker::Axes& wanted, Observer& observer,
                                   const base::CancelToken& cancel) {
  quantize::Statistics statistics(origin_of(job));
  const std::map<std::string, TensorInfo> types = model::infer_types(job.model, config::use_shapes(job.shapes));
  const WatchPlan at_once = plan_watches(job.model, wanted, types, std::numeric_limits<std::uint64_t>::max());
  if (at_once.inputs.empty() && at_once.groups.empty()) return statistics;
  CalibrationSession session(job, observer, cancel);
  observer.stage("calibrating: samples");
  session.write_samples([&](const TensorSet& set) {
    for (const auto& [name, axis] : at_once.inputs) statistics.add(name, *find(set, name), axis);
  });
  if (at_once.groups.empty()) return statistics;
  const WatchPlan plan = plan_watches(job.model, wanted, types, watched_bytes(job, session));
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    observer.stage(fmt::format("calibrating, part {} of {}", i + 1, plan.groups.size()));
    session.with_loaded(session.copies().show(plan.groups[i], types), [&](worker::Client& client) {
      statistics.merge(client.watch(session.samples(), session.input_names(), plan.groups[i]));
    });
  }
  return statistics;
}

}  // namespace

quantize::Statistics calibrate(const CalibrationJob& job, Observer& observer, const base::CancelToken& cancel) {
  quantize::Statistics known(origin_of(job));
  worker::Axes wanted = job.values;
  if (job.ranges && fs::exists(*job.ranges)) {
    known = quantize::read_statistics(*job.ranges, job.model_sha256);
    std::erase_if(wanted, [&](const auto& value) { return known.find(value.first) != nullptr; });
  }
  const quantize::Statistics found = statistics_of(job, wanted, observer, cancel);
  if (found.names().empty()) return known;
  // Of both origins: the one that is trusted less.
  const bool all_user =
      known.origin() == quantize::SampleOrigin::user && found.origin() == quantize::SampleOrigin::user;
  quantize::Statistics statistics(all_user ? quantize::SampleOrigin::user : quantize::SampleOrigin::generated);
  statistics.merge(known);
  statistics.merge(found);
  if (job.ranges) quantize::write_statistics(*job.ranges, statistics, job.model_sha256);
  return statistics;
}

}  // namespace autoaccel::pipeline
