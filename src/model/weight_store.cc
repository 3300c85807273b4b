#include "model/weight_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "autoaccel/error.h"
#include "model/tensor_data.h"
#include "model/wire_format.h"

namespace autoaccel::model {
namespace {

// Memory of one step of a derivation: its source slices. Stays in a core's second-level cache.
constexpr std::uint64_t kStepBytes = 1 << 20;

std::string_view reference_of(const onnx::TensorProto& tensor) {
  if (tensor.data_location() != onnx::TensorProto::EXTERNAL || tensor.external_data_size() != 1) return {};
  const auto& entry = tensor.external_data(0);
  const std::string_view value = entry.value();
  if (entry.key() != "location" || !value.starts_with(wire::kReservedPrefix)) return {};
  return value.substr(std::string_view(wire::kReservedPrefix).size());
}

[[noreturn]] void throw_defect(const onnx::TensorProto& tensor, std::string_view what) {
  throw Error(Cause::defect, fmt::format("{} {}", describe(tensor), what));
}

std::uint64_t length_of(const FileRange& range) { return range.length; }

std::uint64_t length_of(const DerivedWeight& weight) {
  return dense_bytes(weight.source) / weight.source_slice_bytes * weight.slice_bytes;
}

std::uint64_t length_of(const SharedBytes& shared) { return shared.bytes.size(); }

}  // namespace

bool WeightStore::is_reference(const onnx::TensorProto& tensor) { return !reference_of(tensor).empty(); }

void WeightStore::refer(onnx::TensorProto& tensor, Place place) {
  clear_data(tensor);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto* entry = tensor.add_external_data();
  entry->set_key("location");
  entry->set_value(wire::reserved_location(places_.size()));
  places_.push_back(std::make_shared<const Place>(std::move(place)));
}

void WeightStore::set(onnx::TensorProto& tensor, FileRange range) { refer(tensor, std::move(range)); }

void WeightStore::set(onnx::TensorProto& tensor, DerivedWeight weight) {
  if (weight.source_slice_bytes == 0 || weight.slice_bytes == 0 || !weight.convert) {
    throw_defect(tensor, "is to be made from slices of no size, or by nothing");
  }
  const std::uint64_t source_bytes = dense_bytes(weight.source);
  const std::uint64_t slices = source_bytes / weight.source_slice_bytes;
  if (source_bytes % weight.source_slice_bytes != 0 || slices * weight.slice_bytes != dense_bytes(tensor)) {
    throw_defect(tensor, fmt::format("needs {} bytes, and {} slices of {} from {} do not make them",
                                     dense_bytes(tensor), slices, weight.slice_bytes, describe(weight.source)));
  }
  if (!is_reference(weight.source)) {  // once, and not for every slice
    std::string dense = own_data(weight.source);
    clear_data(weight.source);
    weight.source.set_raw_data(std::move(dense));
  }
  refer(tensor, std::move(weight));
}

void WeightStore::set(onnx::TensorProto& tensor, SharedBytes shared) {
  if (shared.bytes.size() != dense_bytes(tensor)) {
    throw_defect(tensor, fmt::format("needs {} bytes and is given {}", dense_bytes(tensor), shared.bytes.size()));
  }
  refer(tensor, std::move(shared));
}

const WeightStore::Place& WeightStore::place(const onnx::TensorProto& tensor) const {
  const std::string_view text = reference_of(tensor);
  std::size_t index = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (code != std::errc() || end != text.data() + text.size() || index >= places_.size()) {
    throw_defect(tensor, "refers to a weight of another model");
  }
  const Place& found = *places_[index];
  const std::uint64_t length = std::visit([](const auto& each) { return length_of(each); }, found);
  if (length != dense_bytes(tensor)) {
    throw_defect(tensor, fmt::format("of shape {} refers to {} bytes and needs {}", to_text(shape_of(tensor)), length,
                                     dense_bytes(tensor)));
  }
  return found;
}

std::optional<FileRange> WeightStore::file_range(const onnx::TensorProto& tensor) const {
  if (!is_reference(tensor)) return std::nullopt;
  const auto* range = std::get_if<FileRange>(&place(tensor));
  return range ? std::optional(*range) : std::nullopt;
}

std::uint64_t WeightStore::granularity(const onnx::TensorProto& tensor) const {
  if (!is_reference(tensor)) return 1;
  const auto* derived = std::get_if<DerivedWeight>(&place(tensor));
  return derived ? derived->slice_bytes : 1;
}

void WeightStore::read(const onnx::TensorProto& tensor, std::uint64_t offset, std::span<std::byte> to) const {
  Scratch scratch;
  read(tensor, offset, Target{to, scratch});
}

void WeightStore::read(const onnx::TensorProto& tensor, std::uint64_t offset, std::span<std::byte> to,
                       Scratch& scratch) const {
  read(tensor, offset, Target{to, scratch});
}

void WeightStore::read(const onnx::TensorProto& tensor, std::uint64_t offset, const Target& target) const {
  const std::span<std::byte> to = target.to;
  if (to.empty()) return;
  const std::uint64_t total = dense_bytes(tensor);
  if (offset > total || to.size() > total - offset) throw_defect(tensor, "is read behind its end");
  if (is_reference(tensor)) {
    const Place& found = place(tensor);
    if (const auto* range = std::get_if<FileRange>(&found)) {
      range->file->read(range->offset + offset, to);
    } else if (const auto* shared = std::get_if<SharedBytes>(&found)) {
      std::memcpy(to.data(), shared->bytes.data() + offset, to.size());
    } else {
      read_derived(std::get<DerivedWeight>(found), offset, target);
    }
    return;
  }
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    throw_defect(tensor, "names an external file that was not resolved");
  }
  if (has_raw_data(tensor)) {
    if (tensor.raw_data().size() != total) own_data(tensor);  // says what is wrong
    std::memcpy(to.data(), tensor.raw_data().data() + offset, to.size());
    return;
  }
  std::memcpy(to.data(), own_data(tensor).data() + offset, to.size());
}

void WeightStore::read_derived(const DerivedWeight& weight, std::uint64_t offset, const Target& target) const {
  const std::span<std::byte> to = target.to;
  const std::uint64_t slices_per_step = std::max<std::uint64_t>(1, kStepBytes / weight.source_slice_bytes);
  std::uint64_t done = 0;
  while (done < to.size()) {
    const std::uint64_t first = (offset + done) / weight.slice_bytes;
    const std::uint64_t skip = (offset + done) % weight.slice_bytes;
    const std::uint64_t wanted = skip + (to.size() - done);
    const std::uint64_t slices =
        std::min(slices_per_step, wanted / weight.slice_bytes + (wanted % weight.slice_bytes != 0));
    const std::span<std::byte> source = target.scratch.source(target.depth, slices * weight.source_slice_bytes);
    read(weight.source, first * weight.source_slice_bytes, Target{source, target.scratch, target.depth + 1});

    const std::uint64_t made = slices * weight.slice_bytes;
    const std::uint64_t used = std::min(made - skip, to.size() - done);
    if (used == made) {
      weight.convert(source, to.subspan(done, made), first);
    } else {  // the range starts or ends inside a slice
      const std::span<std::byte> partial = target.scratch.partial(target.depth, made);
      weight.convert(source, partial, first);
      std::memcpy(to.data() + done, partial.data() + skip, used);
    }
    done += used;
  }
}

}  // namespace autoaccel::model
