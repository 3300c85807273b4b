#include <filesystem>
#include <iterator>
#include <optional>

#include "config/key_table.h"
#include "config/units.h"

namespace autoaccel::config {
namespace {

void read_range(const Entry& entry, InputConfig& input);
void read_data(const Entry& entry, InputConfig& input);
template <typename Tensor>
void read_bytes_type(const Entry& entry, Tensor& tensor);
template <typename Tensor>
void read_scale(const Entry& entry, Tensor& tensor);
template <typename Tensor>
void read_mean(const Entry& entry, Tensor& tensor);

// clang-format off
constexpr std::string_view kShapeWords = "a list of sizes such as [1, 3, 64, 64]";
constexpr std::string_view kPerChannel = "a number, or a list with one per channel";
constexpr std::string_view kScale = "a number other than 0, or a list with one per channel";

const Key<InputConfig> kInputKeys[] = {
    {"use_shape", kShapeWords, "the shape to measure and compare at", "the model's own shape",
     [](const Entry& entry, InputConfig& input) { input.use_shape = read_shape(entry); }},
    {"min_shape", kShapeWords, "the smallest shape that the converted model must accept", "`use_shape`",
     [](const Entry& entry, InputConfig& input) { input.min_shape = read_shape(entry); }},
    {"max_shape", kShapeWords, "the largest shape that the converted model must accept", "`use_shape`",
     [](const Entry& entry, InputConfig& input) { input.max_shape = read_shape(entry); }},
    {"data", "a path or a list of paths to .npy, .npz or .pb files, relative to this file",
     "samples of this input", "generated samples", read_data},
    {"range", "two numbers [low, high] with low below high", "generated values lie in it", "chosen by what the model does with the input", read_range},
    {"value", "a number", "every generated element is that number", "",
     [](const Entry& entry, InputConfig& input) { input.value = read_number(entry); }},
    {"type", "uint8", "the float input holds bytes u of pictures as x = (u - mean) * scale: variants that take u itself are tried, and `data` may hold u", "as the model has it", read_bytes_type<InputConfig>},
    {"scale", kScale, "with `type: uint8`", "1", read_scale<InputConfig>},
    {"mean", kPerChannel, "with `type: uint8`", "0", read_mean<InputConfig>},
};

const Key<OutputConfig> kOutputKeys[] = {
    {"use_shape", kShapeWords, "checked: the shape that the model gives at the inputs' `use_shape`", "not checked",
     [](const Entry& entry, OutputConfig& output) { output.use_shape = read_shape(entry); }},
    {"type", "uint8", "variants that give the float output y as bytes u = clip(round(y / scale + mean), 0, 255) are tried", "as the model has it", read_bytes_type<OutputConfig>},
    {"scale", kScale, "with `type: uint8`", "1", read_scale<OutputConfig>},
    {"mean", kPerChannel, "with `type: uint8`", "0", read_mean<OutputConfig>},
};
// clang-format on

std::string axes_text(std::size_t count) { return std::to_string(count) + (count == 1 ? " axis" : " axes"); }

/// min_shape ≤ use_shape ≤ max_shape, axis by axis, with the first axis that breaks it as the place.
void check_order(const YamlNode& mapping, const InputConfig& input, std::string_view low_name,
                 std::string_view high_name) {
  const YamlNode* low = find_value(mapping, low_name);
  const YamlNode* high = find_value(mapping, high_name);
  if (!low || !high) return;
  const std::string name = base::printable(input.name, 60);
  if (low->items.size() != high->items.size()) {
    const YamlNode* other = low_name == "use_shape" ? high : low;
    const std::string_view other_name = low_name == "use_shape" ? high_name : low_name;
    fail("'" + std::string(other_name) + "' of '" + name + "' has " + axes_text(other->items.size()) +
             ", 'use_shape' has " + std::to_string(input.use_shape->value.size()),
         "all shapes of an input have the same number of axes", other->location);
  }
  for (std::size_t axis = 0; axis < low->items.size(); ++axis) {
    const std::string& low_text = low->items[axis]->text;
    const std::string& high_text = high->items[axis]->text;
    if (*integer_from_text(low_text) <= *integer_from_text(high_text)) continue;
    const YamlNode* place = low_name == "use_shape" ? high : low;
    fail("axis " + std::to_string(axis) + " of '" + name + "': " + std::string(low_name) + " " + low_text +
             " is above " + std::string(high_name) + " " + high_text,
         "min_shape ≤ use_shape ≤ max_shape must hold for every axis", place->items[axis]->location);
  }
}

/// scale and mean belong to `type: uint8`, and agree on the number of channels.
void check_bytes(const YamlNode& mapping, const std::string& name, const std::optional<Located<ByteMapping>>& bytes) {
  if (!bytes) return;
  const YamlNode* scale = find_value(mapping, "scale");
  const YamlNode* mean = find_value(mapping, "mean");
  if (!find_value(mapping, "type"))
    fail("'" + name + "' has a scale or mean, but no type", "add type: uint8", (scale ? scale : mean)->location);
  const std::size_t scales = bytes->value.scale.size(), means = bytes->value.mean.size();
  if (scales == means || scales == 1 || means == 1) return;
  fail("'" + name + "' has " + std::to_string(scales) + " scales and " + std::to_string(means) + " means",
       "give one number, or one per channel", mean->location);
}

void check_input(const YamlNode& mapping, const InputConfig& input) {
  const std::string name = base::printable(input.name, 60);
  check_bytes(mapping, name, input.bytes);
  if (input.bytes && (input.range || input.value)) {
    fail("'" + name + "' holds bytes, so its samples are pictures", "remove range and value, or give data",
         find_value(mapping, input.range ? "range" : "value")->location);
  }
  if (!input.use_shape && (input.min_shape || input.max_shape)) {
    fail("'" + name + "' has no use_shape", "add use_shape: the shape to measure at", *input.location);
  }
  check_order(mapping, input, "min_shape", "use_shape");
  check_order(mapping, input, "use_shape", "max_shape");
  const int sources = (input.data.empty() ? 0 : 1) + (input.range ? 1 : 0) + (input.value ? 1 : 0);
  if (sources > 1)
    fail("'" + name + "' has more than one of data, range and value", "keep one of them", *input.location);
}

/// One mapping per name of the model.
template <typename Target, std::size_t N>
void read_named(const Entry& entry, const Key<Target> (&keys)[N], std::string_view what, std::vector<Target>& into,
                void (*check)(const YamlNode&, const Target&)) {
  const YamlNode& names = mapping_in(entry, "write NAME: {use_shape: [...]} below it");
  for (const auto& [name, value] : names.entries) {
    Target target;
    target.name = name->text;
    target.location = name->location;
    const std::string shown = base::printable(name->text, 60);
    const Entry named{.name = shown, .takes = "a mapping", .value = *value};
    const std::string hint = value->kind == YamlNode::Kind::sequence ? "write {use_shape: [...]}" : "";
    read_mapping(mapping_in(named, hint), keys, std::string(what) + " '" + shown + "'", target);
    check(*value, target);
    into.push_back(std::move(target));
  }
}

void read_range(const Entry& entry, InputConfig& input) {
  if (entry.value.kind != YamlNode::Kind::sequence || entry.value.items.size() != 2) fail_value(entry, entry.value);
  const auto bound = [&](std::size_t i) {
    return read_number({.name = entry.name, .takes = entry.takes, .value = *entry.value.items[i]});
  };
  input.range = {bound(0), bound(1)};
  if (input.range->first < input.range->second) return;
  fail("the range [" + entry.value.items[0]->text + ", " + entry.value.items[1]->text + "] is empty",
       "low stands first; for one number write value:", entry.value.location);
}

void read_data(const Entry& entry, InputConfig& input) {
  constexpr std::string_view kKnown[] = {".npy", ".npz", ".pb"};
  for (auto& [text, location] : read_texts(entry)) {
    const std::filesystem::path path(text);
    if (std::find(std::begin(kKnown), std::end(kKnown), path.extension().string()) == std::end(kKnown)) {
      fail("'" + base::printable(text) + "' is not a .npy, .npz or .pb file", "save the samples as one of these",
           *location);
    }
    input.data.push_back({.value = path, .location = location});
  }
}

/// What was read of it so far. Its place is that of a list where there is one, for what is to be said of its length.
Located<ByteMapping>& bytes_in(std::optional<Located<ByteMapping>>& bytes, const SourceLocation& location) {
  if (!bytes) bytes.emplace().location = location;
  return *bytes;
}

template <typename Tensor>
void read_bytes_type(const Entry& entry, Tensor& tensor) {
  if (read_text(entry) != "uint8") fail_value(entry, entry.value, "other types are the model's own: leave it out");
  bytes_in(tensor.bytes, entry.value.location);
}

template <typename Tensor>
void read_scale(const Entry& entry, Tensor& tensor) {
  Located<ByteMapping>& bytes = bytes_in(tensor.bytes, entry.value.location);
  bytes.value.scale = read_float32s(entry, true);
  if (bytes.value.scale.size() > 1) bytes.location = entry.value.location;
}

template <typename Tensor>
void read_mean(const Entry& entry, Tensor& tensor) {
  Located<ByteMapping>& bytes = bytes_in(tensor.bytes, entry.value.location);
  bytes.value.mean = read_float32s(entry, false);
  if (bytes.value.mean.size() > 1) bytes.location = entry.value.location;
}

}  // namespace

void read_inputs(const Entry& entry, Config& config) {
  read_named(entry, kInputKeys, "input", config.inputs, check_input);
}

void read_outputs(const Entry& entry, Config& config) {
  const auto check = [](const YamlNode& mapping, const OutputConfig& output) {
    check_bytes(mapping, base::printable(output.name, 60), output.bytes);
  };
  read_named<OutputConfig>(entry, kOutputKeys, "output", config.outputs, check);
}

void add_tensor_rows(std::vector<KeyRow>& rows) {
  add_rows("input.<name>.", kInputKeys, rows);
  add_rows("output.<name>.", kOutputKeys, rows);
}

}  // namespace autoaccel::config
