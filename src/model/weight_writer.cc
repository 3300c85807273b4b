#include "model/weight_writer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "model/scratch.h"
#include "model/tensor_data.h"

namespace autoaccel::model {
namespace {

constexpr std::uint64_t kSliceBytes = 1 << 20;   // of one write
constexpr std::uint64_t kLargeBytes = 16 << 20;  // slices above this, which cannot be divided, are made one at a time
constexpr unsigned kMostThreads = 8;             // bounds memory on machines with many cores; disks need no more
constexpr std::uint64_t kMostWaiting = 8 << 20;  // bytes made and not yet written, before the last slice

/// A range of one tensor on its way into the file.
struct Slice {
  const onnx::TensorProto* tensor = nullptr;
  std::uint64_t from = 0;  // offset in the tensor
  std::uint64_t length = 0;
  std::uint64_t to = 0;  // offset in the file
};

std::vector<Slice> slices_of(const WeightStore& weights, const std::vector<PlacedWeight>& placed) {
  std::vector<Slice> slices;
  for (const auto& [tensor, offset] : placed) {
    const std::uint64_t total = dense_bytes(*tensor);
    const std::uint64_t unit = weights.granularity(*tensor);
    const std::uint64_t step = std::max(unit, kSliceBytes / unit * unit);
    for (std::uint64_t from = 0; from < total; from += step) {
      slices.push_back({tensor, from, std::min(step, total - from), offset + from});
    }
  }
  return slices;
}

/// Takes slices from a list on several threads.
///
/// A file system lets one thread at a time write to a file, and threads that queue for that lock in the kernel hand it
/// over at the pace of the scheduler: on a busy machine ten times slower than one thread alone. So a thread that has a
/// slice ready leaves it to the one that is writing, if there is one, and makes the next.
class WeightWriter {
 public:
  WeightWriter(const WeightStore& weights, std::vector<Slice> slices, const NewFile& file,
               const base::CancelToken* cancel)
      : weights_(weights), slices_(std::move(slices)), file_(file), cancel_(cancel) {}

  void run() {
    const std::size_t threads =
        std::min<std::size_t>({std::max(1u, std::thread::hardware_concurrency()), kMostThreads, slices_.size()});
    std::vector<std::future<void>> others;
    for (std::size_t i = 1; i < threads; ++i) others.push_back(std::async(std::launch::async, [this] { work(); }));
    work();
    for (auto& other : others) other.get();
  }

 private:
  struct Ready {
    Slice slice;
    std::optional<Buffer> bytes;  // absent: copied from file to file
  };

  /// Stops the other threads when this one leaves by an exception.
  struct StopOthers {
    WeightWriter& writer;
    bool finished = false;
    ~StopOthers() {
      if (finished) return;
      const std::lock_guard lock(writer.mutex_);
      writer.stopped_ = true;
      writer.room_.notify_all();
    }
  };

  void work() {
    StopOthers guard{*this};
    Scratch scratch;
    for (std::size_t index = next_++; index < slices_.size() && !stopped_; index = next_++) {
      if (cancel_ != nullptr) cancel_->check();
      std::unique_lock<std::mutex> alone;
      if (slices_[index].length > kLargeBytes) alone = std::unique_lock(large_);
      hand_over(make(slices_[index], scratch));
    }
    guard.finished = true;
  }

  Ready make(const Slice& slice, Scratch& scratch) {
    if (weights_.file_range(*slice.tensor)) return {slice, std::nullopt};
    Ready ready{slice, used_buffer()};
    weights_.read(*slice.tensor, slice.from, ready.bytes->take(slice.length), scratch);
    return ready;
  }

  Buffer used_buffer() {
    const std::lock_guard lock(mutex_);
    if (used_.empty()) return {};
    Buffer buffer = std::move(used_.back());
    used_.pop_back();
    return buffer;
  }

  void hand_over(Ready ready) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return waiting_bytes_ < kMostWaiting || stopped_; });
    waiting_bytes_ += ready.slice.length;
    waiting_.push_back(std::move(ready));
    if (writing_) return;
    writing_ = true;
    while (!waiting_.empty() && !stopped_) {
      Ready next = std::move(waiting_.front());
      waiting_.pop_front();
      waiting_bytes_ -= next.slice.length;
      lock.unlock();
      room_.notify_one();
      write(next);
      lock.lock();
      if (next.bytes && next.bytes->size() <= kLargeBytes) used_.push_back(std::move(*next.bytes));
    }
    writing_ = false;
  }

  void write(Ready& ready) const {
    const Slice& slice = ready.slice;
    if (ready.bytes) {
      file_.write(slice.to, ready.bytes->take(slice.length));
      return;
    }
    const auto range = weights_.file_range(*slice.tensor);
    range->file->copy(range->offset + slice.from, slice.length, file_, slice.to);
  }

  const WeightStore& weights_;
  const std::vector<Slice> slices_;
  const NewFile& file_;
  const base::CancelToken* cancel_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<Ready> waiting_;
  std::uint64_t waiting_bytes_ = 0;
  std::vector<Buffer> used_;  // to be taken again
  bool writing_ = false;
  std::mutex large_;
};

}  // namespace

void write_weights(const WeightStore& weights, const std::vector<PlacedWeight>& placed, const NewFile& file,
                   const base::CancelToken* cancel) {
  WeightWriter(weights, slices_of(weights, placed), file, cancel).run();
}

}  // namespace autoaccel::model
