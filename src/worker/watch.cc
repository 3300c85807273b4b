#include "worker/watch.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

namespace autoaccel::worker {
namespace {

constexpr std::size_t kMostThreads = 8;  // beyond, the memory is the limit

}  // namespace

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
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < outputs_.size(); i = next++) {
      outputs_[i].statistics.add(views[i], outputs_[i].axis);
    }
  };
  std::vector<std::future<void>> others;
  const std::size_t threads =
      std::min<std::size_t>({std::max(1U, std::thread::hardware_concurrency()), kMostThreads, outputs_.size()});
  for (std::size_t i = 1; i < threads; ++i) others.push_back(std::async(std::launch::async, work));
  work();
  for (std::future<void>& other : others) other.get();
}

quantize::Statistics Watch::statistics() const {
  quantize::Statistics statistics;
  for (const Output& output : outputs_) statistics.merge(session_.outputs()[output.index].name, output.statistics);
  return statistics;
}

}  // namespace autoaccel::worker
