#include "pipeline/best.h"

#include <algorithm>

#include "base/files.h"
#include "report/report.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

void write_best(const RunFolder& folder, const Run& run) {
  const fs::path best = folder.best();
  fs::remove_all(best);
  if (!run.recommended) return;
  const auto record = std::find_if(run.records.begin(), run.records.end(),
                                   [&](const Record& r) { return r.variant.id() == *run.recommended; });
  if (record == run.records.end() || !record->artifact) throw Error(Cause::defect, "the recommended record has no artifact");
  fs::create_directories(best);
  // The user's own files are copied: a link would change with the original.
  const bool own = record->variant.recipe != "original" || record->artifact->path.is_relative();
  for (const fs::path& file : record->artifact->files) {
    const fs::path from = folder.root() / file;
    const fs::path to = best / from.filename();
    std::error_code not_linked;
    if (own) fs::create_hard_link(from, to, not_linked);
    if (!own || not_linked) fs::copy_file(from, to);
  }
  base::write_file_atomically(best / "README.md", report::best_readme(run, *record));
}

}  // namespace autoaccel::pipeline
