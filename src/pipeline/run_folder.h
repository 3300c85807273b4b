#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "autoaccel/run.h"

namespace autoaccel::pipeline {

/// The layout of an output folder, and the only code that reads or writes its state files.
///
///     run.json  report.html  summary.xlsx  best/  onnx/  openvino/     results
///     variants/<id>/{record.json,worker.log,…}           one trial each
///     samples/<types>/<k>/<i>.npy  reference/<k>/<i>.npy
class RunFolder {
 public:
  /// Makes the folder and takes its lock; one process at a time writes a run folder.
  /// errors  environment: not writable, or another run is at work in it
  explicit RunFolder(std::filesystem::path root);
  ~RunFolder();
  RunFolder(RunFolder&& other) noexcept;
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path variant(const std::string& id) const { return root_ / "variants" / id; }
  std::filesystem::path samples() const { return root_ / "samples"; }
  std::filesystem::path reference() const { return root_ / "reference"; }
  std::filesystem::path best() const { return root_ / "best"; }

  /// `path` relative to the root when it is below it, else absolute.
  std::filesystem::path relative(const std::filesystem::path& path) const;

  /// The record of an earlier trial, if it was made under the same key.
  std::optional<Record> finished(const std::string& id, const std::string& key) const;
  void store(const Record& record, const std::string& key) const;

  /// All that were made under the key that their variant has now, by id.
  std::vector<Record> all_finished(const std::function<std::string(const Variant&)>& key_of) const;

  void store(const Run& run) const;  ///< run.json

 private:
  std::filesystem::path root_;
  int lock_ = -1;
};

}  // namespace autoaccel::pipeline
