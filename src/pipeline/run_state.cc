#include "pipeline/run_state.h"

#include "autoaccel/version.h"
#include "base/clock.h"
#include "base/files.h"
#include "pipeline/best.h"
#include "recipe/recipe.h"
#include "report/report.h"
#include "select/select.h"

namespace autoaccel::pipeline {

namespace {

int complexity_of(std::string_view name) {
  const recipe::Recipe* recipe = recipe::find_recipe(name);
  return recipe == nullptr ? 0 : recipe->complexity;
}

}  // namespace

Run start_run(const Workspace& workspace) {
  Run run;
  run.tool_version = kVersion;
  run.started = base::utc_now();
  run.command = workspace.job.command;
  run.model = workspace.summary;
  if (workspace.job.config.file) run.config_sha256 = base::sha256_of_file(*workspace.job.config.file);
  run.config = workspace.config;
  run.host = workspace.host;
  run.runtimes = workspace.runtimes;
  run.samples = workspace.samples;
  if (!workspace.job.is_sandboxed)
    run.warnings.push_back("--no-sandbox: workers ran with all rights of the user, network and files included");
  if (!workspace.fallback.empty()) run.warnings.push_back(workspace.fallback);
  return run;
}

Record skipped_record(const Workspace& workspace, const plan::PlannedVariant& planned) {
  Record record;
  if (!workspace.fallback.empty()) record.notes.push_back(workspace.fallback);
  record.variant = planned.variant;
  record.outcome = Outcome::skipped;
  record.reason = planned.skip_reason;
  return record;
}

void save(const RunFolder& folder, Run& run) {
  select::select(run, {complexity_of});
  folder.store(run);
}

void write_all(const RunFolder& folder, Run& run) {
  save(folder, run);
  report::write_xlsx(run, folder.root() / "summary.xlsx");
  base::write_file_atomically(folder.root() / "report.html", report::html_report(run));
  base::write_file_atomically(folder.root() / "summary.md", report::markdown_summary(run));
  base::write_file_atomically(folder.root() / "summary.csv", report::csv_summary(run));
  base::write_file_atomically(folder.root() / "junit.xml", report::junit_summary(run));
  write_best(folder, run);
}

bool may_be_reference(const Variant& variant) {
  if (variant.recipe != "original" || variant.io != IoTypes::original) return false;
  const auto precision = variant.settings.find("precision");
  return precision == variant.settings.end() || precision->second == "f32";
}

}  // namespace autoaccel::pipeline
