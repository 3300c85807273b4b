#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/calibration.h"
#include "pipeline/calibration_session.h"
#include "quantize/channel_products.h"

namespace autoaccel::pipeline {

/// How channels go together over the calibration samples, for passes that ask: a worker runs the part of the original
/// that makes the values, and multiplies them with themselves.
///
/// The job and what else it is given must outlive it. `values` and `ranges` of the job do not matter.
class CalibrationProducts final : public quantize::ProductsSource {
 public:
  /// Channels of a value, at most: 64 MiB of products for each sample and value.
  static constexpr std::size_t kMostChannels = 4096;

  /// Samples, at most: each has as many rows as the value has.
  static constexpr std::size_t kMostSamples = 32;

  CalibrationProducts(const CalibrationJob& job, Observer& observer, const base::CancelToken& cancel)
      : job_(job), observer_(observer), cancel_(cancel) {}

  /// errors  as calibrate
  std::map<std::string, quantize::ChannelProducts> products(const std::vector<std::string>& values) override;

 private:
  const CalibrationJob job_;
  Observer& observer_;
  const base::CancelToken& cancel_;
  std::optional<CalibrationSession> session_;  ///< from the first question on
  std::map<std::string, std::size_t> channels_;
};

}  // namespace autoaccel::pipeline
