#include "measure/measure.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <future>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "autoaccel/error.h"
#include "measure/stopping.h"

namespace autoaccel::measure {
namespace {

struct Sample {
  double end = 0;      ///< by the clock
  double seconds = 0;  ///< of the request
};

struct Timed {
  std::vector<Sample> samples;
  double wall_seconds = 0;
  double warm_up_seconds = 0;
  std::size_t warm_up_runs = 0;
};

/// The timed call: two readings of the clock and nothing else between them.
Sample time_once(const RunOnce& run, int request, int sample, const base::Clock& clock) {
  const double begin = clock.now();
  run(request, sample);
  const double end = clock.now();
  return {end, end - begin};
}

std::vector<double> seconds_of(const std::vector<Sample>& samples) {
  std::vector<double> seconds(samples.size());
  std::transform(samples.begin(), samples.end(), seconds.begin(), [](const Sample& s) { return s.seconds; });
  return seconds;
}

/// Half of max - min, relative to the middle: what can be said where the samples are too few for an interval.
double half_of_range(const std::vector<double>& seconds) {
  const auto [least, most] = std::minmax_element(seconds.begin(), seconds.end());
  return *most > 0 ? (*most - *least) / (*most + *least) : 0;
}

/// One request in flight, from this thread. Looking at the interval is not part of the wall time.
Timed time_alone(const Rules& rules, const Load& load, const RunOnce& run, const base::Clock& clock) {
  Timed timed;
  WarmUp warm_up(rules);
  int next = 0;
  const auto rotate = [&] { return std::exchange(next, (next + 1) % load.samples); };
  const double warm_up_begin = clock.now();
  while (!warm_up.is_warm()) {
    const Sample sample = time_once(run, 0, rotate(), clock);
    warm_up.add(sample.seconds, sample.end - warm_up_begin);
  }
  timed.warm_up_runs = warm_up.runs();

  StopRule rule(rules);
  timed.samples.reserve(rules.max_samples);
  double looking = 0;
  const double begin = clock.now();
  timed.warm_up_seconds = begin - warm_up_begin;
  while (true) {
    timed.samples.push_back(time_once(run, 0, rotate(), clock));
    const double end = timed.samples.back().end;
    const double elapsed = end - begin - looking;
    timed.wall_seconds = elapsed;
    if (rule.is_due(timed.samples.size(), elapsed)) {
      if (rule.is_narrow(seconds_of(timed.samples))) break;
      looking += clock.now() - end;
    }
    if (rule.is_at_cap(timed.samples.size(), elapsed)) break;
  }
  return timed;
}

/// Several requests in flight, each with a thread.
///
/// Every thread writes to its own lane, whose storage is there before the start, and publishes how much of it is valid;
/// the thread that finds a look at the interval due takes it between two of its own runs.
class Lanes {
 public:
  Lanes(const Rules& rules, const Load& load, const RunOnce& run, const base::Clock& clock)
      : rules_(rules),
        load_(load),
        run_(run),
        clock_(clock),
        lanes_(static_cast<std::size_t>(load.requests_in_flight)),
        rule_(rules),
        start_(load.requests_in_flight, ReadClock{this}) {
    const std::size_t capacity = std::max<std::size_t>(1, rules.max_samples / lanes_.size());
    for (Lane& lane : lanes_) lane.samples.resize(capacity);  // touched now, so that no page faults later
  }

  Timed time() {
    warm_up_begin_ = clock_.now();
    std::vector<std::future<void>> threads;
    try {
      for (int request = 0; request < load_.requests_in_flight; ++request) {
        threads.push_back(std::async(std::launch::async, [this, request] { serve(request); }));
      }
    } catch (const std::system_error& error) {
      is_stopped_ = true;
      for (std::size_t i = threads.size(); i < lanes_.size(); ++i) start_.arrive_and_drop();
      for (const auto& thread : threads) thread.wait();
      throw Error(Cause::environment,
                  "cannot start " + std::to_string(lanes_.size()) + " threads for requests in flight: " + error.what(),
                  "allow more threads (`ulimit -u`) or use fewer requests in flight");
    }
    for (const auto& thread : threads) thread.wait();
    for (auto& thread : threads) thread.get();  // throws what its run threw
    return gathered();
  }

 private:
  struct alignas(64) Lane {
    std::vector<Sample> samples;
    std::atomic<std::size_t> count{0};  ///< of samples that others may read
    std::size_t warm_up_runs = 0;
  };

  struct ReadClock {
    Lanes* lanes;
    void operator()() noexcept { lanes->begin_ = lanes->clock_.now(); }
  };

  /// Leaving a thread by an exception must neither keep the others at the barrier nor let them go on.
  class Leave {
   public:
    explicit Leave(Lanes& lanes) : lanes_(lanes) {}
    ~Leave() {
      if (is_regular_) return;
      lanes_.is_stopped_ = true;
      if (!is_past_barrier_) lanes_.start_.arrive_and_drop();
    }
    Leave(const Leave&) = delete;
    Leave& operator=(const Leave&) = delete;
    void past_barrier() { is_past_barrier_ = true; }
    void regular() { is_regular_ = true; }

