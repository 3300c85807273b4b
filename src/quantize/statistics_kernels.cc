#include "quantize/statistics_kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

namespace autoaccel::quantize {
namespace {

// The compiler's own vectors (GCC, clang): one source for every instruction set. Bodies are inlined into functions
// that are compiled for a set, which is what gives them its registers.
constexpr std::size_t kLanes = 8;
using Floats = float __attribute__((vector_size(32)));
using Ints = std::int32_t __attribute__((vector_size(32)));
using Half = float __attribute__((vector_size(16)));  // of Floats: as many as Doubles
using Doubles = double __attribute__((vector_size(32)));
constexpr std::size_t kHalf = kLanes / 2;
#define AUTOACCEL_INLINE __attribute__((always_inline)) inline

constexpr std::int32_t kInfinity = 0x7f800000;  // bits; those of NaN are larger, of finite magnitudes smaller
constexpr std::int32_t kMagnitude = 0x7fffffff;

template <typename Vector, typename T>
AUTOACCEL_INLINE void load(const T* from, Vector& to) {
  std::memcpy(&to, from, sizeof(to));
}

template <typename Vector, typename T>
AUTOACCEL_INLINE void store(const Vector& from, T* to) {
  std::memcpy(to, &from, sizeof(from));
}

AUTOACCEL_INLINE void load_widened(const float* from, Doubles& to) {
  Half half;
  load(from, half);
  to = __builtin_convertvector(half, Doubles);
}

AUTOACCEL_INLINE std::int32_t slot_of(float value, float bins_per_unit, std::size_t lane) {
  const auto bits = std::bit_cast<std::int32_t>(value);
  const std::int32_t magnitude = bits & kMagnitude;
  if (magnitude >= kInfinity) return kPassedOverSlot;
  if (magnitude == 0) return kZeroSlot + static_cast<std::int32_t>(lane);
  const auto place = static_cast<std::int32_t>(std::bit_cast<float>(magnitude) * bins_per_unit);
  return Histogram::kSide + (place ^ (bits >> 31));  // below zero −1 − place
}

AUTOACCEL_INLINE void find_slots(const float* values, std::size_t count, float bins_per_unit, std::int32_t* slots) {
  const Ints zero_slots = kZeroSlot + Ints{0, 1, 2, 3, 4, 5, 6, 7};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Ints bits;
    load(values + i, bits);
    const Ints magnitude = bits & kMagnitude;
    const Ints is_finite = magnitude < kInfinity, is_zero = magnitude == 0;
    const Floats finite = reinterpret_cast<Floats>(magnitude & is_finite);
    const Ints place = __builtin_convertvector(finite * bins_per_unit, Ints);
    Ints slot = Histogram::kSide + (place ^ (bits >> 31));
    slot = (slot & ~is_zero) | (zero_slots & is_zero);
    slot = (slot & is_finite) | (kPassedOverSlot & ~is_finite);
    store(slot, slots + i);
  }
  for (; i < count; ++i) slots[i] = slot_of(values[i], bins_per_unit, i % kLanes);
}

void add_one(float value, RunFigures& figures) {
  if ((std::bit_cast<std::int32_t>(value) & kMagnitude) >= kInfinity) return;
  figures.min = std::min(figures.min, value);
  figures.max = std::max(figures.max, value);
  figures.sum += value;
  figures.sum_squares += static_cast<double>(value) * value;
  ++figures.finite;
}

AUTOACCEL_INLINE void add_run(const float* values, std::size_t count, RunFigures& figures) {
  constexpr std::size_t kBlock = 64 * kLanes;  // looked at together: with anything not finite in it, one by one
  while (count >= kLanes) {
    const std::size_t block = std::min(count / kLanes * kLanes, kBlock);
    Floats low, high;
    load(values, low);
    high = low;
    Ints largest{};
    Doubles sums[2]{}, squares[2]{};
    for (std::size_t i = 0; i < block; i += kLanes) {
      Floats value;
      load(values + i, value);
      const Ints magnitude = reinterpret_cast<Ints>(value) & kMagnitude;
      largest = magnitude > largest ? magnitude : largest;
      low = value < low ? value : low;
      high = value > high ? value : high;
      for (std::size_t half = 0; half < 2; ++half) {
        Doubles wide;
        load_widened(values + i + half * kHalf, wide);
        sums[half] += wide;
        squares[half] += wide * wide;
      }
    }
    bool is_finite = true;
    for (std::size_t lane = 0; lane < kLanes; ++lane) is_finite = is_finite && largest[lane] < kInfinity;
    if (is_finite) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        figures.min = std::min(figures.min, low[lane]);
        figures.max = std::max(figures.max, high[lane]);
        figures.sum += sums[lane / kHalf][lane % kHalf];
        figures.sum_squares += squares[lane / kHalf][lane % kHalf];
      }
      figures.finite += static_cast<std::int64_t>(block);
    } else {
      for (std::size_t i = 0; i < block; ++i) add_one(values[i], figures);
    }
    values += block;
    count -= block;
  }
  for (std::size_t i = 0; i < count; ++i) add_one(values[i], figures);
}

