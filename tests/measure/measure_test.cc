#include "measure/measure.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "autoaccel/error.h"
#include "measure/fake_clock.h"

namespace autoaccel::measure {
namespace {

constexpr double kTwoMilliseconds = 1.0 / 512;  // 1.95 ms: a power of two, so that all sums are exact

TEST(Measure, TellsAKnownLatencyExactly) {
  const FakeClock clock;
  const Measurement m = measure({}, {.batch = 4}, [&](int, int) { clock.sleep(kTwoMilliseconds); }, clock);
  // Half a second of 1/512 s each; the interval is narrow at the first look.
  EXPECT_EQ(m.runs, 256);
  EXPECT_EQ(m.wall_seconds, 0.5);
  EXPECT_EQ(m.throughput_per_second, 4 * 512.0);
  EXPECT_EQ(m.batch, 4);
  EXPECT_EQ(m.requests_in_flight, 1);
  EXPECT_EQ(m.samples_seconds, std::vector<double>(256, kTwoMilliseconds));
  EXPECT_EQ(m.latency_seconds.median, kTwoMilliseconds);
  EXPECT_EQ(m.latency_seconds.p90, kTwoMilliseconds);
  EXPECT_FALSE(m.latency_seconds.p99);
  EXPECT_EQ(m.median_half_width, 0);
  EXPECT_EQ(m.coefficient_of_variation, 0);
  EXPECT_FALSE(m.noisy);
  // Two windows of ⌈0.1 * 512⌉ runs.
  EXPECT_EQ(m.warm_up_runs, 104);
  EXPECT_EQ(m.warm_up_seconds, 104 * kTwoMilliseconds);
}

TEST(Measure, TakesTheMinimumOfSamplesOfASlowModel) {
  const FakeClock clock;
  const Measurement m = measure({}, {}, [&](int, int) { clock.sleep(1); }, clock);
  EXPECT_EQ(m.warm_up_runs, 6);
  EXPECT_EQ(m.runs, 11);
  EXPECT_EQ(m.latency_seconds.median, 1.0);
  EXPECT_EQ(m.throughput_per_second, 1);
  EXPECT_FALSE(m.noisy);
}

TEST(Measure, EndsAtTheCapWithTooFewSamplesAndSaysNoisy) {
  const FakeClock clock;
  int calls = 0;
  const Measurement m = measure({}, {}, [&](int, int) { clock.sleep(++calls % 2 ? 6 : 4); }, clock);
  EXPECT_EQ(m.warm_up_runs, 2);  // 6 + 4 s: the cap of 10
  EXPECT_EQ(m.samples_seconds, (std::vector<double>{6, 4, 6}));  // 16 s: the cap of 15
  EXPECT_TRUE(m.noisy);
  EXPECT_EQ(m.median_half_width, 0.2);  // half the range, (6 - 4) / 2 over the middle 5
  EXPECT_FALSE(m.latency_seconds.median);
  EXPECT_EQ(m.latency_seconds.mean, 16.0 / 3);
  EXPECT_EQ(m.throughput_per_second, 3.0 / 16);
}

TEST(Measure, CallsInjectedNoiseNoisyAndStillReports) {
  const FakeClock clock;
  std::mt19937 random(1);
  std::uniform_int_distribution<int> sixteenths(1, 64);
  const Measurement m = measure({}, {}, [&](int, int) { clock.sleep(sixteenths(random) / 16.0); }, clock);
  EXPECT_TRUE(m.noisy);
  EXPECT_GT(m.median_half_width, 0.01);
  EXPECT_GE(m.wall_seconds, 15);
  EXPECT_LT(m.wall_seconds - m.samples_seconds.back(), 15);  // and not a run longer
  EXPECT_EQ(std::accumulate(m.samples_seconds.begin(), m.samples_seconds.end(), 0.0), m.wall_seconds);
  EXPECT_GT(m.coefficient_of_variation, 0.3);
}

TEST(Measure, GoesOnUntilTheIntervalIsNarrow) {
  const FakeClock clock;
  std::mt19937 random(1);
  std::uniform_int_distribution<int> step(0, 255);
  // 1/64 s ± 6 %: some hundred samples for 1 %, more than half a second holds (32).
  const Measurement m = measure({}, {}, [&](int, int) { clock.sleep((1 + step(random) / 2048.0) / 64); }, clock);
  EXPECT_FALSE(m.noisy);
  EXPECT_LE(m.median_half_width, 0.01);
  EXPECT_GT(m.runs, 32);
  EXPECT_LT(m.wall_seconds, 15);
  EXPECT_EQ(m.median_half_width, median_half_width(m.samples_seconds));
}

TEST(Measure, StartsOnlyWhenWarm) {
  const FakeClock clock;
  int calls = 0;
  // The first 30 runs get faster and faster, from 31/32 s to 2/32 s; then 1/32 s.
  const auto run = [&](int, int) { clock.sleep(std::max(1, 31 - calls++) / 32.0); };
  const Measurement m = measure({.max_warm_up_seconds = 1000}, {}, run, clock);
  EXPECT_GE(m.warm_up_runs, 36);
  EXPECT_EQ(m.samples_seconds, std::vector<double>(m.samples_seconds.size(), 1.0 / 32));
}

TEST(Measure, RotatesThroughThePoolAcrossWarmUpAndTiming) {
  const FakeClock clock;
  std::vector<int> seen;
  const auto run = [&](int request, int sample) {
    EXPECT_EQ(request, 0);
    seen.push_back(sample);
    clock.sleep(1);
  };
  const Measurement m = measure({}, {.samples = 3}, run, clock);
  ASSERT_EQ(seen.size(), static_cast<std::size_t>(m.runs + m.warm_up_runs));
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<int>(i % 3)) << i;
}

TEST(Measure, EndsEvenWhenTheClockStands) {
  const FakeClock clock;
  const Measurement m = measure({.max_samples = 50}, {}, [](int, int) {}, clock);
  EXPECT_EQ(m.runs, 50);
  EXPECT_EQ(m.throughput_per_second, 0);
}

TEST(Measure, LetsTheRunsErrorThrough) {
  const FakeClock clock;
  int calls = 0;
  const auto run = [&](int, int) {
    if (++calls == 8) throw Error(Cause::vendor, "out of cheese");
    clock.sleep(1);
  };
  EXPECT_THROW(measure({}, {}, run, clock), Error);
  EXPECT_EQ(calls, 8);
}

TEST(Measure, RefusesALoadOfNothing) {
  const FakeClock clock;
  const auto run = [](int, int) {};
  EXPECT_THROW(measure({}, {.requests_in_flight = 0}, run, clock), Error);
  EXPECT_THROW(measure({}, {.samples = 0}, run, clock), Error);
  EXPECT_THROW(measure({}, {.batch = 0}, run, clock), Error);
}

TEST(MeasureInFlight, CountsEveryRunOfEveryRequestOverTheWallTime) {
  const FakeClock clock;
  std::atomic<int> calls{0};
  // Four requests share the time: each run moves the clock by a quarter of 1/512 s.
  const auto run = [&](int, int) {
    ++calls;
    clock.sleep(kTwoMilliseconds / 4);
  };
  const Measurement m = measure({}, {.requests_in_flight = 4, .batch = 2}, run, clock);
  EXPECT_EQ(m.requests_in_flight, 4);
  EXPECT_EQ(m.runs + m.warm_up_runs, calls);
  EXPECT_EQ(static_cast<std::size_t>(m.runs), m.samples_seconds.size());
  // Only runs move the clock, so runs / wall is exactly 4 / (1/512 s), however the threads were scheduled.
  EXPECT_EQ(m.wall_seconds, static_cast<double>(m.runs) * kTwoMilliseconds / 4);
  EXPECT_EQ(m.throughput_per_second, 2 * 4 * 512.0);
  EXPECT_GE(m.wall_seconds, 0.5);
}

TEST(MeasureInFlight, GivesEachRequestAThreadOfItsOwnAndRotatesItsSamples) {
  const FakeClock clock;
  std::mutex mutex;
  std::map<int, std::set<std::thread::id>> threads;
  std::map<int, std::vector<int>> samples;
  const auto run = [&](int request, int sample) {
    {
      const std::lock_guard lock(mutex);
      threads[request].insert(std::this_thread::get_id());
      samples[request].push_back(sample);
    }
    clock.sleep(kTwoMilliseconds);
  };
  measure({}, {.requests_in_flight = 3, .samples = 2}, run, clock);
  ASSERT_EQ(threads.size(), 3u);
  std::set<std::thread::id> all;
  for (const auto& [request, ids] : threads) {
    EXPECT_EQ(ids.size(), 1u) << request;
    all.insert(*ids.begin());
  }
  EXPECT_EQ(all.size(), 3u);
  EXPECT_FALSE(all.contains(std::this_thread::get_id()));
  for (const auto& [request, seen] : samples) {
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<int>((request + i) % 2));
  }
}

