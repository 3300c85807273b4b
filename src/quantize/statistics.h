#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "autoaccel/tensor.h"
#include "base/json_values.h"
#include "model/model.h"

namespace autoaccel::quantize {

/// What was seen of one tensor over the calibration samples, in bounded memory: everything that any calibrator needs.
///
/// The histogram has kBins equal bins over [−reach, reach); reach is a power of two times the first sample's largest
/// magnitude and doubles, two bins becoming one, when a value falls outside. Counts are exact, positions to one bin.
struct TensorStatistics {
  static constexpr int kBins = 4096;

  std::uint64_t count = 0;       ///< finite elements seen
  std::uint64_t not_finite = 0;  ///< NaN and infinities
  double min = 0;                ///< of the finite elements
  double max = 0;
  double sum = 0;
  double sum_of_squares = 0;
  double reach = 0;              ///< 0 while only zeros were seen
  std::vector<std::uint64_t> histogram;

  /// Figures along one axis, where asked for: mean and largest magnitude of each index.
  std::optional<int> channel_axis;
  std::vector<double> channel_sum;
  std::vector<double> channel_max_abs;
  std::uint64_t count_per_channel = 0;

  /// Adds the elements of a float tensor. errors  unsupported: not a float type
  void add(const Tensor& tensor);
};

base::Json to_json(const TensorStatistics& value);
void from_json(const base::Json& json, TensorStatistics& value, const std::string& where);

/// By value name.
using Statistics = std::map<std::string, TensorStatistics>;

/// One file for all calibrators and dialects (`--ranges FILE`): readable JSON with the model's digest and the samples' origin.
void write_statistics(const std::filesystem::path& path, const Statistics& statistics, const std::string& model_sha256);
/// errors  model: malformed; usage: made from another model
Statistics read_statistics(const std::filesystem::path& path, const std::string& model_sha256);

/// Who knows a runtime: asked here, answered by the pipeline through a worker.
class Calibration {
 public:
  virtual ~Calibration() = default;

  /// Statistics of these values of the model over the calibration samples. A bounded number of tensors is watched at a time
  /// and no activation is stored.
  /// channels  the axis along which channel figures are wanted, by value
  virtual Statistics watch(const model::Model& model, std::span<const std::string> values,
                           const std::map<std::string, int>& channels) = 0;
};

/// The smallest agreement that a candidate shows against the original, on samples that were not used for calibration.
class Judge {
 public:
  struct Verdict {
    bool runs = false;           ///< loaded and gave outputs
    std::string reason;          ///< why not
    bool within_limit = false;
    double sqnr_db = 0;          ///< mean over samples, of the worst output
    double worst_sqnr_db = 0;    ///< worst sample, of the worst output
    std::optional<double> median_seconds;  ///< latency, when asked for
  };
  virtual ~Judge() = default;

  /// Runs the candidate on the runtime and with the settings that it is meant for. timed: measures briefly as well.
  virtual Verdict judge(const model::Model& candidate, bool timed) = 0;
};

}  // namespace autoaccel::quantize
