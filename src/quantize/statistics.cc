#include "quantize/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/files.h"
#include "base/numeric.h"

namespace autoaccel::quantize {

namespace {

constexpr int kFileVersion = 1;

struct Extent {
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  std::uint64_t not_finite = 0;
};

Extent extent_of(std::span<const float> values) {
  float low = std::numeric_limits<float>::infinity();
  float high = -low;
  std::uint64_t not_finite = 0;
  for (const float value : values) {
    const bool finite = std::fabs(value) <= std::numeric_limits<float>::max();
    not_finite += finite ? 0 : 1;
    low = finite && value < low ? value : low;
    high = finite && value > high ? value : high;
  }
  return {low, high, not_finite};
}

/// Makes room for `magnitude`: reach becomes the power of two above it, whole multiples of bins merge towards zero.
void widen(TensorStatistics& statistics, double magnitude) {
  constexpr int kHalf = TensorStatistics::kBins / 2;
  if (statistics.reach == 0) {
    statistics.reach = std::exp2(std::floor(std::log2(magnitude)) + 1);
    statistics.histogram.assign(TensorStatistics::kBins, 0);
    // Zeros that were counted before there was a reach stand in the bin that starts at zero.
    statistics.histogram[kHalf] = statistics.count;
    return;
  }
  while (magnitude >= statistics.reach) {
    std::vector<std::uint64_t> merged(TensorStatistics::kBins, 0);
    for (int i = 0; i < TensorStatistics::kBins; ++i)
      merged[static_cast<std::size_t>(kHalf / 2 + i / 2)] += statistics.histogram[static_cast<std::size_t>(i)];
    statistics.histogram = std::move(merged);
    statistics.reach *= 2;
  }
}

void count_into_bins(TensorStatistics& statistics, std::span<const float> values) {
  const double bins_per_unit = TensorStatistics::kBins / (2 * statistics.reach);
  const float scale = static_cast<float>(bins_per_unit);  // a power of two: exact
  const float reach = static_cast<float>(statistics.reach);
  std::uint64_t* bins = statistics.histogram.data();
  double sum = 0;
  double squares = 0;
  for (const float value : values) {
    if (!(std::fabs(value) <= std::numeric_limits<float>::max())) continue;
    const int bin = static_cast<int>((value + reach) * scale);
    ++bins[std::min(bin, TensorStatistics::kBins - 1)];
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  statistics.sum += sum;
  statistics.sum_of_squares += squares;
}

void add_channels(TensorStatistics& statistics, const Tensor& tensor, std::span<const float> values) {
  const auto rank = static_cast<int>(tensor.shape().size());
  int axis = *statistics.channel_axis;
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank)
    throw Error(Cause::unsupported, fmt::format("no axis {} in a tensor of rank {}", *statistics.channel_axis, rank));
  const auto channels = static_cast<std::size_t>(tensor.shape()[static_cast<std::size_t>(axis)]);
  std::size_t inner = 1;
  for (int i = axis + 1; i < rank; ++i) inner *= static_cast<std::size_t>(tensor.shape()[static_cast<std::size_t>(i)]);
  if (channels == 0 || inner == 0 || values.empty()) return;
  if (statistics.channel_sum.empty()) {
    statistics.channel_sum.assign(channels, 0);
    statistics.channel_max_abs.assign(channels, 0);
  }
  if (statistics.channel_sum.size() != channels)
    throw Error(Cause::unsupported, fmt::format("{} channels after {}", channels, statistics.channel_sum.size()));
  for (std::size_t row = 0; row < values.size() / inner; ++row) {
    const std::size_t channel = row % channels;
    float largest = 0;
    double sum = 0;
    for (const float value : values.subspan(row * inner, inner)) {
      if (!(std::fabs(value) <= std::numeric_limits<float>::max())) continue;
      largest = std::max(largest, std::fabs(value));
      sum += value;
    }
    statistics.channel_sum[channel] += sum;
    statistics.channel_max_abs[channel] = std::max<double>(statistics.channel_max_abs[channel], largest);
  }
  statistics.count_per_channel += values.size() / channels;
}

template <typename T>
void read_member(const base::Json& json, const char* name, T& value, const std::string& where) {
  try {
    value = json.at(name).get<T>();
  } catch (const base::Json::exception& error) {
    throw Error(Cause::model, fmt::format("{}/{}: {}", where, name, error.what()), "make the file again");
  }
}

}  // namespace

void TensorStatistics::add(const Tensor& tensor) {
  if (!is_float(tensor.type()))
    throw Error(Cause::unsupported, "statistics of a tensor of " + to_text(tensor.type()) + "; only floats have any");
  const Tensor converted = tensor.type() == ElementType::float32 ? Tensor() : base::float32_from(tensor);
  const std::span<const float> values =
      tensor.type() == ElementType::float32 ? tensor.as<float>() : converted.as<float>();
  const Extent extent = extent_of(values);
  const std::uint64_t finite = values.size() - extent.not_finite;
  not_finite += extent.not_finite;
  if (finite == 0) return;
  min = count == 0 ? extent.min : std::min(min, extent.min);
  max = count == 0 ? extent.max : std::max(max, extent.max);
  const double magnitude = std::max(std::fabs(extent.min), std::fabs(extent.max));
  if (magnitude > 0 || reach > 0) {
    if (magnitude > 0) widen(*this, magnitude);
    count_into_bins(*this, values);
  }
  count += finite;
  if (channel_axis) add_channels(*this, tensor, values);
}

base::Json to_json(const TensorStatistics& value) {
  // Most bins of most tensors are empty at the ends; they are left out.
  const auto first = std::find_if(value.histogram.begin(), value.histogram.end(), [](auto n) { return n != 0; });
  const auto last = std::find_if(value.histogram.rbegin(), value.histogram.rend(), [](auto n) { return n != 0; }).base();
  base::Json json{{"count", value.count},
                  {"not_finite", value.not_finite},
                  {"min", value.min},
                  {"max", value.max},
                  {"sum", value.sum},
                  {"sum_of_squares", value.sum_of_squares},
                  {"reach", value.reach},
                  {"first_bin", first - value.histogram.begin()},
                  {"bins", first < last ? std::vector<std::uint64_t>(first, last) : std::vector<std::uint64_t>()}};
  if (value.channel_axis) {
    json["channel_axis"] = *value.channel_axis;
    json["channel_sum"] = value.channel_sum;
    json["channel_max_abs"] = value.channel_max_abs;
    json["count_per_channel"] = value.count_per_channel;
  }
  return json;
}

void from_json(const base::Json& json, TensorStatistics& value, const std::string& where) {
  value = {};
  read_member(json, "count", value.count, where);
  read_member(json, "not_finite", value.not_finite, where);
  read_member(json, "min", value.min, where);
  read_member(json, "max", value.max, where);
  read_member(json, "sum", value.sum, where);
  read_member(json, "sum_of_squares", value.sum_of_squares, where);
  read_member(json, "reach", value.reach, where);
  std::size_t first = 0;
  std::vector<std::uint64_t> bins;
  read_member(json, "first_bin", first, where);
  read_member(json, "bins", bins, where);
  if (first > TensorStatistics::kBins || bins.size() > TensorStatistics::kBins - first)
    throw Error(Cause::model, where + "/bins: more than a histogram has", "make the file again");
  if (value.reach > 0) {
    value.histogram.assign(TensorStatistics::kBins, 0);
    std::copy(bins.begin(), bins.end(), value.histogram.begin() + static_cast<std::ptrdiff_t>(first));
  }
  if (!json.contains("channel_axis")) return;
  value.channel_axis = 0;
  read_member(json, "channel_axis", *value.channel_axis, where);
  read_member(json, "channel_sum", value.channel_sum, where);
  read_member(json, "channel_max_abs", value.channel_max_abs, where);
  read_member(json, "count_per_channel", value.count_per_channel, where);
}

void write_statistics(const std::filesystem::path& path, const Statistics& statistics, const std::string& model_sha256) {
  base::Json values = base::Json::object();
  for (const auto& [name, value] : statistics) values[name] = to_json(value);
  base::write_file_atomically(
      path, base::Json{{"ranges_version", kFileVersion}, {"model_sha256", model_sha256}, {"values", values}}.dump() + "\n");
}

Statistics read_statistics(const std::filesystem::path& path, const std::string& model_sha256) {
  const base::Json json = base::Json::parse(base::read_file(path), nullptr, false);
  if (!json.is_object() || json.value("ranges_version", 0) != kFileVersion || !json.contains("values"))
    throw Error(Cause::model, path.string() + " is not a file of ranges", "make it with --ranges on a run that calibrates");
  if (json.value("model_sha256", std::string()) != model_sha256)
    throw Error(Cause::usage, path.string() + " was made from another model", "leave out --ranges to calibrate again");
  Statistics statistics;
  for (const auto& [name, value] : json["values"].items())
    from_json(value, statistics[name], path.string() + ": /values/" + name);
  return statistics;
}

}  // namespace autoaccel::quantize
