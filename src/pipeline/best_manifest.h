#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "autoaccel/run.h"
#include "pipeline/run_folder.h"

namespace autoaccel::pipeline {

/// A file of best/.
struct BestFile {
  std::string path;  ///< relative to best/
  std::uint64_t bytes = 0;
  std::string sha256;
};

/// One sample of the run, kept in best/check/: inputs/<index of input>.npy as the artifact takes them, and
/// outputs/<part>/<index>.npy, the original's outputs for each of the samples that the request is made of.
struct BestCheck {
  int parts = 1;
  std::vector<std::string> outputs;  ///< names by index
};

/// manifest.json: what best/ is, and what each of its files has to hold.
struct BestManifest {
  std::vector<BestFile> files;
  std::optional<BestCheck> check;
  std::string why_no_check;  ///< empty where there is one
  Run run;  ///< cut to the recommended record and the original, without raw samples; paths are of best/

  const Record& record() const;  ///< the recommended one
};

/// Keeps a sample in `best`/check, if the run folder has one and it is no larger than 32 MB.
void keep_check(const RunFolder& folder, const Run& run, const Record& record, const std::filesystem::path& best,
                BestManifest& manifest);

/// Lists the files that lie in `best` and writes manifest.json beside them.
void write_manifest(const std::filesystem::path& best, BestManifest manifest);

/// errors  usage: no manifest.json there; model: it is damaged, or names files outside the folder
BestManifest read_manifest(const std::filesystem::path& best);

/// errors  model: a file that is missing or has changed, by name
void check_files(const std::filesystem::path& best, const BestManifest& manifest);

/// The run as the manifest holds it.
Run run_of_best(const Run& run, const Record& record);

/// What the artifact takes, in the model's order: types and shapes of the record.
std::vector<TensorInfo> inputs_of_best(const Run& run, const Variant& variant);

}  // namespace autoaccel::pipeline
