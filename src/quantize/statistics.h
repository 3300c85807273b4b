#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/tensor.h"
#include "base/json_values.h"
#include "quantize/histogram.h"

namespace autoaccel::quantize {

/// What was seen of one value over the calibration samples, in bounded memory: all that any calibrator, equalization,
/// bias correction or smoothing asks for.
struct TensorStatistics {
  float min = 0;  ///< of the finite elements; 0 when there are none
  float max = 0;
  std::int64_t tensors = 0;  ///< how many were added: one a sample
  std::int64_t count = 0;    ///< finite elements
  std::int64_t nan = 0;
  std::int64_t infinite = 0;  ///< of both signs
  double sum = 0;             ///< of the finite elements
  double sum_squares = 0;
  Histogram histogram;

  /// The axis that the channel figures are by, counted from 0; −1: there are none, because none were asked for, or
  /// because a tensor had no such axis or another number of channels than those before.
  int channel_axis = -1;
  std::vector<float> channel_min,
      channel_max;  ///< by index of the axis; a tensor without finite elements there counts as 0
  std::vector<double> channel_sum, channel_sum_squares;

  /// Elements seen, finite or not; and of each channel, 0 without channels.
  std::int64_t elements() const;
  std::int64_t count_per_channel() const;

  /// Adds the elements of a tensor of any float type.
  ///
  /// axis    for the channel figures, from −rank to rank − 1; nullopt: none. The same each time
  /// errors  unsupported: not a float type; nothing is added then
  /// cost    two passes over the elements
  void add(const TensorView& tensor, std::optional<int> axis);
  void add(const Tensor& tensor, std::optional<int> axis) {
    add(TensorView{tensor.type(), tensor.shape(), tensor.bytes()}, axis);
  }

  /// As if the other's tensors had been added here.
  void merge(const TensorStatistics& other);

  /// Leaves no channel figures.
  void drop_channels();

 private:
  void merge_channels(const TensorStatistics& other);
};

/// Whose inputs the model was run on: the record says so, and generated ones are trusted less.
enum class SampleOrigin { user, generated };
std::string_view to_text(SampleOrigin origin);

/// What calibration found: statistics by value name. The names and values are the original model's, computed in
/// float32.
class Statistics {
 public:
  explicit Statistics(SampleOrigin origin = SampleOrigin::generated) : origin_(origin) {}

  SampleOrigin origin() const { return origin_; }

  /// nullptr: not watched, or never seen as a float.
  const TensorStatistics* find(std::string_view value_name) const;

  /// Sorted.
  std::vector<std::string> names() const;

  /// See TensorStatistics::add.
  void add(const std::string& value_name, const Tensor& tensor, std::optional<int> axis);

  /// As if what the others are of had been added here. The origin stays.
  void merge(const std::string& value_name, const TensorStatistics& other);
  void merge(const Statistics& other);

 private:
  SampleOrigin origin_;
  std::map<std::string, TensorStatistics, std::less<>> tensors_;
};

/// One form for the worker's answers and the file of ranges. A double comes back as it was, bit for bit.
base::Json to_json(const Statistics& statistics);

/// The inverse.
/// where   the document, for messages
/// errors  model: a missing or mistyped member, or one that contradicts another, by its path:
///         `ranges.json: /values/conv1/channel_min: expected 64 numbers`
Statistics statistics_from(const base::Json& json, const std::string& where);

}  // namespace autoaccel::quantize
