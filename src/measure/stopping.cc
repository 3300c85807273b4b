#include "measure/stopping.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace autoaccel::measure {
namespace {

constexpr std::size_t kMinWindowRuns = 3;  // the fewest whose median one outlier cannot move

double median_of(std::vector<double>& samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

}  // namespace

void WarmUp::add(double seconds, double elapsed) {
  ++runs_;
  if (elapsed >= rules_.max_warm_up_seconds || runs_ >= rules_.max_samples) is_warm_ = true;
  window_.push_back(seconds);
  window_seconds_ += seconds;
  const auto half_of_runs = static_cast<std::size_t>(std::max(0, rules_.min_warm_up_runs) + 1) / 2;
  if (window_.size() < std::max(kMinWindowRuns, half_of_runs) || window_seconds_ < rules_.min_warm_up_seconds / 2) return;

  const double median = median_of(window_);
  if (previous_median_ && std::abs(median - *previous_median_) <= rules_.warm_up_tolerance * *previous_median_) {
    is_warm_ = true;
  }
  previous_median_ = median;
  window_.clear();
  window_seconds_ = 0;
}

bool StopRule::is_narrow(std::vector<double> samples) {
  next_look_ = samples.size() + std::max<std::size_t>(1, samples.size() / 10);
  const auto width = median_half_width(std::move(samples));
  return width && *width <= rules_.target_half_width;
}

}  // namespace autoaccel::measure
