#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/host.h"
#include "base/json_values.h"
#include "base/text.h"
#include "pipeline/run_state.h"
#include "pipeline/search_space.h"
#include "pipeline/trial.h"
#include "report/report.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

/// The variant whose outputs are the reference when it runs.
Variant first_candidate(const Workspace& workspace) {
  for (const plan::PlannedVariant& planned : workspace.plan)
    if (planned.skip_reason.empty() && may_be_reference(planned.variant)) return planned.variant;
  return {};
}

/// The reference of the folder, made now by the first variant that can make it.
Reference require_reference(const Workspace& workspace, Artifacts& artifacts, Observer& observer) {
  for (const plan::PlannedVariant& planned : workspace.plan) {
    if (!planned.skip_reason.empty() || !may_be_reference(planned.variant)) continue;
    if (auto stored = stored_reference(workspace, planned.variant)) return *stored;
    Reference reference;
    const Record record = try_variant(workspace, artifacts, planned.variant, reference, observer);
    workspace.folder.store(record, workspace.key(planned.variant));
    if (!reference.id.empty()) return reference;
  }
  throw Error(Cause::model, "no runtime runs the original model",
              "see the worker.log files in " + (workspace.folder.root() / "variants").string());
}

Run read_run(const fs::path& path) {
  if (!fs::exists(path))
    throw Error(Cause::usage, fmt::format("{} holds no run", path.parent_path().string()),
                "run autoaccel optimize or trial with this --out first");
  return report::run_from_json(base::read_file(path, 4ull << 30), path.string());
}

/// Records of trials made one by one replace or join those in run.json.
void gather(const RunFolder& folder, Run& run) {
  const fs::path variants = folder.root() / "variants";
  if (!fs::exists(variants)) return;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(variants))
    if (fs::exists(entry.path() / "record.json")) files.push_back(entry.path() / "record.json");
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    Record record;
    base::from_json(base::Json::parse(base::read_file(file)).at("record"), record, file.string());
    const auto same = std::find_if(run.records.begin(), run.records.end(),
                                   [&](const Record& r) { return r.variant == record.variant; });
    if (same == run.records.end()) {
      run.records.push_back(std::move(record));
    } else {
      *same = std::move(record);
    }
  }
}

}  // namespace

std::vector<plan::PlannedVariant> list_plan(const OptimizeJob& job, const base::CancelToken& cancel) {
  const model::Model original = model::Model::load(job.model);
  const ModelSummary summary = model::summarize(original);
  const auto shapes = config::bind_shapes(job.config, summary.inputs, summary.outputs);
  Config config = resolve_bytes(job.config, original, shapes);
  const std::vector<RuntimeInfo> found = probe_runtimes(job.runtimes, job.workers, cancel, job.is_sandboxed);
  fall_back_to_cpu(job, found, config);
  return plan::make_plan(config, job.runtimes, found, base::read_host());
}

Record try_one(const OptimizeJob& job, const std::string& variant_id, Observer& observer,
               const base::CancelToken& cancel) {
  const Workspace workspace = open_workspace(job, observer, cancel);
  const Variant variant = find_variant(workspace, variant_id);
  Artifacts artifacts(workspace, observer);
  Reference reference;
  // The first candidate makes the reference itself.
  if (!(variant == first_candidate(workspace))) reference = require_reference(workspace, artifacts, observer);
  observer.started(variant, 0, 1);
  const Record record = try_variant(workspace, artifacts, variant, reference, observer);
  workspace.folder.store(record, workspace.key(variant));
  observer.finished(record, 0, 1);
  if (!fs::exists(workspace.folder.root() / "run.json")) {
    Run run = start_run(workspace);
    run.original = reference.id;
    for (const plan::PlannedVariant& other : workspace.plan)
      if (!other.skip_reason.empty()) run.records.push_back(skipped_record(workspace, other));
    gather(workspace.folder, run);
    save(workspace.folder, run);
  }
  return record;
}

Run write_reports(const fs::path& out) {
  const fs::path path = out / "run.json";
  Run run = read_run(path);
  const RunFolder folder(out);
  gather(folder, run);
  write_all(folder, run);
  return run;
}

}  // namespace autoaccel::pipeline
