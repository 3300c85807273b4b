#include "quantize/calibrator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace autoaccel::quantize {
namespace {

constexpr int kSide = Histogram::kSide;
constexpr int kBins = Histogram::kBins;

/// A range in units of the histogram's bins: −kSide ≤ low ≤ 0 ≤ high ≤ kSide.
struct Span {
  double low = 0;
  double high = 0;
};

/// What was seen, in bins.
Span seen(const TensorStatistics& statistics, const RangeRules& rules) {
  const double width = statistics.histogram.width();
  const Span span{std::min<double>(statistics.min, 0) / width, std::max<double>(statistics.max, 0) / width};
  const double magnitude = std::max(-span.low, span.high);
  return rules.symmetric ? Span{-magnitude, magnitude} : span;
}

/// How many bins of one side values up to `magnitude` (in bins) may lie in: a value on an edge lies in the bin farther
/// from zero, and saturated values (6 of a Clip, 1 of a Softmax) lie on edges.
int bins_up_to(double magnitude) { return std::min(kSide, static_cast<int>(magnitude) + 1); }

/// Elements of bin i.
double in_bin(const TensorStatistics& statistics, int i) {
  return static_cast<double>(statistics.histogram.bins[static_cast<std::size_t>(i)]);
}

// --- percentile

/// The smallest number of bins from zero on, on the sides asked for, that leaves at most `cut` elements outside.
double bins_kept(const TensorStatistics& statistics, bool below, bool above, double cut) {
  double outside = 0;
  for (int kept = kSide; kept > 0; --kept) {
    if (below) outside += in_bin(statistics, kSide - kept);
    if (above) outside += in_bin(statistics, kSide + kept - 1);
    if (outside > cut) return kept;
  }
  return 0;
}

Span percentile(const TensorStatistics& statistics, const RangeRules& rules) {
  const double cut = std::nearbyint((1 - rules.percentile / 100) * static_cast<double>(statistics.count));
  if (rules.symmetric) {
    const double kept = bins_kept(statistics, true, true, cut);
    return {-kept, kept};
  }
  return {-bins_kept(statistics, true, false, cut / 2), bins_kept(statistics, false, true, cut / 2)};
}

// --- entropy

/// The histogram as sums over its first i bins. Symmetric: magnitudes on both sides alike.
struct Distribution {
  explicit Distribution(const TensorStatistics& statistics, bool symmetric)
      : elements(kBins + 1, 0), used(kBins + 1, 0), logs(kBins + 1, 0) {
    for (int i = 0; i < kBins; ++i) {
      const double count = in_bin(statistics, i) + (symmetric ? in_bin(statistics, kBins - 1 - i) : 0);
      const auto next = static_cast<std::size_t>(i) + 1;
      elements[next] = elements[next - 1] + count;
      used[next] = used[next - 1] + (count > 0 ? 1 : 0);
      logs[next] = logs[next - 1] + (count > 0 ? count * std::log(count) : 0);
    }
  }

  std::vector<double> elements, used, logs;  ///< elements; bins with any; elements · log elements
};

double part(const std::vector<double>& sums, int begin, int end) {
  return sums[static_cast<std::size_t>(end)] - sums[static_cast<std::size_t>(begin)];
}

double x_log_x(double x) { return x > 0 ? x * std::log(x) : 0; }

/// Kullback–Leibler divergence of P from Q: P the bins in [begin, end) with what lies outside added to the outermost,
/// Q the elements inside, spread evenly over those of P's bins that share a level. Infinite where Q lacks what P has.
///
/// source  S. Migacz, 8-bit inference with TensorRT (2017), for signed bins and any number of levels
double divergence(const Distribution& all, int begin, int end, int levels) {
  const double total = all.elements.back(), inside = part(all.elements, begin, end);
  const double below = part(all.elements, 0, begin), above = part(all.elements, end, kBins);
  const double first = part(all.elements, begin, begin + 1), last = part(all.elements, end - 1, end);
  const double p_log_p =
      part(all.logs, begin, end) - x_log_x(first) + x_log_x(first + below) - x_log_x(last) + x_log_x(last + above);
  const double is_new_first = first == 0 && below > 0 ? 1 : 0, is_new_last = last == 0 && above > 0 ? 1 : 0;
  double p_log_q = 0;
  for (int level = 0; level < levels; ++level) {
    const int from = begin + (end - begin) * level / levels, to = begin + (end - begin) * (level + 1) / levels;
    if (from == to) continue;
    const double q = part(all.elements, from, to);
    const double p = q + (from == begin ? below : 0) + (to == end ? above : 0);
    if (p == 0) continue;
    if (q == 0) return std::numeric_limits<double>::infinity();
    const double bins = part(all.used, from, to) + (from == begin ? is_new_first : 0) + (to == end ? is_new_last : 0);
    p_log_q += p * std::log(q / bins);
  }
  return (p_log_p - p_log_q) / total - std::log(total / inside);
}

Span entropy(const TensorStatistics& statistics, const RangeRules& rules) {
  const Distribution distribution(statistics, rules.symmetric);
  const Span all = seen(statistics, rules);
  const int below = bins_up_to(-all.low), above = bins_up_to(all.high);
  const int widest = std::max(below, above);
  // Below a bin a level nothing is quantized, and nothing can be said.
  const int narrowest = std::min(widest, rules.symmetric ? rules.levels / 2 : rules.levels);
  double least = std::numeric_limits<double>::infinity();
  Span best = all;
  for (int reach = widest; reach >= narrowest; --reach) {
    const Span span{-static_cast<double>(std::min(reach, below)), static_cast<double>(std::min(reach, above))};
    const double found =
        divergence(distribution, kSide + static_cast<int>(span.low), kSide + static_cast<int>(span.high), rules.levels);
    if (found < least) {
      least = found;
      best = span;
    }
  }
  return best;
}

// --- mse

/// ∫ (u − round u)² du from 0 to t.
double integral_of_rounding(double t) {
  const double magnitude = std::fabs(t);
  const double whole = static_cast<double>(static_cast<int>(magnitude + 0.5));
  const double rest = magnitude - whole;
  return std::copysign(whole / 12 + rest * rest * rest / 3, t);
}

/// ∫ (x − quantized x)² dx from 0, for the grid that a range gives.
class ErrorIntegral {
 public:
  ErrorIntegral(const Span& range, const RangeRules& rules) {
    const double half = rules.levels / 2;
    step_ = rules.symmetric ? range.high / (half - 1) : (range.high - range.low) / (rules.levels - 1);
    const double zero = rules.symmetric ? half : std::nearbyint(-range.low / step_);
    low_ = -zero;
    high_ = rules.levels - 1 - zero;
  }

