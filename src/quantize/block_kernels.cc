#include "quantize/block_kernels.h"

#include <cstring>
#include <limits>
#include <vector>

// Vectors wider than the machine's registers have no agreed way of being returned; here every function that returns one
// is inlined.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace autoaccel::quantize {
namespace {

// The compiler's own vectors (GCC, clang): one source for every instruction set. Bodies are inlined into functions
// that are compiled for a set. None of the sets has fused multiply-adds, so that all round alike.
using Floats = float __attribute__((vector_size(4 * kTileBlocks)));
using Ints = std::int32_t __attribute__((vector_size(4 * kTileBlocks)));
using Octets = std::uint8_t __attribute__((vector_size(kTileBlocks)));
using Doubles = double __attribute__((vector_size(32)));
#define AUTOACCEL_INLINE __attribute__((always_inline)) inline

constexpr float kLargest = std::numeric_limits<float>::max();
constexpr float kSmallest = std::numeric_limits<float>::min();  // a smaller scale would have no digits

template <typename Vector, typename T>
AUTOACCEL_INLINE Vector load(const T* from) {
  Vector to;
  std::memcpy(&to, from, sizeof(to));
  return to;
}

template <typename Vector, typename T>
AUTOACCEL_INLINE void store(const Vector& from, T* to) {
  std::memcpy(to, &from, sizeof(from));
}

AUTOACCEL_INLINE Floats all(float value) { return value - Floats{}; }

/// Half to even, of one element or of a vector, for |x| < 2^22, where adding 1.5 · 2^23 leaves no fraction.
template <typename T>
AUTOACCEL_INLINE T rounded(const T& x) {
  constexpr float kShift = 12582912.0F;
  return (x + kShift) - kShift;
}

/// NaN becomes `low`.
template <typename T>
AUTOACCEL_INLINE T clamped(const T& x, const T& low, const T& high) {
  const T above = x > low ? x : low;
  return above < high ? above : high;
}

struct Sums {
  Floats error{}, share{}, squares{};  ///< with k = q − zero_point and e = x − k · scale: Σ e², Σ k e, Σ k²
};

AUTOACCEL_INLINE Sums rounded_to(const float* tile, std::size_t block, const Floats& scale, const Floats& zero,
                                 float steps) {
  const Floats inverse = 1.0F / scale, low = -zero, high = steps - zero;
  Sums sums;
  for (std::size_t t = 0; t < block; ++t) {
    const auto x = load<Floats>(tile + t * kTileBlocks);
    const Floats k = clamped<Floats>(rounded<Floats>(x * inverse), low, high);
    const Floats e = x - k * scale;
    sums.error += e * e;
    sums.share += k * e;
    sums.squares += k * k;
  }
  return sums;
}

struct Best {
  Floats scale, zero, error;
};

/// Takes the scale that fits the integers best, s + Σ k e / Σ k², with its error, Σ e² − (Σ k e)² / Σ k², where that is
/// less.
AUTOACCEL_INLINE void take_refitted(const Floats& scale, const Floats& zero, const Sums& sums, Best& best) {
  Floats refitted = scale + sums.share / sums.squares;
  Floats error = sums.error - sums.share * sums.share / sums.squares;
  const Ints is_fit = refitted >= kSmallest;  // NaN where all integers are 0, and no scale is better than another
  refitted = is_fit ? refitted : scale;
  error = is_fit ? error : sums.error;
  const Ints is_less = error < best.error;
  best.scale = is_less ? refitted : best.scale;
  best.zero = is_less ? zero : best.zero;
  best.error = is_less ? error : best.error;
}

AUTOACCEL_INLINE void choose(const float* tile, std::size_t block, const BlockSearch& search, BlockChoice& choice) {
  Floats low{}, high{}, energy{}, poison{};
  for (std::size_t t = 0; t < block; ++t) {
    const auto x = load<Floats>(tile + t * kTileBlocks);
    low = x < low ? x : low;
    high = x > high ? x : high;
    energy += x * x;
    poison += x * 0.0F;  // NaN for NaN and infinities
  }
  const Floats range = high - low;
  const Ints is_finite = (range < kLargest / 2) & (poison == 0.0F);  // half: parts above 1 are tried
  for (std::size_t lane = 0; lane < kTileBlocks; ++lane) {
    if (is_finite[lane] == 0) {
      choice.is_usable = false;
      return;
    }
  }
  choice.is_usable = true;
  const Ints is_zero = range == 0.0F;
  const Floats place = rounded<Floats>(-low / range * search.steps);
  const Floats zero = is_zero ? all(0) : clamped<Floats>(place, all(0), all(search.steps));
  Best best{all(1), zero, all(std::numeric_limits<float>::infinity())};
  for (const float part : search.parts) {
    Floats scale = range * (part / search.steps);
    scale = scale > kSmallest ? scale : all(kSmallest);
    take_refitted(scale, zero, rounded_to(tile, block, scale, zero, search.steps), best);
  }
  const Floats found = best.scale;
  const Sums sums = rounded_to(tile, block, found, zero, search.steps);
  best.error = sums.error < best.error ? sums.error : best.error;  // some are nearer now, none is farther
  take_refitted(found, zero, sums, best);
  best.scale = is_zero ? all(1) : best.scale;
  store(best.scale, choice.scale.data());
  store(best.error, choice.error.data());
  store(energy, choice.energy.data());
  store(__builtin_convertvector(best.zero, Octets), choice.zero_point.data());
}

/// The clamp before rounding keeps `rounded` in its range; both ends of it are integers, so that it changes no result.
template <typename T>
AUTOACCEL_INLINE T level_of(const T& x, const T& scale, const T& zero, float steps) {
  return rounded<T>(clamped<T>(x / scale, -zero, steps - zero)) + zero;
}

AUTOACCEL_INLINE void quantize(const float* values, std::size_t count, const float* scales,
                               const std::uint8_t* zero_points, float steps, std::uint8_t* to) {
  std::size_t i = 0;
  for (; i + kTileBlocks <= count; i += kTileBlocks) {
    const auto zero = __builtin_convertvector(load<Octets>(zero_points + i), Floats);
    const Floats level = level_of<Floats>(load<Floats>(values + i), load<Floats>(scales + i), zero, steps);
    store(__builtin_convertvector(level, Octets), to + i);
  }
  for (; i < count; ++i)
    to[i] = static_cast<std::uint8_t>(level_of<float>(values[i], scales[i], zero_points[i], steps));
}

AUTOACCEL_INLINE void quantize_run(const float* values, std::size_t count, float scale, std::uint8_t zero_point,
                                   float steps, std::uint8_t* to) {
  std::size_t i = 0;
  for (; i + kTileBlocks <= count; i += kTileBlocks) {
    const Floats level = level_of<Floats>(load<Floats>(values + i), all(scale), all(zero_point), steps);
    store(__builtin_convertvector(level, Octets), to + i);
  }
  for (; i < count; ++i) to[i] = static_cast<std::uint8_t>(level_of<float>(values[i], scale, zero_point, steps));
}

AUTOACCEL_INLINE void add_rows(const float* factors, std::size_t count, const float* rows, float* to) {
  constexpr std::size_t kSums = 4;  // none waits for another
  Floats sums[kSums]{};
  std::size_t i = 0;
  for (; i + kSums <= count; i += kSums)
    for (std::size_t s = 0; s < kSums; ++s) sums[s] += factors[i + s] * load<Floats>(rows + (i + s) * kTileBlocks);
  for (; i < count; ++i) sums[0] += factors[i] * load<Floats>(rows + i * kTileBlocks);
  store<Floats>(load<Floats>(to) + ((sums[0] + sums[1]) + (sums[2] + sums[3])), to);
}

AUTOACCEL_INLINE void subtract_rows(double* to, std::size_t size, const double* factors, std::size_t count,
                                    const double* rows, std::size_t stride) {
  constexpr std::size_t kLanes = sizeof(Doubles) / sizeof(double), kSums = 4;
  std::size_t i = 0;
  for (; i + kLanes * kSums <= size; i += kLanes * kSums) {
    Doubles sums[kSums];
    for (std::size_t s = 0; s < kSums; ++s) sums[s] = load<Doubles>(to + i + s * kLanes);
    for (std::size_t j = 0; j < count; ++j)
      for (std::size_t s = 0; s < kSums; ++s) sums[s] -= factors[j] * load<Doubles>(rows + j * stride + i + s * kLanes);
    for (std::size_t s = 0; s < kSums; ++s) store(sums[s], to + i + s * kLanes);
  }
  for (; i < size; ++i)
    for (std::size_t j = 0; j < count; ++j) to[i] -= factors[j] * rows[j * stride + i];
}

// The loops compiled for an instruction set.
#define AUTOACCEL_KERNELS(set, target)                                                                             \
  target void choose_##set(const float* tile, std::size_t block, const BlockSearch& search, BlockChoice& choice) { \
    choose(tile, block, search, choice);                                                                           \
  }                                                                                                                \
  target void quantize_##set(const float* values, std::size_t count, const float* scales,                          \
                             const std::uint8_t* zero_points, float steps, std::uint8_t* to) {                     \
    quantize(values, count, scales, zero_points, steps, to);                                                       \
  }                                                                                                                \
  target void quantize_run_##set(const float* values, std::size_t count, float scale, std::uint8_t zero_point,     \
                                 float steps, std::uint8_t* to) {                                                  \
    quantize_run(values, count, scale, zero_point, steps, to);                                                     \
  }                                                                                                                \
  target void add_rows_##set(const float* factors, std::size_t count, const float* rows, float* to) {              \
    add_rows(factors, count, rows, to);                                                                            \
  }                                                                                                                \
  target void subtract_rows_##set(double* to, std::size_t size, const double* factors, std::size_t count,          \
                                  const double* rows, std::size_t stride) {                                        \
    subtract_rows(to, size, factors, count, rows, stride);                                                         \
  }                                                                                                                \
  constexpr BlockKernels k_##set = {#set,           choose_##set,       quantize_##set, quantize_run_##set,        \
                                    add_rows_##set, subtract_rows_##set}

AUTOACCEL_KERNELS(baseline, );
#if defined(__x86_64__)
AUTOACCEL_KERNELS(avx2, __attribute__((target("avx2"))));
#endif

std::vector<BlockKernels> runnable() {
  std::vector<BlockKernels> kernels = {k_baseline};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) kernels.push_back(k_avx2);
#endif
  return kernels;
}

}  // namespace

std::span<const BlockKernels> block_kernels() {
  static const std::vector<BlockKernels> kernels = runnable();
  return kernels;
}

}  // namespace autoaccel::quantize
