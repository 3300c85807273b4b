#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "pipeline/calibration.h"
#include "pipeline/calibration_groups.h"
#include "quantize/statistics.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

/// Whose the samples of a calibration are: the user's where every input has files or a fixed value.
quantize::SampleOrigin origin_of(const CalibrationJob& job);

/// Samples and weights of a calibration on disk, and workers that run copies of the original.
///
/// The job must outlive it. Its folder, below the job's scratch, goes with it.
class CalibrationSession {
 public:
  /// errors  environment: no runtime is there; the folder cannot be made
  CalibrationSession(const CalibrationJob& job, Observer& observer, const base::CancelToken& cancel);

  /// Makes or reads the samples and writes them; `see` is called for each.
  void write_samples(const std::function<void(const TensorSet&)>& see);

  /// Writes the weights, once. errors  environment: disk full; interrupted
  const WatchedCopies& copies();

  const std::vector<std::filesystem::path>& samples() const { return samples_; }  ///< a folder each
  const std::vector<std::string>& input_names() const { return names_; }
  const std::filesystem::path& folder() const { return folder_.path(); }

  /// Calls `use` with a worker that has loaded the model. Where a place fails, the next is asked, now and from then on.
  ///
  /// errors  worker::Failure of the first place when all fail
  void with_loaded(const std::filesystem::path& model, const std::function<void(worker::Client&)>& use);

 private:
  /// A runtime and device that may run the model.
  struct Place {
    const plan::RuntimeDescription* runtime;
    Device device;
  };
  static std::vector<Place> places(const CalibrationJob& job);
  void with_loaded_at(const Place& place, const std::filesystem::path& model,
                      const std::function<void(worker::Client&)>& use);

  const CalibrationJob& job_;
  Observer& observer_;
  const base::CancelToken& cancel_;
  std::vector<Place> places_;
  std::size_t place_ = 0;
  std::optional<worker::Failure> first_failure_;
  base::TemporaryFolder folder_;
  std::vector<runtime::InputShapes> inputs_;
  std::vector<std::string> names_;  ///< of the inputs
  std::vector<std::filesystem::path> samples_;
  std::optional<WatchedCopies> copies_;
};

}  // namespace autoaccel::pipeline
