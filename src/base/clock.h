#pragma once

#include <string>

namespace autoaccel::base {

/// Time as a parameter, so that tests bring their own.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual double now() const = 0;             ///< seconds of a monotonic clock
  virtual void sleep(double seconds) const = 0;
};

/// CLOCK_MONOTONIC.
class MonotonicClock final : public Clock {
 public:
  double now() const override;
  void sleep(double seconds) const override;
};

/// The present moment as ISO 8601 in UTC, to the second: `2026-11-24T10:04:51Z`.
std::string utc_now();

}  // namespace autoaccel::base
