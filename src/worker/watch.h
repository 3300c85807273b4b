#pragma once

#include <vector>

#include "quantize/statistics.h"
#include "runtime/runtime.h"
#include "worker/protocol.h"

namespace autoaccel::worker {

/// Gathers statistics of a session's float outputs, one inference after another.
class Watch {
 public:
  /// axes  see quantize::TensorStatistics::add; a name that is no output is passed over
  Watch(runtime::Session& session, const Axes& axes);

  /// Adds the outputs of the last run on request 0, on all cores.
  void look();

  quantize::Statistics statistics() const;

 private:
  struct Output {
    std::size_t index = 0;  ///< in the session
    std::optional<int> axis;
    quantize::TensorStatistics statistics = {};
  };
  runtime::Session& session_;
  std::vector<Output> outputs_;
};

}  // namespace autoaccel::worker
