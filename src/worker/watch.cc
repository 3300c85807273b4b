#include "worker/watch.h"

#include <vector>

#include "base/parallel.h"

namespace autoaccel::worker {

Watch::Watch(runtime::Session& session, const Axes& axes) : session_(session) {
  for (std::size_t i = 0; i < session.outputs().size(); ++i) {
    const TensorInfo& info = session.outputs()[i];
    if (!is_float(info.type)) continue;
    const auto found = axes.find(info.name);
    outputs_.push_back({.index = i, .axis = found == axes.end() ? std::nullopt : found->second});
  }
}

void Watch::look() {
  std::vector<TensorView> views;
  for (const Output& output : outputs_) views.push_back(session_.view(0, output.index));
  base::for_each_parallel(outputs_.size(),
                          [&](std::size_t i) { outputs_[i].statistics.add(views[i], outputs_[i].axis); });
}

quantize::Statistics Watch::statistics() const {
  quantize::Statistics statistics;
  for (const Output& output : outputs_) statistics.merge(session_.outputs()[output.index].name, output.statistics);
  return statistics;
}

}  // namespace autoaccel::worker
