#pragma once

#include <cstdint>
#include <initializer_list>

namespace autoaccel::samples {

/// Counter-based random numbers: the k-th value of a stream is a hash of its key and k, the same on every machine.
///
/// The distributions use integers, or single correctly rounded operations; those of the standard library differ between
/// implementations.
/// source  SplitMix64: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", 2014
class Random {
 public:
  /// A stream of its own for each list of keys (seed, input, set, …).
  explicit Random(std::initializer_list<std::uint64_t> keys) {
    for (const std::uint64_t key : keys) state_ = mixed(state_ + kStep + mixed(key + kStep));
  }

  std::uint64_t next() { return mixed(state_ += kStep); }

  /// Uniform in [0, count), count in [1, 2^63]; the bias is below count / 2^64.
  std::uint64_t below(std::uint64_t count) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * count) >> 64);
  }

  /// Uniform in [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    const std::uint64_t width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    if (width == ~std::uint64_t{0}) return static_cast<std::int64_t>(next());
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + below(width + 1));
  }

  /// Uniform in [0, 1): a multiple of 2^-53.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  bool one_in(std::uint64_t count) { return below(count) == 0; }

  /// Mean 0, deviation 1, in (-6, 6): the sum of twelve uniform 16-bit numbers (Irwin–Hall), whose excess kurtosis is
  /// -0.1; needs no logarithm, which differs between mathematical libraries.
  double normal() {
    std::int64_t sum = 0;
    for (int draw = 0; draw < 3; ++draw) {
      const std::uint64_t bits = next();
      sum += static_cast<std::int64_t>((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
    }
    return static_cast<double>(sum - 6 * 0xffff) * 0x1p-16;
  }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio, odd

  static constexpr std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::uint64_t state_ = 0;
};

}  // namespace autoaccel::samples
