#include "quantize/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "autoaccel/error.h"
#include "base/numeric.h"
#include "quantize/statistics_kernels.h"

namespace autoaccel::quantize {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Figures of one tensor by channel; a tensor without an axis is one channel.
struct Moments {
  explicit Moments(std::size_t channels)
      : min(channels, kInfinity), max(channels, -kInfinity), sum(channels, 0), sum_squares(channels, 0) {}

  std::vector<float> min, max;  ///< ±infinity where a channel has no finite element
  std::vector<double> sum, sum_squares;
  std::int64_t nan = 0;
  std::int64_t infinite = 0;
};

void count_not_finite(std::span<const float> values, Moments& moments) {
  for (const float value : values) {
    if (std::isnan(value))
      ++moments.nan;
    else if (std::isinf(value))
      ++moments.infinite;
  }
}

/// Elements that lie side by side and belong to one channel.
void add_run(std::span<const float> values, std::size_t channel, Moments& moments) {
  RunFigures figures{.min = moments.min[channel],
                     .max = moments.max[channel],
                     .sum = moments.sum[channel],
                     .sum_squares = moments.sum_squares[channel],
                     .finite = 0};
  statistics_kernels().back().add_run(values.data(), values.size(), figures);
  moments.min[channel] = figures.min;
  moments.max[channel] = figures.max;
  moments.sum[channel] = figures.sum;
  moments.sum_squares[channel] = figures.sum_squares;
  if (static_cast<std::size_t>(figures.finite) != values.size()) count_not_finite(values, moments);
}

/// One element of every channel, side by side.
void add_row(std::span<const float> values, Moments& moments) {
  if (statistics_kernels().back().add_row(values.data(), values.size(), moments.min.data(), moments.max.data(),
                                          moments.sum.data(), moments.sum_squares.data()))
    return;
  for (std::size_t i = 0; i < values.size(); ++i) add_run(values.subspan(i, 1), i, moments);
}

Moments moments_of(std::span<const float> values, std::size_t channels, std::size_t run) {
  Moments moments(channels);
  if (run == 1 && channels > 1) {
    for (std::size_t i = 0; i < values.size(); i += channels) add_row(values.subspan(i, channels), moments);
  } else {
    for (std::size_t i = 0; i < values.size(); i += run) add_run(values.subspan(i, run), i / run % channels, moments);
  }
  return moments;
}

/// The axis counted from 0; nullopt when the tensor has no such axis.
std::optional<std::size_t> axis_in(const Shape& shape, std::optional<int> axis) {
  const int rank = static_cast<int>(shape.size());
  if (!axis || *axis < -rank || *axis >= rank) return std::nullopt;
  return static_cast<std::size_t>(*axis < 0 ? *axis + rank : *axis);
}

template <typename T>
void add_each(std::vector<T>& to, const std::vector<T>& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

/// Moves the figures by channel in, and those of all channels together.
void take(Moments moments, TensorStatistics& statistics) {
  statistics.nan = moments.nan;
  statistics.infinite = moments.infinite;
  statistics.sum = std::accumulate(moments.sum.begin(), moments.sum.end(), 0.0);
  statistics.sum_squares = std::accumulate(moments.sum_squares.begin(), moments.sum_squares.end(), 0.0);
  const float low = *std::min_element(moments.min.begin(), moments.min.end());
  const float high = *std::max_element(moments.max.begin(), moments.max.end());
  statistics.min = low <= high ? low : 0;
  statistics.max = low <= high ? high : 0;
  for (std::size_t i = 0; i < moments.min.size(); ++i) {
    if (moments.min[i] > moments.max[i]) moments.min[i] = moments.max[i] = 0;
  }
  statistics.channel_min = std::move(moments.min);
  statistics.channel_max = std::move(moments.max);
  statistics.channel_sum = std::move(moments.sum);
  statistics.channel_sum_squares = std::move(moments.sum_squares);
}

/// Of one tensor that is not empty.
TensorStatistics statistics_of(std::span<const float> values, const Shape& shape, std::optional<std::size_t> axis) {
  TensorStatistics statistics;
  std::size_t channels = 1, run = values.size();
  if (axis) {
    channels = static_cast<std::size_t>(shape[*axis]);
    run = std::accumulate(
        shape.begin() + static_cast<std::ptrdiff_t>(*axis) + 1, shape.end(), std::size_t{1},
        [](std::size_t product, std::int64_t length) { return product * static_cast<std::size_t>(length); });
  }
  take(moments_of(values, channels, run), statistics);
  statistics.count = static_cast<std::int64_t>(values.size()) - statistics.nan - statistics.infinite;
  statistics.histogram.add(values, std::max(std::fabs(statistics.min), std::fabs(statistics.max)));
  if (axis)
    statistics.channel_axis = static_cast<int>(*axis);
  else
    statistics.drop_channels();
  return statistics;
}

}  // namespace

std::int64_t TensorStatistics::elements() const { return count + nan + infinite; }

std::int64_t TensorStatistics::count_per_channel() const {
  return channel_sum.empty() ? 0 : elements() / static_cast<std::int64_t>(channel_sum.size());
}

void TensorStatistics::add(const TensorView& tensor, std::optional<int> axis) {
  if (!is_float(tensor.type))
    throw Error(Cause::unsupported, "statistics of " + to_text(tensor.type) + "; only floats have any");
  const bool is_float32 = tensor.type == ElementType::float32;
  const Tensor converted = is_float32 ? Tensor() : base::float32_from(Tensor(tensor));
  const std::span<const float> values =
      is_float32 ? std::span(reinterpret_cast<const float*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(float))
                 : converted.as<float>();
  TensorStatistics added;
  if (!values.empty()) added = statistics_of(values, tensor.shape, axis_in(tensor.shape, axis));
  added.tensors = 1;
  merge(added);
}

void TensorStatistics::merge(const TensorStatistics& other) {
  histogram.merge(other.histogram);
  if (elements() == 0) {
    channel_axis = other.channel_axis;
    channel_min = other.channel_min;
    channel_max = other.channel_max;
    channel_sum = other.channel_sum;
    channel_sum_squares = other.channel_sum_squares;
  } else if (other.elements() > 0) {
    merge_channels(other);
  }
  if (other.count > 0) {
    min = count == 0 ? other.min : std::min(min, other.min);
    max = count == 0 ? other.max : std::max(max, other.max);
  }
  tensors += other.tensors;
  count += other.count;
  nan += other.nan;
  infinite += other.infinite;
  sum += other.sum;
  sum_squares += other.sum_squares;
}

void TensorStatistics::merge_channels(const TensorStatistics& other) {
  if (channel_axis != other.channel_axis || channel_sum.size() != other.channel_sum.size()) return drop_channels();
  for (std::size_t i = 0; i < channel_min.size(); ++i) {
    channel_min[i] = std::min(channel_min[i], other.channel_min[i]);
    channel_max[i] = std::max(channel_max[i], other.channel_max[i]);
  }
  add_each(channel_sum, other.channel_sum);
  add_each(channel_sum_squares, other.channel_sum_squares);
}

void TensorStatistics::drop_channels() {
  channel_axis = -1;
  channel_min.clear();
  channel_max.clear();
  channel_sum.clear();
  channel_sum_squares.clear();
}

std::string_view to_text(SampleOrigin origin) { return origin == SampleOrigin::user ? "user" : "generated"; }

const TensorStatistics* Statistics::find(std::string_view value_name) const {
  const auto found = tensors_.find(value_name);
  return found == tensors_.end() ? nullptr : &found->second;
}

std::vector<std::string> Statistics::names() const {
  std::vector<std::string> names;
  for (const auto& [name, statistics] : tensors_) names.push_back(name);
  return names;
}

void Statistics::add(const std::string& value_name, const Tensor& tensor, std::optional<int> axis) {
  TensorStatistics added;
  added.add(tensor, axis);
  merge(value_name, added);
}

void Statistics::merge(const std::string& value_name, const TensorStatistics& other) {
  tensors_[value_name].merge(other);
}

void Statistics::merge(const Statistics& other) {
  for (const auto& [name, statistics] : other.tensors_) merge(name, statistics);
}

}  // namespace autoaccel::quantize