AUTOACCEL_INLINE bool are_finite(const float* values, std::size_t count) {
  Ints largest{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Ints bits;
    load(values + i, bits);
    const Ints magnitude = bits & kMagnitude;
    largest = magnitude > largest ? magnitude : largest;
  }
  std::int32_t most = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) most = std::max(most, largest[lane]);
  for (; i < count; ++i) most = std::max(most, std::bit_cast<std::int32_t>(values[i]) & kMagnitude);
  return most < kInfinity;
}

AUTOACCEL_INLINE bool add_row(const float* values, std::size_t count, float* min, float* max, double* sum,
                              double* sum_squares) {
  if (!are_finite(values, count)) return false;
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Floats value, low, high;
    load(values + i, value);
    load(min + i, low);
    load(max + i, high);
    store(value < low ? value : low, min + i);
    store(value > high ? value : high, max + i);
    for (std::size_t at = i; at < i + kLanes; at += kHalf) {
      Doubles wide, total, squares;
      load_widened(values + at, wide);
      load(sum + at, total);
      load(sum_squares + at, squares);
      store(total + wide, sum + at);
      store(squares + wide * wide, sum_squares + at);
    }
  }
  for (; i < count; ++i) {
    min[i] = std::min(min[i], values[i]);
    max[i] = std::max(max[i], values[i]);
    sum[i] += values[i];
    sum_squares[i] += static_cast<double>(values[i]) * values[i];
  }
  return true;
}

// The three loops compiled for an instruction set.
#define AUTOACCEL_KERNELS(set, target)                                                                             \
  target void find_slots_##set(const float* values, std::size_t count, float bins_per_unit, std::int32_t* slots) { \
    find_slots(values, count, bins_per_unit, slots);                                                               \
  }                                                                                                                \
  target void add_run_##set(const float* values, std::size_t count, RunFigures& figures) {                         \
    add_run(values, count, figures);                                                                               \
  }                                                                                                                \
  target bool add_row_##set(const float* values, std::size_t count, float* min, float* max, double* sum,           \
                            double* sum_squares) {                                                                 \
    return add_row(values, count, min, max, sum, sum_squares);                                                     \
  }                                                                                                                \
  constexpr StatisticsKernels k_##set = {#set, find_slots_##set, add_run_##set, add_row_##set}

AUTOACCEL_KERNELS(baseline, );
#if defined(__x86_64__)
AUTOACCEL_KERNELS(avx2, __attribute__((target("avx2"))));
#endif

std::vector<StatisticsKernels> runnable() {
  std::vector<StatisticsKernels> kernels = {k_baseline};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) kernels.push_back(k_avx2);
#endif
  return kernels;
}

}  // namespace

std::span<const StatisticsKernels> statistics_kernels() {
  static const std::vector<StatisticsKernels> kernels = runnable();
  return kernels;
}

}  // namespace autoaccel::quantize