  double operator()(double x) const {
    const double t = x / step_;
    const double inside = std::clamp(t, low_, high_);
    const double beyond = t - inside;
    return step_ * step_ * step_ * (integral_of_rounding(inside) + beyond * beyond * beyond / 3);
  }

 private:
  double step_, low_, high_;  ///< the ends in steps
};

/// The squared error of all elements, were they spread evenly within their bins; zeros have none.
double squared_error(const TensorStatistics& statistics, const Span& all, const Span& range, const RangeRules& rules) {
  if (range.low == range.high) return std::numeric_limits<double>::infinity();
  const ErrorIntegral integral(range, rules);
  const int begin = -bins_up_to(-all.low), end = bins_up_to(all.high);
  double error = 0;
  double before = integral(begin);
  for (int i = begin; i < end; ++i) {
    const double after = integral(i + 1);
    error += in_bin(statistics, kSide + i) * (after - before);
    before = after;
  }
  return error;
}

/// Tries ranges that shrink on both sides alike, then moves each end for as long as that helps.
Span least_squares(const TensorStatistics& statistics, const RangeRules& rules) {
  constexpr int kShrinks = 33;          // down to 2^-8 of what was seen,
  constexpr double kShrink = 0.840896;  // in steps of 2^-1/4
  constexpr double kFirstMove = 0.12, kLastMove = 0.004;
  const Span all = seen(statistics, rules);
  Span best = all;
  double least = squared_error(statistics, all, all, rules);
  const auto is_better = [&](Span span) {
    span = {std::max(span.low, all.low), std::min(span.high, all.high)};
    const double error = squared_error(statistics, all, span, rules);
    if (!(error < least)) return false;
    least = error;
    best = span;
    return true;
  };
  double shrink = 1;
  for (int i = 1; i < kShrinks; ++i) {
    shrink *= kShrink;
    is_better({all.low * shrink, all.high * shrink});
  }
  for (double move = kFirstMove; move > kLastMove;) {
    bool moved = false;
    for (const double factor : {1 - move, 1 + move}) {
      if (rules.symmetric) {
        moved = is_better({best.low * factor, best.high * factor}) || moved;
      } else {
        moved = is_better({best.low * factor, best.high}) || moved;
        moved = is_better({best.low, best.high * factor}) || moved;
      }
    }
    if (!moved) move /= 2;
  }
  return best;
}

struct Row {
  Calibrator calibrator;
  std::string_view name;
  Span (*choose)(const TensorStatistics&, const RangeRules&);
};
constexpr std::array<Row, 4> kRows{{{Calibrator::min_max, "min_max", seen},
                                    {Calibrator::percentile, "percentile", percentile},
                                    {Calibrator::entropy, "entropy", entropy},
                                    {Calibrator::mse, "mse", least_squares}}};

const Row& row(Calibrator calibrator) {
  return *std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) { return each.calibrator == calibrator; });
}

}  // namespace

std::string_view to_text(Calibrator calibrator) { return row(calibrator).name; }

Range range_of(const TensorStatistics& statistics, Calibrator calibrator, const RangeRules& rules) {
  if (statistics.histogram.bins.empty()) return {};
  const double width = statistics.histogram.width();
  const Span all = seen(statistics, rules);
  Span chosen = row(calibrator).choose(statistics, rules);
  if (chosen.low == chosen.high) chosen = all;  // all but a few elements are zeros: those few are what there is to keep
  return {static_cast<float>(std::max(chosen.low, all.low) * width),
          static_cast<float>(std::min(chosen.high, all.high) * width)};
}

}  // namespace autoaccel::quantize
