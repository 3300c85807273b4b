#include "base/numeric.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "autoaccel/error.h"
#include "base/numeric_kernels.h"

namespace autoaccel::base {
namespace {

/// A 16-bit float in memory; tells the two apart for templates.
struct Float16 {
  std::uint16_t bits;
};
struct BFloat16 {
  std::uint16_t bits;
};
struct Boolean {
  std::uint8_t byte;
};

template <typename T>
constexpr bool kIsSmallFloat = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;

/// A stored element as a number that arithmetic knows, without loss.
template <typename T>
auto number_from(T element) {
  if constexpr (std::is_same_v<T, Float16>) return float32_from_float16(element.bits);
  else if constexpr (std::is_same_v<T, BFloat16>) return float32_from_bfloat16(element.bits);
  else if constexpr (std::is_same_v<T, Boolean>) return static_cast<std::uint8_t>(element.byte != 0);
  else return element;
}

/// `value` as float32 rounded to odd: a second rounding to a shorter float then gives what one rounding would.
///
/// Truncated toward zero, with the last bit set when anything was lost.
template <typename Number>
float rounded_to_odd(Number value) {
  const auto nearest = static_cast<float>(value);
  const auto exact = static_cast<long double>(value);  // 64 bits of significand hold every Number
  const auto back = static_cast<long double>(nearest);
  if (std::isnan(exact) || back == exact || std::isinf(exact)) return nearest;
  auto bits = std::bit_cast<std::uint32_t>(nearest);
  if (std::abs(back) > std::abs(exact)) --bits;  // one step toward zero; from infinity to the largest finite
  return std::bit_cast<float>(bits | 1u);
}

template <typename To, typename Number>
To integer_from(Number value) {
  if constexpr (std::is_floating_point_v<Number>) {
    if (std::isnan(value)) return 0;
    // Both bounds are powers of two (or 0), exact in every float type; max() itself need not be.
    constexpr auto kEnd = static_cast<Number>(std::numeric_limits<To>::max() / 2 + 1) * 2;
    if (value >= kEnd) return std::numeric_limits<To>::max();
    if (value <= static_cast<Number>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    return static_cast<To>(value);
  } else {
    if (std::cmp_greater(value, std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    if (std::cmp_less(value, std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    return static_cast<To>(value);
  }
}

template <typename To, typename Number>
To element_from(Number value) {
  if constexpr (std::is_same_v<To, Boolean>) return {static_cast<std::uint8_t>(value != 0)};
  else if constexpr (std::is_same_v<To, Float16>) return {float16_from_float32(rounded_to_odd(value))};
  else if constexpr (std::is_same_v<To, BFloat16>) return {bfloat16_from_float32(rounded_to_odd(value))};
  else if constexpr (std::is_floating_point_v<To>) return static_cast<To>(value);
  else return integer_from<To>(value);
}

/// Calls `visit` with a value of the element's storage type.
template <typename Visit>
auto with_type(ElementType type, Visit&& visit) {
  switch (type) {
    case ElementType::float32: return visit(float{});
    case ElementType::float64: return visit(double{});
    case ElementType::float16: return visit(Float16{});
    case ElementType::bfloat16: return visit(BFloat16{});
    case ElementType::boolean: return visit(Boolean{});
    case ElementType::int8: return visit(std::int8_t{});
    case ElementType::int16: return visit(std::int16_t{});
    case ElementType::int32: return visit(std::int32_t{});
    case ElementType::int64: return visit(std::int64_t{});
    case ElementType::uint8: return visit(std::uint8_t{});
    case ElementType::uint16: return visit(std::uint16_t{});
    case ElementType::uint32: return visit(std::uint32_t{});
    case ElementType::uint64: return visit(std::uint64_t{});
    default:
      throw Error(Cause::unsupported, "elements of type " + to_text(type) + " cannot be converted to numbers",
                  "floats of 16 bits and more, integers of 8 bits and more, and booleans can");
  }
}

std::uint32_t with_sign_of(std::uint16_t bits, std::uint32_t magnitude) {
  return static_cast<std::uint32_t>(bits & 0x8000) << 16 | magnitude;
}

[[noreturn]] void throw_not_small(ElementType type) {
  throw Error(Cause::defect, to_text(type) + " is not a 16-bit float type");
}

}  // namespace

std::uint16_t float16_from_float32(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const std::uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000) return static_cast<std::uint16_t>(sign | 0x7E00 | (magnitude >> 13 & 0x1FF));
  if (magnitude >= 0x477FF000) return sign | 0x7C00;  // 65520, half-way between the largest and 2^16, and above
  if (magnitude >= 0x38800000) {                      // 2^-14 and above: normal
    const std::uint32_t rounded = magnitude + 0x0FFF + (magnitude >> 13 & 1);
    return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000) >> 13));  // bias 127 → 15
  }
  if (magnitude <= 0x33000000) return sign;  // 2^-25 and below: half of the smallest goes to even, zero
  // Subnormal: the significand in units of 2^-24, shifted right by 126 - exponent.
  const std::uint32_t shift = 126 - (magnitude >> 23);
  const std::uint32_t significand = (magnitude & 0x7FFFFF) | 0x800000;
  const std::uint32_t quotient = significand >> shift;
  const std::uint32_t rest = significand & ((1u << shift) - 1);
  const std::uint32_t half = 1u << (shift - 1);
  const bool is_up = rest > half || (rest == half && (quotient & 1));
  return static_cast<std::uint16_t>(sign | (quotient + (is_up ? 1 : 0)));
}

float float32_from_float16(std::uint16_t bits) {
  const std::uint32_t exponent = bits >> 10 & 0x1F;
  const std::uint32_t significand = bits & 0x3FF;
  if (exponent == 0x1F) {
    const std::uint32_t quiet = significand != 0 ? 0x00400000 : 0;
    return std::bit_cast<float>(with_sign_of(bits, 0x7F800000 | quiet | significand << 13));
  }
  if (exponent != 0) return std::bit_cast<float>(with_sign_of(bits, (exponent + 112) << 23 | significand << 13));
  const float magnitude = static_cast<float>(significand) * 0x1p-24f;  // exact: zero or subnormal
  return std::bit_cast<float>(with_sign_of(bits, std::bit_cast<std::uint32_t>(magnitude)));
}

std::uint16_t bfloat16_from_float32(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return static_cast<std::uint16_t>(bits >> 16 | 0x0040);
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

float float32_from_bfloat16(std::uint16_t bits) {
  const bool is_nan = (bits & 0x7FFF) > 0x7F80;
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits | (is_nan ? 0x0040 : 0)) << 16);
}

void convert(std::span<const float> from, std::span<std::uint16_t> to, ElementType to_type) {
  if (from.size() != to.size()) throw Error(Cause::defect, "arrays of different lengths cannot be converted");
  const FloatKernels& kernels = float_kernels().back();
  if (to_type == ElementType::float16) kernels.float16_from_float32(from.data(), to.data(), to.size());
  else if (to_type == ElementType::bfloat16) kernels.bfloat16_from_float32(from.data(), to.data(), to.size());
  else throw_not_small(to_type);
}

void convert(std::span<const std::uint16_t> from, ElementType from_type, std::span<float> to) {
  if (from.size() != to.size()) throw Error(Cause::defect, "arrays of different lengths cannot be converted");
  const FloatKernels& kernels = float_kernels().back();
  if (from_type == ElementType::float16) kernels.float32_from_float16(from.data(), to.data(), to.size());
  else if (from_type == ElementType::bfloat16) kernels.float32_from_bfloat16(from.data(), to.data(), to.size());
  else throw_not_small(from_type);
}

double element_as_double(const Tensor& tensor, std::int64_t index) {
  return with_type(tensor.type(), [&](auto element) {
    using Element = decltype(element);
    return static_cast<double>(number_from(tensor.as<Element>()[static_cast<std::size_t>(index)]));
  });
}

void copy_as_doubles(const Tensor& tensor, std::int64_t first, std::span<double> to) {
  with_type(tensor.type(), [&](auto element) {
    using Element = decltype(element);
    const auto from = tensor.as<Element>().subspan(static_cast<std::size_t>(first), to.size());
    std::transform(from.begin(), from.end(), to.begin(), [](Element e) { return static_cast<double>(number_from(e)); });
  });
}

Tensor cast(const Tensor& tensor, ElementType type) {
  const ElementType from = tensor.type();
  if (type == from) {
    with_type(type, [](auto) {});  // refuses the same types as any other cast
    return tensor;
  }
  Tensor result(type, tensor.shape());
  const auto is_small = [](ElementType t) { return t == ElementType::float16 || t == ElementType::bfloat16; };
  if (from == ElementType::float32 && is_small(type)) {
    convert(tensor.as<float>(), result.as<std::uint16_t>(), type);
  } else if (is_small(from) && type == ElementType::float32) {
    convert(tensor.as<std::uint16_t>(), from, result.as<float>());
  } else {
    with_type(from, [&](auto source) {
      with_type(type, [&](auto target) {
        using From = decltype(source);
        using To = decltype(target);
        std::transform(tensor.as<From>().begin(), tensor.as<From>().end(), result.as<To>().begin(),
                       [](From element) { return element_from<To>(number_from(element)); });
      });
    });
  }
  return result;
}

Tensor float32_from(const Tensor& tensor) { return cast(tensor, ElementType::float32); }

}  // namespace autoaccel::base
