#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <utility>

#include "autoaccel/error.h"
#include "base/text.h"
#include "quantize/statistics.h"

namespace autoaccel::quantize {
namespace {

using base::Json;

/// A JSON value and where it stands, so that a wrong member is named.
class Reader {
 public:
  Reader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  Reader at(const char* name) const {
    if (!json_.is_object()) fail("expected an object");
    const auto found = json_.find(name);
    if (found == json_.end()) Reader(json_, path(name)).fail("is missing");
    return {*found, path(name)};
  }

  std::string text() const {
    if (!json_.is_string()) fail("expected a string");
    return json_.get<std::string>();
  }

  double number(double limit = std::numeric_limits<double>::max()) const {
    if (!json_.is_number()) fail("expected a number");
    const double value = json_.get<double>();
    if (!(std::fabs(value) <= limit)) fail("out of range");
    return value;
  }

  float float32() const { return static_cast<float>(number(std::numeric_limits<float>::max())); }

  std::int64_t integer(std::int64_t low, std::int64_t high = std::numeric_limits<std::int64_t>::max()) const {
    const bool fits = json_.is_number_unsigned() ? std::in_range<std::int64_t>(json_.get<std::uint64_t>())
                                                 : json_.is_number_integer();
    if (!fits) fail("expected an integer");
    const auto value = json_.get<std::int64_t>();
    if (value < low || value > high) fail("out of range");
    return value;
  }

  /// Each element as `read` takes it.
  template <typename T>
  std::vector<T> list(T (*read)(const Reader&)) const {
    if (!json_.is_array()) fail("expected a list");
    std::vector<T> values;
    for (const Json& element : json_) values.push_back(read(Reader(element, where_)));
    return values;
  }

  /// Every member of an object.
  template <typename Visit>
  void each(const Visit& visit) const {
    if (!json_.is_object()) fail("expected an object");
    for (const auto& [name, value] : json_.items()) visit(name, Reader(value, path(name)));
  }

  [[noreturn]] void fail(std::string_view what) const {
    throw Error(Cause::model, fmt::format("{}: {}", where_, what), "calibrate again to make it anew");
  }

 private:
  std::string path(std::string_view step) const { return where_ + "/" + base::printable(step); }

  const Json& json_;
  std::string where_;
};

float float32_of(const Reader& json) { return json.float32(); }
double number_of(const Reader& json) { return json.number(); }
std::int64_t count_of(const Reader& json) { return json.integer(0); }

Json json_from(const Histogram& histogram) {
  // Most bins at the ends are empty.
  const auto is_used = [](std::int64_t count) { return count != 0; };
  const auto first = std::find_if(histogram.bins.begin(), histogram.bins.end(), is_used);
  const auto last = std::find_if(histogram.bins.rbegin(), std::make_reverse_iterator(first), is_used).base();
  return {{"zeros", histogram.zeros},
          {"exponent", histogram.exponent},
          {"first_bin", first - histogram.bins.begin()},
          {"bins", std::vector<std::int64_t>(first, last)}};
}

Histogram histogram_from(const Reader& json, std::int64_t count) {
  Histogram histogram;
  histogram.zeros = json.at("zeros").integer(0, count);
  histogram.exponent =
      static_cast<int>(json.at("exponent").integer(Histogram::kMinExponent, std::numeric_limits<float>::max_exponent));
  const auto first = json.at("first_bin").integer(0, Histogram::kBins);
  const auto bins = json.at("bins").list<std::int64_t>(count_of);
  if (bins.size() > static_cast<std::size_t>(Histogram::kBins - first))
    json.at("bins").fail("more than there are bins");
  std::int64_t rest = count - histogram.zeros;
  for (const std::int64_t bin : bins) {
    if (bin > rest) json.at("bins").fail("more than the elements counted");
    rest -= bin;
  }
  if (rest != 0) json.at("bins").fail("fewer than the elements counted");
  if (!bins.empty()) {
    histogram.bins.assign(Histogram::kBins, 0);
    std::copy(bins.begin(), bins.end(), histogram.bins.begin() + first);
  }
  return histogram;
}

Json json_from(const TensorStatistics& statistics) {
  Json json{{"min", statistics.min},
            {"max", statistics.max},
            {"tensors", statistics.tensors},
            {"count", statistics.count},
            {"nan", statistics.nan},
            {"infinite", statistics.infinite},
            {"sum", statistics.sum},
            {"sum_squares", statistics.sum_squares},
            {"histogram", json_from(statistics.histogram)},
            {"channel_axis", statistics.channel_axis}};
  if (statistics.channel_axis < 0) return json;
  json["channel_min"] = statistics.channel_min;
  json["channel_max"] = statistics.channel_max;
  json["channel_sum"] = statistics.channel_sum;
  json["channel_sum_squares"] = statistics.channel_sum_squares;
  return json;
}

template <typename T>
std::vector<T> channels_from(const Reader& json, T (*read)(const Reader&), std::size_t channels) {
  std::vector<T> values = json.list<T>(read);
  if (values.size() != channels) json.fail(fmt::format("expected {} numbers", channels));
  return values;
}

TensorStatistics tensor_statistics_from(const Reader& json) {
  TensorStatistics statistics;
  statistics.min = json.at("min").float32();
  statistics.max = json.at("max").float32();
  if (statistics.min > statistics.max) json.at("max").fail("below min");
  statistics.tensors = json.at("tensors").integer(0);
  // Elements of each kind: their sum is an integer too.
  constexpr std::int64_t kMostElements = std::numeric_limits<std::int64_t>::max() / 4;
  statistics.count = json.at("count").integer(0, kMostElements);
  statistics.nan = json.at("nan").integer(0, kMostElements);
  statistics.infinite = json.at("infinite").integer(0, kMostElements);
  statistics.sum = json.at("sum").number();
  statistics.sum_squares = json.at("sum_squares").number();
  statistics.histogram = histogram_from(json.at("histogram"), statistics.count);
  statistics.channel_axis = static_cast<int>(json.at("channel_axis").integer(-1, std::numeric_limits<int>::max()));
  if (statistics.channel_axis < 0) return statistics;
  statistics.channel_min = json.at("channel_min").list<float>(float32_of);
  const std::size_t channels = statistics.channel_min.size();
  statistics.channel_max = channels_from<float>(json.at("channel_max"), float32_of, channels);
  statistics.channel_sum = channels_from<double>(json.at("channel_sum"), number_of, channels);
  statistics.channel_sum_squares = channels_from<double>(json.at("channel_sum_squares"), number_of, channels);
  return statistics;
}

}  // namespace

Json to_json(const Statistics& statistics) {
  Json values = Json::object();
  for (const std::string& name : statistics.names()) values[name] = json_from(*statistics.find(name));
  return {{"origin", to_text(statistics.origin())}, {"values", std::move(values)}};
}

Statistics statistics_from(const Json& json, const std::string& where) {
  const Reader reader(json, where);
  const std::string origin = reader.at("origin").text();
  if (origin != to_text(SampleOrigin::user) && origin != to_text(SampleOrigin::generated))
    reader.at("origin").fail("expected 'user' or 'generated'");
  Statistics statistics(origin == to_text(SampleOrigin::user) ? SampleOrigin::user : SampleOrigin::generated);
  reader.at("values").each(
      [&](const std::string& name, const Reader& value) { statistics.merge(name, tensor_statistics_from(value)); });
  return statistics;
}

}  // namespace autoaccel::quantize
