#include "model/tensor_data.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "autoaccel/error.h"
#include "base/text.h"

namespace autoaccel::model {
namespace {

using onnx::TensorProto;

/// The typed field of TensorProto that holds a type's elements, by onnx.proto.
enum class Field { none, float_data, int32_data, int64_data, double_data, uint64_data };

struct TypeRow {
  int type;
  int bits;
  Field field;
};

constexpr TypeRow kTypes[] = {
    {TensorProto::FLOAT, 32, Field::float_data},
    {TensorProto::UINT8, 8, Field::int32_data},
    {TensorProto::INT8, 8, Field::int32_data},
    {TensorProto::UINT16, 16, Field::int32_data},
    {TensorProto::INT16, 16, Field::int32_data},
    {TensorProto::INT32, 32, Field::int32_data},
    {TensorProto::INT64, 64, Field::int64_data},
    {TensorProto::BOOL, 8, Field::int32_data},
    {TensorProto::FLOAT16, 16, Field::int32_data},
    {TensorProto::DOUBLE, 64, Field::double_data},
    {TensorProto::UINT32, 32, Field::uint64_data},
    {TensorProto::UINT64, 64, Field::uint64_data},
    {TensorProto::COMPLEX64, 64, Field::float_data},
    {TensorProto::COMPLEX128, 128, Field::double_data},
    {TensorProto::BFLOAT16, 16, Field::int32_data},
    {TensorProto::FLOAT8E4M3FN, 8, Field::int32_data},
    {TensorProto::FLOAT8E4M3FNUZ, 8, Field::int32_data},
    {TensorProto::FLOAT8E5M2, 8, Field::int32_data},
    {TensorProto::FLOAT8E5M2FNUZ, 8, Field::int32_data},
    {TensorProto::UINT4, 4, Field::int32_data},
    {TensorProto::INT4, 4, Field::int32_data},
    {TensorProto::FLOAT4E2M1, 4, Field::int32_data},
    {TensorProto::FLOAT8E8M0, 8, Field::int32_data},
    {TensorProto::UINT2, 2, Field::int32_data},
    {TensorProto::INT2, 2, Field::int32_data},
    {TensorProto::FLOAT6E2M3, 6, Field::none},  // its int32_data holds one value each, unpacked
    {TensorProto::FLOAT6E3M2, 6, Field::none},
};

const TypeRow& row_of(const TensorProto& tensor) {
  for (const TypeRow& row : kTypes) {
    if (row.type == tensor.data_type()) return row;
  }
  throw Error(Cause::unsupported,
              fmt::format("{} has elements of {}, which cannot be read as numbers", describe(tensor),
                          tensor.data_type() == TensorProto::STRING
                              ? "type string"
                              : "the unknown type " + std::to_string(tensor.data_type())));
}

[[noreturn]] void throw_wrong_size(const TensorProto& tensor, std::uint64_t has, std::uint64_t wants) {
  throw Error(Cause::model, fmt::format("{} has {} bytes of data where its shape {} needs {}", describe(tensor), has,
                                        to_text(shape_of(tensor)), wants));
}

template <typename Repeated>
std::string dense_from(const Repeated& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(*values.data())};
}

/// Each value is one element, of which the low bytes count.
template <typename Repeated>
std::string narrowed(const Repeated& values, std::size_t bytes_each) {
  std::string dense(static_cast<std::size_t>(values.size()) * bytes_each, '\0');
  char* to = dense.data();
  for (const auto value : values) {
    std::memcpy(to, &value, bytes_each);  // little-endian
    to += bytes_each;
  }
  return dense;
}

/// Sub-byte types: each value is either four packed bytes (the ONNX library's reading) or one (the proto's comment, and
/// what its Python package writes). The number of values tells which.
std::string packed(const TensorProto& tensor, std::uint64_t wanted) {
  const auto& values = tensor.int32_data();
  const std::size_t count = static_cast<std::size_t>(values.size());
  if (count == wanted) return narrowed(values, 1);
  std::string dense = narrowed(values, 4);
  if (count == (wanted + 3) / 4) dense.resize(wanted);
  return dense;
}

std::string typed_data(const TensorProto& tensor, const TypeRow& row, std::uint64_t wanted) {
  switch (row.field) {
    case Field::float_data:
      return dense_from(tensor.float_data());
    case Field::double_data:
      return dense_from(tensor.double_data());
    case Field::int64_data:
      return dense_from(tensor.int64_data());
    case Field::uint64_data:
      return narrowed(tensor.uint64_data(), static_cast<std::size_t>(row.bits / 8));
    case Field::int32_data:
      if (row.bits < 8) return packed(tensor, wanted);
      return narrowed(tensor.int32_data(), static_cast<std::size_t>(row.bits / 8));
    case Field::none:
      break;
  }
  throw Error(Cause::unsupported, fmt::format("{} keeps 6-bit floats outside raw_data", describe(tensor)));
}

}  // namespace

std::string describe(const TensorProto& tensor) { return fmt::format("tensor '{}'", base::printable(tensor.name())); }

Shape shape_of(const TensorProto& tensor) { return {tensor.dims().begin(), tensor.dims().end()}; }

std::uint64_t dense_bytes(const TensorProto& tensor) {
  const TypeRow& row = row_of(tensor);
  std::uint64_t bits = 0;
  try {
    const auto count = static_cast<std::uint64_t>(element_count(shape_of(tensor)));
    if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(row.bits), &bits) || bits >> 62 != 0) {
      throw Error(Cause::model, fmt::format("shape {} has more bytes than 2^59", to_text(shape_of(tensor))));
    }
  } catch (Error& error) {
    error.add_context("reading " + describe(tensor));
    throw;
  }
  return bits / 8 + (bits % 8 != 0);
}

bool has_raw_data(const TensorProto& tensor) { return !tensor.raw_data().empty(); }

bool has_own_data(const TensorProto& tensor) {
  return has_raw_data(tensor) || tensor.float_data_size() > 0 || tensor.int32_data_size() > 0 ||
         tensor.string_data_size() > 0 || tensor.int64_data_size() > 0 || tensor.double_data_size() > 0 ||
         tensor.uint64_data_size() > 0;
}

std::string own_data(const TensorProto& tensor) {
  const TypeRow& row = row_of(tensor);
  const std::uint64_t wanted = dense_bytes(tensor);
  std::string dense = has_raw_data(tensor) ? tensor.raw_data()
                      : wanted == 0        ? std::string()
                                           : typed_data(tensor, row, wanted);
  if (dense.size() != wanted) throw_wrong_size(tensor, dense.size(), wanted);
  return dense;
}

void clear_data(TensorProto& tensor) {
  tensor.clear_raw_data();
  tensor.clear_float_data();
  tensor.clear_int32_data();
  tensor.clear_string_data();
  tensor.clear_int64_data();
  tensor.clear_double_data();
  tensor.clear_uint64_data();
  tensor.clear_external_data();
  tensor.clear_data_location();
}

}  // namespace autoaccel::model
