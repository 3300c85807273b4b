#include "quantize/judge.h"

#include <algorithm>
#include <cmath>

namespace autoaccel::quantize {

double slack_db_of(std::span<const double> noise, double one_sample_more_db) {
  constexpr double kLeast = 1e-20;  // 200 dB inside: more than float64 itself would tell apart
  if (noise.empty()) return -10 * std::log10(kLeast);
  double sum = 0, least = HUGE_VAL;
  for (const double share : noise) {
    const double db = -10 * std::log10(std::max(share, kLeast));
    sum += db;
    least = std::min(least, db);
  }
  return std::min(sum / static_cast<double>(noise.size()), least + one_sample_more_db);
}

}  // namespace autoaccel::quantize
