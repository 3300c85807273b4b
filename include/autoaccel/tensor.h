#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autoaccel {

/// Element types; the values are those of ONNX's TensorProto.DataType, so a cast converts.
enum class ElementType : int {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  complex64 = 14,
  complex128 = 15,
  bfloat16 = 16,
  float8e4m3fn = 17,
  float8e4m3fnuz = 18,
  float8e5m2 = 19,
  float8e5m2fnuz = 20,
  uint4 = 21,
  int4 = 22,
  float4e2m1 = 23,
};

/// The name as reports and config.yml write it: `float32`, `int64`, …; `type<N>` for a value that is not in the list.
std::string to_text(ElementType type);

/// The inverse of to_text for the listed names; nullopt for any other text.
std::optional<ElementType> element_type_from_text(std::string_view text);

/// Bits of one element: 32 for float32, 4 for int4, …; 0 for string and undefined.
int bits_per_element(ElementType type);

/// float16, bfloat16, float32 or float64.
bool is_float(ElementType type);

/// Signed or unsigned integers of 4 to 64 bits; not boolean.
bool is_integer(ElementType type);

using Shape = std::vector<std::int64_t>;

/// `[1, 3, 640, 640]`; `[]` for a scalar.
std::string to_text(const Shape& shape);

/// The number of elements; 1 for a scalar.
/// errors  model: a negative axis, or a product above 2^63 − 1
std::int64_t element_count(const Shape& shape);

/// Bytes of a dense tensor, 4-bit types packed two to a byte.
std::size_t byte_count(ElementType type, const Shape& shape);

/// A dense row-major tensor in memory that somebody else owns.
struct TensorView {
  ElementType type = ElementType::undefined;
  Shape shape;
  std::span<const std::byte> bytes;
};

/// A dense row-major tensor that owns its bytes, aligned to 64 bytes so that any runtime may read it in place.
///
/// Move-only by cost, copyable by need. Strings are not representable.
class Tensor {
 public:
  Tensor() = default;

  /// Zero-filled.
  Tensor(ElementType type, Shape shape);

  /// A copy; the view has as many bytes as its shape takes.
  explicit Tensor(const TensorView& view);

  Tensor(const Tensor& other);
  Tensor& operator=(const Tensor& other);
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(Tensor&&) noexcept = default;

  ElementType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return size_; }  ///< elements
  std::span<std::byte> bytes() { return {data_.get(), byte_size_}; }
  std::span<const std::byte> bytes() const { return {data_.get(), byte_size_}; }

  /// The elements as `T`; the caller answers for T matching type().
  template <typename T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(data_.get()), static_cast<std::size_t>(size_)};
  }
  template <typename T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data_.get()), static_cast<std::size_t>(size_)};
  }

 private:
  struct Free {
    void operator()(std::byte* data) const;
  };
  ElementType type_ = ElementType::undefined;
  Shape shape_;
  std::int64_t size_ = 0;
  std::size_t byte_size_ = 0;
  std::unique_ptr<std::byte[], Free> data_;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// One set of inputs, or of outputs, in the model's order.
using TensorSet = std::vector<NamedTensor>;

/// The tensor of that name; nullptr when there is none.
const Tensor* find(const TensorSet& set, std::string_view name);

/// What a model declares of an input or output.
///
/// shape  −1 where an axis is dynamic; nullopt when not even the rank is known
/// axes   the symbolic name of each axis, empty where it has none; same length as the shape
struct TensorInfo {
  std::string name;
  ElementType type = ElementType::undefined;
  std::optional<Shape> shape;
  std::vector<std::string> axes;
};

}  // namespace autoaccel
