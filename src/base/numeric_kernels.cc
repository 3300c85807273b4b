#include "base/numeric_kernels.h"

#include <vector>

#include "base/numeric.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace autoaccel::base {
namespace {

template <auto Convert, typename From, typename To>
void one_by_one(const From* from, To* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to[i] = Convert(from[i]);
}

constexpr FloatKernels kScalar = {
    "scalar",
    one_by_one<float16_from_float32, float, std::uint16_t>,
    one_by_one<float32_from_float16, std::uint16_t, float>,
    one_by_one<bfloat16_from_float32, float, std::uint16_t>,
    one_by_one<float32_from_bfloat16, std::uint16_t, float>,
};

#if defined(__x86_64__)
// Each takes whole registers and leaves the rest to the scalar conversion. The rounding mode stands in the instruction,
// so a thread's MXCSR does not matter. Wider registers would gain nothing, the memory is the limit; and AVX512_BF16's own
// conversion takes subnormals for zero.

#define AUTOACCEL_AVX2 __attribute__((target("avx2,f16c")))

AUTOACCEL_AVX2 void f16_from_f32_avx2(const float* from, std::uint16_t* to, std::size_t count) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), half);
  }
  kScalar.float16_from_float32(from + i, to + i, count - i);
}

AUTOACCEL_AVX2 void f32_from_f16_avx2(const std::uint16_t* from, float* to, std::size_t count) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i))));
  }
  kScalar.float32_from_float16(from + i, to + i, count - i);
}

/// Upper halves of 8 floats, rounded to nearest even: bits + 0x7FFF + (bit 16), or quieted where NaN.
AUTOACCEL_AVX2 inline __m256i upper_halves_avx2(const float* from) {
  const __m256 value = _mm256_loadu_ps(from);
  const __m256i bits = _mm256_castps_si256(value);
  const __m256i last_bit = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(last_bit, _mm256_set1_epi32(0x7FFF)));
  const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x00400000));
  const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
  return _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, is_nan), 16);
}

AUTOACCEL_AVX2 void bf16_from_f32_avx2(const float* from, std::uint16_t* to, std::size_t count) {
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    // packus works within 128-bit lanes; the permutation puts its quarters back in order.
    const __m256i packed = _mm256_packus_epi32(upper_halves_avx2(from + i), upper_halves_avx2(from + i + 8));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), _mm256_permute4x64_epi64(packed, 0xD8));
  }
  kScalar.bfloat16_from_float32(from + i, to + i, count - i);
}

AUTOACCEL_AVX2 void f32_from_bf16_avx2(const std::uint16_t* from, float* to, std::size_t count) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i)));
    const __m256i bits = _mm256_slli_epi32(wide, 16);
    const __m256 value = _mm256_castsi256_ps(bits);
    const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
    const __m256i quiet_bit = _mm256_and_si256(is_nan, _mm256_set1_epi32(0x00400000));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), _mm256_or_si256(bits, quiet_bit));
  }
  kScalar.float32_from_bfloat16(from + i, to + i, count - i);
}

#undef AUTOACCEL_AVX2

constexpr FloatKernels kAvx2 = {"avx2", f16_from_f32_avx2, f32_from_f16_avx2, bf16_from_f32_avx2, f32_from_bf16_avx2};
#endif

std::vector<FloatKernels> runnable() {
  std::vector<FloatKernels> kernels = {kScalar};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c")) kernels.push_back(kAvx2);
#endif
  return kernels;
}

}  // namespace

std::span<const FloatKernels> float_kernels() {
  static const std::vector<FloatKernels> kernels = runnable();
  return kernels;
}

}  // namespace autoaccel::base