TEST(MeasureInFlight, RunsRequestsAtTheSameTime) {
  const FakeClock clock;
  std::atomic<int> inside{0};
  std::atomic<bool> has_met{false};
  const auto run = [&](int, int) {
    ++inside;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!has_met && std::chrono::steady_clock::now() < give_up) {
      if (inside == 3) has_met = true;
      std::this_thread::yield();
    }
    --inside;
    clock.sleep(1.0 / 64);
  };
  measure({}, {.requests_in_flight = 3}, run, clock);
  EXPECT_TRUE(has_met);
}

TEST(MeasureInFlight, CarriesAnErrorOutOfItsThreadAndStopsTheOthers) {
  for (const int failing_call : {1, 2, 10, 300}) {  // first run, warm-up, and the timed region
    const FakeClock clock;
    std::atomic<int> calls{0};
    const auto run = [&](int request, int) {
      clock.sleep(kTwoMilliseconds);
      if (request != 1) std::this_thread::sleep_for(std::chrono::microseconds(100));  // or they fill their storage first
      if (request == 1 && ++calls == failing_call) throw Error(Cause::vendor, "request 1 failed");
    };
    const Rules rules{.target_half_width = -1, .max_seconds = 1e9};  // would not end by itself soon
    try {
      measure(rules, {.requests_in_flight = 3}, run, clock);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), "request 1 failed");
    }
    EXPECT_EQ(calls, failing_call);
  }
}

TEST(MeasureInFlight, CarriesErrorsOfAnyType) {
  const FakeClock clock;
  EXPECT_THROW(measure({}, {.requests_in_flight = 2}, [](int, int) { throw std::bad_alloc(); }, clock), std::bad_alloc);
}

TEST(MeasureInFlight, BoundsTheSamples) {
  const FakeClock clock;
  const Measurement m = measure({.max_samples = 100}, {.requests_in_flight = 4}, [](int, int) {}, clock);
  EXPECT_LE(m.runs, 100);
  EXPECT_GE(m.runs, 25);  // one lane's storage
}

}  // namespace
}  // namespace autoaccel::measure
