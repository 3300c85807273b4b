#pragma once

#include <atomic>

#include "autoaccel/error.h"

namespace autoaccel::base {

/// Set once, from any thread or a signal handler; long work looks at it between steps.
class CancelToken {
 public:
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

  /// Throws Error(interrupted) when cancelled.
  void check() const {
    if (cancelled()) throw Error(Cause::interrupted, "interrupted; what is finished is kept");
  }

 private:
  std::atomic<bool> cancelled_{false};
};

}  // namespace autoaccel::base