   private:
    Lanes& lanes_;
    bool is_past_barrier_ = false;
    bool is_regular_ = false;
  };

  void serve(int request) {
    Leave leave(*this);
    int next = request % load_.samples;
    const auto rotate = [&] { return std::exchange(next, (next + 1) % load_.samples); };
    warm_up(lanes_[static_cast<std::size_t>(request)], request, rotate);
    leave.past_barrier();
    start_.arrive_and_wait();
    fill(lanes_[static_cast<std::size_t>(request)], request, rotate);
    leave.regular();
  }

  /// Goes on until every lane is warm, so that each warms up under the full load.
  template <typename Rotate>
  void warm_up(Lane& lane, int request, const Rotate& rotate) {
    WarmUp rule(rules_);
    bool is_counted = false;
    while (!is_stopped_ && warm_lanes_ < lanes_.size()) {
      const Sample sample = time_once(run_, request, rotate(), clock_);
      rule.add(sample.seconds, sample.end - warm_up_begin_);
      if (rule.is_warm() && !std::exchange(is_counted, true)) ++warm_lanes_;
    }
    lane.warm_up_runs = rule.runs();
  }

  template <typename Rotate>
  void fill(Lane& lane, int request, const Rotate& rotate) {
    std::size_t count = 0;
    while (!is_stopped_) {
      lane.samples[count] = time_once(run_, request, rotate(), clock_);
      const double elapsed = lane.samples[count].end - begin_;
      lane.count.store(++count, std::memory_order_release);
      const std::size_t total = total_.fetch_add(1, std::memory_order_relaxed) + 1;
      if (count == lane.samples.size() || rule_.is_at_cap(total, elapsed)) is_stopped_ = true;
      look_when_due(total, elapsed);
    }
  }

  void look_when_due(std::size_t total, double elapsed) {
    if (total < next_total_.load(std::memory_order_relaxed)) return;
    const std::unique_lock lock(looking_, std::try_to_lock);
    if (!lock || !rule_.is_due(total, elapsed)) return;
    std::vector<double> seconds;
    for (const Lane& lane : lanes_) {
      const std::size_t count = lane.count.load(std::memory_order_acquire);
      for (std::size_t i = 0; i < count; ++i) seconds.push_back(lane.samples[i].seconds);
    }
    if (rule_.is_narrow(std::move(seconds))) is_stopped_ = true;
    next_total_.store(rule_.next_look(), std::memory_order_relaxed);
  }

  Timed gathered() const {
    Timed timed;
    for (const Lane& lane : lanes_) {
      const auto end = lane.samples.begin() + static_cast<std::ptrdiff_t>(lane.count.load());
      timed.samples.insert(timed.samples.end(), lane.samples.begin(), end);
      timed.warm_up_runs += lane.warm_up_runs;
    }
    std::stable_sort(timed.samples.begin(), timed.samples.end(), [](const Sample& a, const Sample& b) { return a.end < b.end; });
    timed.warm_up_seconds = begin_ - warm_up_begin_;
    timed.wall_seconds = timed.samples.back().end - begin_;
    return timed;
  }

  const Rules& rules_;
  const Load& load_;
  const RunOnce& run_;
  const base::Clock& clock_;
  std::vector<Lane> lanes_;
  std::atomic<bool> is_stopped_{false};
  std::atomic<std::size_t> warm_lanes_{0};
  std::atomic<std::size_t> total_{0};
  std::atomic<std::size_t> next_total_{0};
  std::mutex looking_;
  StopRule rule_;
  double warm_up_begin_ = 0;
  double begin_ = 0;
  std::barrier<ReadClock> start_;
};

}  // namespace

Measurement measure(const Rules& rules, const Load& load, const RunOnce& run, const base::Clock& clock) {
  if (load.requests_in_flight < 1 || load.samples < 1 || load.batch < 1) {
    throw Error(Cause::defect, "a load needs at least one request, one sample and a batch of one");
  }
  const Timed timed = load.requests_in_flight == 1 ? time_alone(rules, load, run, clock) : Lanes(rules, load, run, clock).time();

  Measurement result;
  result.batch = load.batch;
  result.requests_in_flight = load.requests_in_flight;
  result.runs = static_cast<std::int64_t>(timed.samples.size());
  result.wall_seconds = timed.wall_seconds;
  const double samples = static_cast<double>(load.batch) * static_cast<double>(result.runs);
  result.throughput_per_second = timed.wall_seconds > 0 ? samples / timed.wall_seconds : 0;
  result.warm_up_seconds = timed.warm_up_seconds;
  result.warm_up_runs = static_cast<std::int64_t>(timed.warm_up_runs);

  std::vector<double> seconds = seconds_of(timed.samples);
  result.latency_seconds = summarize_latency(seconds);
  result.coefficient_of_variation = coefficient_of_variation(seconds);
  const auto width = median_half_width(seconds);
  result.median_half_width = width ? *width : half_of_range(seconds);
  result.noisy = !width || *width > rules.target_half_width;
  result.samples_seconds = std::move(seconds);
  return result;
}

}  // namespace autoaccel::measure
