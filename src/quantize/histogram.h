#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace autoaccel::quantize {

/// How often values lie where, in bounded memory: kSide equal bins below zero, as many from zero on.
///
/// Bin i holds the values between edge(i) and edge(i + 1), with the edge that is nearer to zero, except exact zeros,
/// which are counted by themselves: every quantization keeps them, and activations are full of them. The bins reach
/// from −2^exponent to 2^exponent, where 2^exponent is the first power of two above the largest magnitude seen so far;
/// when it grows, two bins become one. So the largest magnitude always lies in the outer half of its side, at least
/// kSide / 2 bins from zero (below 2^-116, in fewer).
struct Histogram {
  static constexpr int kSide = 2048;
  static constexpr int kBins = 2 * kSide;
  static constexpr int kMinExponent = -116;  ///< the inverse of a bin's width is a float then

  std::int64_t zeros = 0;
  int exponent = kMinExponent;
  std::vector<std::int64_t> bins;  ///< kBins of them; empty while nothing but zeros was seen

  /// The width of a bin, a power of two.
  double width() const;

  /// The lower edge of bin i; i in [0, kBins].
  double edge(int i) const;

  /// The number of values counted, zeros included.
  std::int64_t count() const;

  /// Counts the finite values; passes over NaN and infinities.
  ///
  /// magnitude  the largest |x| among them
  void add(std::span<const float> values, float magnitude);

  void merge(const Histogram& other);

 private:
  void widen(int to_exponent);
};

}  // namespace autoaccel::quantize
