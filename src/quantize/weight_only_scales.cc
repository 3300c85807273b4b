#include "quantize/weight_only_scales.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace autoaccel::quantize {

namespace {

constexpr float kSteps = 255;
constexpr float kMiddle = 128;
constexpr float kSymmetricSteps = 127;

// Of the channel's range. Uniform weights want all of it, bell-shaped ones of some thousands lose their ends gladly.
constexpr std::array<float, 5> kNarrowed{1.0f, 0.99f, 0.97f, 0.94f, 0.88f};

/// Half to even for |x| < 2^22, where adding 1.5 · 2^23 leaves no fraction; unlike nearbyint it needs no SSE4.1.
float rounded(float x) {
  constexpr float kShift = 12582912.0f;
  return (x + kShift) - kShift;
}

/// The step of x, not yet an integer type. The clamp before rounding keeps `rounded` in its range; both ends of it are
/// integers, so that it changes no result.
float step_of(float x, float scale, float zero) {
  const float low = -zero;
  const float high = kSteps - zero;
  return rounded(std::clamp(x / scale, low, high)) + zero;
}

/// Calls visit(channel index of each element) in loops that the compiler turns into vector instructions.
template <typename Visit>
void for_each_element(const ChannelLayout& layout, std::size_t size, const Visit& visit) {
  for (std::size_t start = 0; start < size; start += layout.period()) {
    if (layout.inner == 1) {
      for (std::size_t c = 0; c < layout.count; ++c) visit(start + c, c);
      continue;
    }
    for (std::size_t c = 0; c < layout.count; ++c) {
      const std::size_t first = start + c * layout.inner;
      for (std::size_t i = 0; i < layout.inner; ++i) visit(first + i, c);
    }
  }
}

struct Ranges {
  std::vector<float> low;   ///< ≤ 0
  std::vector<float> high;  ///< ≥ 0
  bool finite = true;
};

Ranges ranges_of(const ChannelLayout& layout, const ReadFloats& read) {
  Ranges ranges{std::vector<float>(layout.count), std::vector<float>(layout.count)};
  read([&](std::span<const float> values) {
    float poison = 0;  // x · 0 is NaN for NaN and infinities
    for (const float x : values) poison += x * 0;
    if (poison != 0 || std::isnan(poison)) ranges.finite = false;
    for_each_element(layout, values.size(), [&](std::size_t i, std::size_t c) {
      ranges.low[c] = std::min(ranges.low[c], values[i]);
      ranges.high[c] = std::max(ranges.high[c], values[i]);
    });
  });
  return ranges;
}

ChannelScales narrowed(const Ranges& ranges, float part) {
  ChannelScales result;
  for (std::size_t c = 0; c < ranges.low.size(); ++c) {
    const float scale = (ranges.high[c] - ranges.low[c]) * part / kSteps;
    const float zero = std::clamp(rounded(-ranges.low[c] * part / scale), 0.0f, kSteps);
    const bool empty = ranges.high[c] == ranges.low[c];
    result.scale.push_back(empty ? 1 : scale);
    result.zero_point.push_back(static_cast<std::uint8_t>(empty ? kMiddle : zero));
  }
  return result;
}

ChannelScales symmetric(const Ranges& ranges) {
  ChannelScales result;
  for (std::size_t c = 0; c < ranges.low.size(); ++c) {
    const float largest = std::max(-ranges.low[c], ranges.high[c]);
    result.scale.push_back(largest == 0 ? 1 : largest / kSymmetricSteps);
  }
  result.zero_point.assign(ranges.low.size(), static_cast<std::uint8_t>(kMiddle));
  return result;
}

/// A scale below the normal numbers would have no digits.
bool is_usable(const Ranges& ranges) {
  if (!ranges.finite) return false;
  for (std::size_t c = 0; c < ranges.low.size(); ++c) {
    const float range = ranges.high[c] - ranges.low[c];
    if (!std::isfinite(range)) return false;
    if (range != 0 && range * kNarrowed.back() / kSteps < std::numeric_limits<float>::min()) return false;
  }
  return true;
}

void add_errors(const ChannelLayout& layout, const ChannelScales& scales, std::span<const float> values,
                std::vector<double>& errors) {
  for_each_element(layout, values.size(), [&](std::size_t i, std::size_t c) {
    const float zero = scales.zero_point[c];
    const float error = values[i] - (step_of(values[i], scales.scale[c], zero) - zero) * scales.scale[c];
    errors[c] += static_cast<double>(error) * error;
  });
}

}  // namespace

ChannelScales choose_scales(const ChannelLayout& layout, const ReadFloats& read) {
  const Ranges ranges = ranges_of(layout, read);
  if (!is_usable(ranges)) return {};
  std::vector<ChannelScales> candidates;
  for (const float part : kNarrowed) candidates.push_back(narrowed(ranges, part));
  candidates.push_back(symmetric(ranges));
  std::vector<std::vector<double>> errors(candidates.size(), std::vector<double>(layout.count));
  read([&](std::span<const float> values) {
    for (std::size_t k = 0; k < candidates.size(); ++k) add_errors(layout, candidates[k], values, errors[k]);
  });
  ChannelScales best = candidates[0];
  std::vector<double> least = errors[0];
  for (std::size_t k = 1; k < candidates.size(); ++k) {
    for (std::size_t c = 0; c < layout.count; ++c) {
      if (errors[k][c] >= least[c]) continue;
      least[c] = errors[k][c];
      best.scale[c] = candidates[k].scale[c];
      best.zero_point[c] = candidates[k].zero_point[c];
    }
  }
  return best;
}

void quantize(const ChannelLayout& layout, const ChannelScales& scales, std::span<const float> from,
              std::span<std::uint8_t> to) {
  for_each_element(layout, from.size(), [&](std::size_t i, std::size_t c) {
    to[i] = static_cast<std::uint8_t>(step_of(from[i], scales.scale[c], scales.zero_point[c]));
  });
}

}  // namespace autoaccel::quantize
