#include "pipeline/optimize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/files.h"
#include "pipeline/explorer.h"
#include "pipeline/final.h"
#include "pipeline/run_state.h"
#include "pipeline/search_space.h"
#include "pipeline/shape_sweep.h"
#include "report/report.h"
#include "select/figures.h"
#include "select/finalists.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

/// Front-runners that are measured against each other.
constexpr int kFinalists = 4;
/// Change of the original's latency between the search and the final that is worth a warning: the search's own figures
/// are then rough. The final's rounds do not suffer from it.
constexpr double kDriftLimit = 0.1;

/// The final of an earlier run in this folder; nullopt when there is none that can be read.
std::optional<FinalRounds> earlier_final(const RunFolder& folder) {
  const fs::path path = folder.root() / "run.json";
  if (!fs::exists(path)) return std::nullopt;
  try {
    return report::run_from_json(base::read_file(path, 4ull << 30), path.string()).final_rounds;
  } catch (const Error&) {
    return std::nullopt;  // written by another version: the final is held again
  }
}

bool has_same_finalists(const FinalRounds& rounds, const std::string& original, const std::vector<std::string>& ids) {
  if (rounds.finalists.size() != ids.size() + 1 || rounds.finalists.front().id != original) return false;
  return std::all_of(ids.begin(), ids.end(), [&](const std::string& id) {
    return std::any_of(rounds.finalists.begin(), rounds.finalists.end(),
                       [&](const FinalRounds::Finalist& finalist) { return finalist.id == id; });
  });
}

const Record& record_of(const Run& run, const std::string& id) {
  const Record* found = select::find_record(run, id);
  if (found == nullptr) throw Error(Cause::defect, "no record of " + id);
  return *found;
}

/// A machine that has become slower or faster meanwhile makes the figures of the search doubtful.
void check_drift(Run& run, double before, double after, Observer& observer) {
  run.drift = after / before - 1;
  if (std::abs(*run.drift) <= kDriftLimit) return;
  run.warnings.push_back(
      fmt::format("the machine's speed changed: the original took {:.0f} % {} time in the final than "
                  "at the start; figures of variants outside the final are rough",
                  100 * std::abs(*run.drift), *run.drift > 0 ? "more" : "less"));
  observer.note("warning: " + run.warnings.back());
}

/// The front-runners and the original in turn; nothing where no variant is worth it.
void decide(const Workspace& workspace, Artifacts& artifacts, const Explorer& explorer,
            const std::optional<FinalRounds>& earlier, Observer& observer, Run& run) {
  const std::vector<std::string> ids = select::finalists(run, kFinalists);
  if (ids.empty() || run.original.empty()) return;
  if (explorer.tried() == 0 && earlier && has_same_finalists(*earlier, run.original, ids)) {
    run.final_rounds = earlier;
    return;
  }
  const double before = time_of(*record_of(run, run.original).measurement, run.config.objective).seconds;
  try {
    FinalRounds rounds =
        hold_final(workspace, artifacts, explorer.reference(), ids, workspace.job.final, observer, run);
    for (const FinalRounds::Finalist& finalist : rounds.finalists) {
      const Record& record = record_of(run, finalist.id);
      workspace.folder.store(record, workspace.key(record.variant));
    }
    if (!rounds.finalists.empty()) run.final_rounds = std::move(rounds);
  } catch (const worker::Failure& failure) {
    run.warnings.push_back("the final was not held: the original failed, " + failure.reason());
    return;
  }
  check_drift(run, before, time_of(*record_of(run, run.original).measurement, run.config.objective).seconds, observer);
}

/// How the recommended does at the other shapes that it has to accept.
void look_at_shapes(const Workspace& workspace, Artifacts& artifacts, Observer& observer, Run& run) {
  save(workspace.folder, run);
  if (!run.recommended) return;
  try {
    run.shapes = visit_shapes(workspace, artifacts, record_of(run, run.original).variant,
                              record_of(run, *run.recommended).variant, observer);
  } catch (const worker::Failure& failure) {
    run.warnings.push_back("other shapes were not tried: " + failure.reason());
  }
}

}  // namespace

Run optimize(const OptimizeJob& job, Observer& observer, const base::CancelToken& cancel) {
  Workspace workspace = open_workspace(job, observer, cancel);
  if (!job.only.empty()) restrict_plan(workspace, job.only);
  const auto earlier = job.fresh ? std::nullopt : earlier_final(workspace.folder);
  Artifacts artifacts(workspace, observer);
  Run run = start_run(workspace);
  try {
    Explorer explorer(workspace, artifacts, observer, run);
    explorer.go();
    decide(workspace, artifacts, explorer, earlier, observer, run);
    look_at_shapes(workspace, artifacts, observer, run);
  } catch (const Error& error) {
    // What is finished is ranked and reported.
    if (error.cause() == Cause::interrupted) write_all(workspace.folder, run);
    throw;
  }
  run.finished = base::utc_now();
  write_all(workspace.folder, run);
  return run;
}

}  // namespace autoaccel::pipeline
