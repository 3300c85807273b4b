#include "config/reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/text.h"
#include "config/units.h"

namespace autoaccel::config {
namespace {

constexpr std::int64_t kLargestAxis = std::numeric_limits<std::int32_t>::max();  // what every runtime accepts
constexpr std::int64_t kMostElements = std::int64_t{1} << 40;  // 4 TB of float32: a slip of the keyboard
constexpr double kShortestTime = 1e-3;
constexpr double kLongestTime = 1e9;  // 30 years: still far from overflowing a clock

[[noreturn]] void fail(std::string message, std::string hint, const SourceLocation& location) {
  throw Error(Cause::usage, std::move(message), std::move(hint)).at(location);
}

/// The text of a scalar that is not in quotes; nullptr for anything else.
const std::string* plain_text(const YamlNode& node) {
  return node.kind == YamlNode::Kind::scalar && !node.quoted ? &node.text : nullptr;
}

/// Why a value that was to be a whole number is none, where that is worth a word.
std::string whole_number_hint(const YamlNode& node) {
  if (node.quoted) return "remove the quotes";
  if (node.kind != YamlNode::Kind::scalar || !number_from_text(node.text)) return {};
  return node.text.find_first_of(".eE") == std::string::npos ? "" : "write a whole number";
}

std::optional<std::int64_t> plain_integer(const YamlNode& node) {
  const std::string* text = plain_text(node);
  return text ? integer_from_text(*text) : std::nullopt;
}

std::int64_t integer_in(const Entry& entry, const YamlNode& node, std::int64_t low, std::int64_t high) {
  const auto value = plain_integer(node);
  if (!value) fail_value(entry, node, whole_number_hint(node));
  if (*value < low || *value > high) fail_value(entry, node);
  return *value;
}

std::int64_t read_axis(const Entry& entry, const YamlNode& node) {
  const auto value = plain_integer(node);
  if (value && *value < 1) fail_value(entry, node, "a dynamic axis gets the size to measure at");
  if (value && *value <= kLargestAxis) return *value;
  std::string hint = value ? "" : whole_number_hint(node);
  if (hint.empty()) hint = "a size is a whole number from 1 to " + std::to_string(kLargestAxis);
  fail_value(entry, node, std::move(hint));
}

}  // namespace

void fail_value(const Entry& entry, const YamlNode& found, std::string hint) {
  if (found.kind == YamlNode::Kind::null && hint.empty()) hint = "give a value, or remove the line";
  fail("'" + std::string(entry.name) + "' takes " + std::string(entry.takes) + ", found " + describe(found),
       std::move(hint), found.location);
}

std::string read_text(const Entry& entry) {
  if (entry.value.kind != YamlNode::Kind::scalar || entry.value.text.empty()) fail_value(entry, entry.value);
  return entry.value.text;
}

std::int64_t read_integer(const Entry& entry, std::int64_t low, std::int64_t high) {
  return integer_in(entry, entry.value, low, high);
}

double read_number(const Entry& entry) {
  const std::string* text = plain_text(entry.value);
  const auto value = text ? number_from_text(*text) : std::nullopt;
  if (!value) fail_value(entry, entry.value, entry.value.quoted ? "remove the quotes" : "");
  return *value;
}

double read_seconds(const Entry& entry) {
  const auto value =
      entry.value.kind == YamlNode::Kind::scalar ? seconds_from_text(entry.value.text) : std::optional<double>();
  if (!value) fail_value(entry, entry.value, "units are ms, s, min and h");
  if (*value < kShortestTime || *value > kLongestTime) fail_value(entry, entry.value);
  return *value;
}

std::uint64_t read_bytes(const Entry& entry, std::uint64_t low) {
  const auto value =
      entry.value.kind == YamlNode::Kind::scalar ? bytes_from_text(entry.value.text) : std::optional<std::uint64_t>();
  if (!value) fail_value(entry, entry.value, "units are kB, MB, GB, TB, and KiB, MiB, GiB, TiB");
  if (*value < low) fail_value(entry, entry.value, "a bare number is bytes");
  return *value;
}

Device read_device(const Entry& entry) {
  if (entry.value.kind != YamlNode::Kind::scalar) fail_value(entry, entry.value);
  try {
    return device_from_text(entry.value.text);
  } catch (Error& error) {
    throw error.at(entry.value.location);
  }
}

Located<Shape> read_shape(const Entry& entry) {
  const YamlNode& node = entry.value;
  if (node.kind != YamlNode::Kind::sequence) {
    const auto axis = plain_integer(node);
    fail_value(entry, node, axis ? "write [" + std::to_string(*axis) + "]" : "");
  }
  Shape shape;
  std::int64_t elements = 1;
  for (const auto& item : node.items) {
    shape.push_back(read_axis(entry, *item));
    if (elements > kMostElements / shape.back()) {
      fail("'" + std::string(entry.name) + "' has more than 2^40 elements", "check the sizes", node.location);
    }
    elements *= shape.back();
  }
  return {.value = std::move(shape), .location = node.location};
}

std::vector<const YamlNode*> read_items(const Entry& entry) {
  if (entry.value.kind == YamlNode::Kind::scalar) return {&entry.value};
  if (entry.value.kind != YamlNode::Kind::sequence) fail_value(entry, entry.value);
  if (entry.value.items.empty()) {
    fail("'" + std::string(entry.name) + "' is an empty list", "list something, or remove the line",
         entry.value.location);
  }
  std::vector<const YamlNode*> items;
  for (const auto& item : entry.value.items) items.push_back(item.get());
  return items;
}

std::vector<std::int64_t> read_integers(const Entry& entry, std::int64_t low, std::int64_t high) {
  std::vector<std::int64_t> values;
  for (const YamlNode* item : read_items(entry)) values.push_back(integer_in(entry, *item, low, high));
  return values;
}

std::vector<Located<std::string>> read_texts(const Entry& entry) {
  std::vector<Located<std::string>> values;
  for (const YamlNode* item : read_items(entry)) {
    if (item->kind != YamlNode::Kind::scalar || item->text.empty()) fail_value(entry, *item);
    values.push_back({.value = item->text, .location = item->location});
  }
  return values;
}

std::vector<double> read_float32s(const Entry& entry, bool are_scales) {
  std::vector<double> values;
  for (const YamlNode* item : read_items(entry)) {
    values.push_back(read_number({.name = entry.name, .takes = entry.takes, .value = *item}));
    const auto value = static_cast<float>(values.back());
    if (are_scales ? !std::isnormal(value) : !std::isfinite(value)) fail_value(entry, *item);
  }
  return values;
}

}  // namespace autoaccel::config
