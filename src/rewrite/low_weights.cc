#include "rewrite/low_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "base/numeric.h"
#include "base/text.h"
#include "rewrite/precision_rules.h"

namespace autoaccel::rewrite {

namespace {

constexpr std::uint64_t kFloat32Bytes = 4;
constexpr std::uint64_t kLowBytes = 2;

std::span<const float> floats(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / kFloat32Bytes};
}

std::span<std::uint16_t> halves(std::span<std::byte> bytes) {
  return {reinterpret_cast<std::uint16_t*>(bytes.data()), bytes.size() / kLowBytes};
}

/// float32 → `low` with finite values kept inside ±largest.
void convert_clamped(std::span<const float> from, std::span<std::uint16_t> to, ElementType low) {
  const auto largest = static_cast<float>(limits_of(low).largest);
  std::array<float, 4096> block;
  for (std::size_t done = 0; done < from.size(); done += block.size()) {
    const std::size_t count = std::min(block.size(), from.size() - done);
    for (std::size_t i = 0; i < count; ++i) {
      const float value = from[done + i];
      block[i] = std::isfinite(value) ? std::clamp(value, -largest, largest) : value;
    }
    base::convert(std::span(block).first(count), to.subspan(done, count), low);
  }
}

void convert_slice(std::span<const std::byte> from, std::span<std::byte> to, ElementType low, bool clamp) {
  if (clamp) {
    convert_clamped(floats(from), halves(to), low);
  } else {
    base::convert(floats(from), halves(to), low);
  }
}

std::string counted(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

void ConvertedWeights::add(const onnx::TensorProto& tensor, const WeightFigures& figures) {
  ++tensors;
  bytes_before += model::Model::weight_bytes(tensor);
  clamped += figures.outside;
  vanished += figures.vanishing;
  subnormal += figures.subnormal;
}

void ConvertedWeights::describe(ElementType low, PassReport& report) const {
  if (tensors == 0) return;
  report.weights_converted += static_cast<int>(tensors);
  report.notes.push_back(fmt::format("{} stored as {}: {} instead of {}", counted(tensors, "constant"), to_text(low),
                                     base::human_bytes(bytes_before / 2), base::human_bytes(bytes_before)));
  if (clamped > 0) {
    report.notes.push_back(
        fmt::format("{} of constants clamped to ±{:g}", counted(clamped, "value"), limits_of(low).largest));
  }
  if (subnormal > 0) {
    report.notes.push_back(fmt::format("{} of constants below {:.2g}: {} became zero, the others lost digits",
                                       counted(subnormal, "value"), limits_of(low).smallest_normal, vanished));
  }
}

void convert_weight(model::Model& model, onnx::TensorProto& tensor, ElementType low, bool clamp) {
  onnx::TensorProto source = std::move(tensor);
  tensor = onnx::TensorProto();
  tensor.set_name(source.name());
  if (source.has_doc_string()) tensor.set_doc_string(source.doc_string());
  *tensor.mutable_dims() = source.dims();
  tensor.set_data_type(static_cast<int>(low));
  if (model::Model::weight_bytes(source) > model::Model::kInlineBytes) {
    model.set_derived(tensor, {.source = std::move(source),
                               .source_slice_bytes = kFloat32Bytes,
                               .slice_bytes = kLowBytes,
                               .convert = [low, clamp](std::span<const std::byte> from, std::span<std::byte> to, auto) {
                                 convert_slice(from, to, low, clamp);
                               }});
    return;
  }
  const Tensor values = model.read_weight(source);
  std::vector<std::byte> bytes(values.bytes().size() / 2);
  convert_slice(values.bytes(), bytes, low, clamp);
  model::Model::set_inline(tensor, bytes);
}

}  // namespace autoaccel::rewrite
