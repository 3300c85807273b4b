#pragma once

#include <atomic>

#include "base/clock.h"

namespace autoaccel::measure {

/// A clock that moves only when it is told to, from any thread.
///
/// Tests use steps that are powers of two, so that sums and differences are exact.
class FakeClock final : public base::Clock {
 public:
  double now() const override { return time_.load(); }
  void sleep(double seconds) const override { time_.fetch_add(seconds); }

 private:
  mutable std::atomic<double> time_{1024};
};

}  // namespace autoaccel::measure
