#include "samples/sample_fit.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "autoaccel/error.h"
#include "base/byte_mapping.h"
#include "base/numeric.h"
#include "base/text.h"

namespace autoaccel::samples {
namespace {

void remark(FittedArrays& fitted, const std::string& text) {
  if (std::find(fitted.remarks.begin(), fitted.remarks.end(), text) == fitted.remarks.end())
    fitted.remarks.push_back(text);
}

bool is_castable(ElementType type) {
  return is_float(type) || type == ElementType::boolean || (is_integer(type) && bits_per_element(type) >= 8);
}

/// Do whole numbers come back from another type as they were. What a float rounded up to 2^63 comes back saturated.
bool survives(const Tensor& original, const Tensor& cast) {
  for (std::int64_t i = 0; is_float(cast.type()) && i < cast.size(); ++i) {
    if (base::element_as_double(cast, i) >= 0x1p63 && original.type() == ElementType::int64) return false;
    if (base::element_as_double(cast, i) >= 0x1p64) return false;
  }
  const Tensor back = base::cast(cast, original.type());
  return std::memcmp(original.bytes().data(), back.bytes().data(), original.bytes().size()) == 0;
}

Tensor cast_safely(const SampleArray& array, const TensorInfo& input, FittedArrays& fitted) {
  const ElementType from = array.tensor.type(), to = input.type;
  if (from == to) return array.tensor;
  const std::string types = to_text(from) + ", the input '" + base::printable(input.name) + "' wants " + to_text(to);
  if (!is_castable(from) || !is_castable(to) || (is_float(from) && !is_float(to))) {
    throw Error(Cause::model, array.place + " holds " + types, "save it as " + to_text(to));
  }
  Tensor cast = base::cast(array.tensor, to);
  const bool rounds = is_float(from) && bits_per_element(to) <= bits_per_element(from);
  if (!is_float(from) && !survives(array.tensor, cast)) {
    throw Error(Cause::model, array.place + " holds " + types + ", which would change its values",
                "save it as " + to_text(to));
  }
  remark(fitted, to_text(from) + (rounds ? " rounded to " : " cast to ") + to_text(to) +
                     (is_float(from) ? "" : ", not scaled"));
  return cast;
}

/// Numbers that bytes stand for, from bytes or from numbers near these.
Tensor on_grid(const SampleArray& array, const TensorInfo& input, const ByteMapping& bytes, FittedArrays& fitted) {
  const std::string formula = "bytes u as " + bytes.to_text();
  if (array.tensor.type() == ElementType::uint8) {
    remark(fitted, formula);
    return base::numbers_from_bytes(array.tensor, bytes, input.type);
  }
  if (!is_float(array.tensor.type())) {
    throw Error(Cause::model,
                array.place + " holds " + to_text(array.tensor.type()) + ", the input '" + base::printable(input.name) +
                    "' wants " + formula,
                "save the bytes as uint8");
  }
  const Tensor positions = base::positions_among_bytes(array.tensor, bytes);
  constexpr double kNoticed = 0.01;  // float32 of bytes around a mean of 1e4 is closer
  bool is_rounded = false;
  for (const double position : positions.as<double>()) {
    if (!(position >= -0.5 && position <= 255.5)) {
      throw Error(Cause::model,
                  array.place + " holds numbers that no byte of the input '" + base::printable(input.name) +
                      "' stands for: " + formula + ", here of u = " + base::significant(position, 6),
                  "save the bytes as uint8, or correct scale and mean");
    }
    is_rounded = is_rounded || std::abs(position - std::nearbyint(position)) > kNoticed;
  }
  if (is_rounded) remark(fitted, "rounded to " + formula);
  return base::numbers_from_bytes(base::bytes_from_numbers(array.tensor, bytes), bytes, input.type);
}

/// Copies `bytes` into every part of `to`.
void repeat_into(std::span<const std::byte> bytes, Tensor& to) {
  for (std::size_t at = 0; at < to.bytes().size(); at += bytes.size())
    std::copy(bytes.begin(), bytes.end(), to.bytes().begin() + at);
}

/// True when both shapes are equal behind a leading axis that each has.
bool differ_in_batch_only(const Shape& a, const Shape& b) {
  return !a.empty() && a.size() == b.size() && std::equal(a.begin() + 1, a.end(), b.begin() + 1);
}

}  // namespace

void fit_array(const SampleArray& array, const TensorInfo& input, const Shape& shape, const ByteMapping* mapping,
               FittedArrays& fitted) {
  const Shape& got = array.tensor.shape();
  const auto misfit = [&](const std::string& hint) {
    return Error(Cause::model,
                 array.place + " has shape " + to_text(got) + ", the input '" + base::printable(input.name) +
                     "' is measured at " + to_text(shape),
                 hint);
  };
  const bool fits = got == shape;
  if (!fits && !differ_in_batch_only(got, shape))
    throw misfit("the leading axis alone may differ; change use_shape or the file");
  const std::int64_t batch = fits || shape.empty() ? 1 : shape[0], rows = fits || got.empty() ? 1 : got[0];
  if (!fits && (rows == 0 || batch == 0 || (rows != 1 && rows < batch)))
    throw misfit("give one row, which is repeated, or at least " + std::to_string(batch));
  const Tensor cast = mapping ? on_grid(array, input, *mapping, fitted) : cast_safely(array, input, fitted);
  const std::int64_t sets = rows == 1 ? 1 : rows / batch;
  const std::size_t bytes = rows == 1 ? cast.bytes().size() : cast.bytes().size() / rows * batch;
  std::int64_t set = 0;
  for (; set < sets && fitted.sets.size() < kMaxSets; ++set) {
    Tensor tensor(input.type, shape);
    if (bytes > 0) repeat_into(cast.bytes().subspan(set * bytes, bytes), tensor);
    fitted.sets.push_back(std::move(tensor));
  }
  if (rows == 1 && batch > 1) remark(fitted, "one row repeated to the batch of " + std::to_string(batch));
  if (rows > 1) remark(fitted, std::to_string(rows) + " rows cut into sets of " + std::to_string(batch));
  if (rows > 1 && rows % batch != 0) remark(fitted, std::to_string(rows % batch) + " rows left over");
  if (set < sets) remark(fitted, "the first " + std::to_string(kMaxSets) + " sets are used");
}

}  // namespace autoaccel::samples
