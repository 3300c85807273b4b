#include "pipeline/best.h"

#include "base/files.h"
#include "pipeline/best_manifest.h"
#include "report/loading_code.h"
#include "report/report.h"
#include "report/triton.h"
#include "select/figures.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

const Record& recommended_record(const Run& run) {
  const Record* record = select::find_record(run, *run.recommended);
  if (record == nullptr || !record->artifact) throw Error(Cause::defect, "the recommended record has no artifact");
  return *record;
}

/// A second name for a file; a copy where the file system has no links.
void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code not_linked;
  fs::create_hard_link(from, to, not_linked);
  if (not_linked) fs::copy_file(from, to);
}

void place_artifact(const RunFolder& folder, const Record& record, const fs::path& best) {
  // The user's own files are copied: a link would change with the original.
  const bool own = record.variant.recipe != "original" || record.artifact->path.is_relative();
  for (const fs::path& file : record.artifact->files) {
    const fs::path from = folder.root() / file;
    const fs::path to = best / from.filename();
    if (own) {
      link_or_copy(from, to);
    } else {
      fs::copy_file(from, to);
    }
  }
}

void write_programs(const Run& run, const Record& record, bool has_sample, const fs::path& best) {
  const auto code = report::loading_code(
      run, record.variant,
      {.file = record.artifact->path.filename().string(), .form = report::Form::program, .has_sample = has_sample});
  if (!code) return;
  base::write_file_atomically(best / "load.py", code->python);
  base::write_file_atomically(best / "load.cc", code->cpp);
}

/// triton/<model>/{config.pbtxt,1/…}: a model repository of one model, whose files are those of the artifact.
void write_triton(const Run& run, const Record& record, const fs::path& best) {
  const auto config = report::triton_config(run, record);
  if (!config) return;
  const fs::path model = best / "triton" / report::triton_name(run);
  fs::create_directories(model / "1");
  for (const fs::path& file : record.artifact->files) {
    const std::string name = file.filename().string();
    link_or_copy(best / name, model / "1" / report::triton_file_name(record.variant, name));
  }
  base::write_file_atomically(model / "config.pbtxt", *config);
}

}  // namespace

void write_best(const RunFolder& folder, const Run& run) {
  const fs::path best = folder.best();
  if (!run.recommended) {
    fs::remove_all(best);
    return;
  }
  const Record& record = recommended_record(run);
  const fs::path unfinished = best.string() + ".new";
  fs::remove_all(unfinished);  // of a run that was killed
  fs::create_directories(unfinished);
  place_artifact(folder, record, unfinished);
  BestManifest manifest;
  manifest.run = run_of_best(run, record);
  keep_check(folder, run, record, unfinished, manifest);
  write_programs(run, record, manifest.check.has_value(), unfinished);
  write_triton(run, record, unfinished);
  base::write_file_atomically(unfinished / "README.md", report::best_readme(run, record));
  write_manifest(unfinished, std::move(manifest));
  fs::remove_all(best);
  fs::rename(unfinished, best);
}

}  // namespace autoaccel::pipeline
