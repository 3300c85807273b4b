#include "autoaccel/tensor.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <utility>

#include "autoaccel/error.h"

namespace autoaccel {
namespace {

constexpr std::size_t kAlignment = 64;  // bytes: a cache line, and the widest vector register

struct TypeRow {
  ElementType type;
  std::string_view name;
  int bits;
};

constexpr TypeRow kTypes[] = {
    {ElementType::undefined, "undefined", 0},
    {ElementType::float32, "float32", 32},
    {ElementType::uint8, "uint8", 8},
    {ElementType::int8, "int8", 8},
    {ElementType::uint16, "uint16", 16},
    {ElementType::int16, "int16", 16},
    {ElementType::int32, "int32", 32},
    {ElementType::int64, "int64", 64},
    {ElementType::string, "string", 0},
    {ElementType::boolean, "boolean", 8},
    {ElementType::float16, "float16", 16},
    {ElementType::float64, "float64", 64},
    {ElementType::uint32, "uint32", 32},
    {ElementType::uint64, "uint64", 64},
    {ElementType::complex64, "complex64", 64},
    {ElementType::complex128, "complex128", 128},
    {ElementType::bfloat16, "bfloat16", 16},
    {ElementType::float8e4m3fn, "float8e4m3fn", 8},
    {ElementType::float8e4m3fnuz, "float8e4m3fnuz", 8},
    {ElementType::float8e5m2, "float8e5m2", 8},
    {ElementType::float8e5m2fnuz, "float8e5m2fnuz", 8},
    {ElementType::uint4, "uint4", 4},
    {ElementType::int4, "int4", 4},
    {ElementType::float4e2m1, "float4e2m1", 4},
};

const TypeRow* row_of(ElementType type) {
  const auto* row = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeRow& r) { return r.type == type; });
  return row == std::end(kTypes) ? nullptr : row;
}

/// Half of the addresses that a process has on x86-64: no allocator can give more.
constexpr std::size_t kMaxBytes = std::size_t{1} << 46;

std::byte* allocate(std::size_t bytes) {
  if (bytes > kMaxBytes) return nullptr;
  const std::size_t rounded = std::max<std::size_t>((bytes + kAlignment - 1) / kAlignment, 1) * kAlignment;
  return static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
}

[[noreturn]] void throw_no_memory(ElementType type, const Shape& shape, std::size_t bytes) {
  throw Error(Cause::environment,
              "no memory for a " + to_text(type) + " tensor of shape " + to_text(shape) + " (" + std::to_string(bytes) +
                  " bytes)",
              "free memory or use smaller shapes");
}

}  // namespace

std::string to_text(ElementType type) {
  const TypeRow* row = row_of(type);
  return row ? std::string(row->name) : "type" + std::to_string(static_cast<int>(type));
}

std::optional<ElementType> element_type_from_text(std::string_view text) {
  for (const TypeRow& row : kTypes) {
    if (row.name == text) return row.type;
  }
  return std::nullopt;
}

int bits_per_element(ElementType type) {
  const TypeRow* row = row_of(type);
  return row ? row->bits : 0;
}

bool is_float(ElementType type) {
  return type == ElementType::float32 || type == ElementType::float16 || type == ElementType::bfloat16 ||
         type == ElementType::float64;
}

bool is_integer(ElementType type) {
  switch (type) {
    case ElementType::uint4:
    case ElementType::int4:
    case ElementType::uint8:
    case ElementType::int8:
    case ElementType::uint16:
    case ElementType::int16:
    case ElementType::uint32:
    case ElementType::int32:
    case ElementType::uint64:
    case ElementType::int64:
      return true;
    default:
      return false;
  }
}

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

std::int64_t element_count(const Shape& shape) {
  for (const std::int64_t axis : shape) {
    if (axis < 0) throw Error(Cause::model, "shape " + to_text(shape) + " has a negative axis");
  }
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;  // before a product of the others overflows
  std::int64_t count = 1;
  for (const std::int64_t axis : shape) {
    if (__builtin_mul_overflow(count, axis, &count)) {
      throw Error(Cause::model, "shape " + to_text(shape) + " has more elements than 2^63 - 1");
    }
  }
  return count;
}

std::size_t byte_count(ElementType type, const Shape& shape) {
  const auto count = static_cast<std::size_t>(element_count(shape));
  const auto bits = static_cast<std::size_t>(bits_per_element(type));
  if (bits < 8) return (count / 2 + count % 2) * (bits / 4);  // 4-bit types two to a byte; 0 for types without a size
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, bits / 8, &bytes)) {
    throw Error(Cause::model, "a " + to_text(type) + " tensor of shape " + to_text(shape) + " has more bytes than 2^64 - 1");
  }
  return bytes;
}

void Tensor::Free::operator()(std::byte* data) const { std::free(data); }

Tensor::Tensor(ElementType type, Shape shape) : type_(type), shape_(std::move(shape)) {
  if (bits_per_element(type_) == 0) {
    throw Error(Cause::unsupported, "tensors of type " + to_text(type_) + " are not supported");
  }
  size_ = element_count(shape_);
  byte_size_ = byte_count(type_, shape_);
  data_.reset(allocate(byte_size_));
  if (!data_) throw_no_memory(type_, shape_, byte_size_);
  std::memset(data_.get(), 0, byte_size_);
}

Tensor::Tensor(const TensorView& view) : Tensor(view.type, view.shape) {
  if (byte_size_ != 0) std::memcpy(data_.get(), view.bytes.data(), byte_size_);
}

Tensor::Tensor(const Tensor& other)
    : type_(other.type_), shape_(other.shape_), size_(other.size_), byte_size_(other.byte_size_) {
  if (!other.data_) return;
  data_.reset(allocate(byte_size_));
  if (!data_) throw_no_memory(type_, shape_, byte_size_);
  std::memcpy(data_.get(), other.data_.get(), byte_size_);
}

Tensor& Tensor::operator=(const Tensor& other) {
  if (this != &other) *this = Tensor(other);
  return *this;
}

const Tensor* find(const TensorSet& set, std::string_view name) {
  const auto it = std::find_if(set.begin(), set.end(), [&](const NamedTensor& t) { return t.name == name; });
  return it == set.end() ? nullptr : &it->tensor;
}

}  // namespace autoaccel
