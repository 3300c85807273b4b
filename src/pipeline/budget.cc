#include "pipeline/budget.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace autoaccel::pipeline {

void Budget::adapt_to(double latency_seconds) {
  constexpr double kLeast = 120, kMost = 3600;  // s
  constexpr double kInferences = 18'000;        // with kLeast, 300 s at 10 ms
  if (seconds_ || trials_) return;
  default_seconds_ = std::min(kLeast + kInferences * latency_seconds, kMost);
}

bool Budget::is_spent() const {
  if (tried_ == 0) return false;
  if (trials_ && tried_ >= *trials_) return true;
  const auto seconds = seconds_ ? seconds_ : default_seconds_;
  return seconds && elapsed() > *seconds;
}

std::string Budget::text() const {
  if (trials_ && tried_ >= *trials_) return fmt::format("the {} trials of search.budget were spent", *trials_);
  if (seconds_) return fmt::format("search.budget of {} was spent", base::human_seconds(*seconds_));
  return fmt::format("the default budget of {} was spent (search.budget gives more)",
                     base::human_seconds(default_seconds_.value_or(0)));
}

}  // namespace autoaccel::pipeline
