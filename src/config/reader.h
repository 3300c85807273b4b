#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/tensor.h"
#include "config/yaml_document.h"

namespace autoaccel::config {

/// A key and its value in the file, for one read.
struct Entry {
  std::string_view name;   ///< of the key
  std::string_view takes;  ///< what the value must be, in words
  const YamlNode& value;
};

/// `'samples' takes a whole number from 1 to 1024, found '0'`, at the place of `found` (the value or a part of it).
[[noreturn]] void fail_value(const Entry& entry, const YamlNode& found, std::string hint = {});

/// Each reads the value of one kind. errors  usage at the value: another kind, outside the bounds
std::string read_text(const Entry& entry);
std::int64_t read_integer(const Entry& entry, std::int64_t low, std::int64_t high);
double read_number(const Entry& entry);
double read_seconds(const Entry& entry);  ///< 1 ms to 10^9 s
std::uint64_t read_bytes(const Entry& entry, std::uint64_t low);
Device read_device(const Entry& entry);
Located<Shape> read_shape(const Entry& entry);  ///< axes from 1 to 2^31 − 1, at most 2^40 elements

/// The items of a list, or the value itself as the only one. errors  usage: an empty list
std::vector<const YamlNode*> read_items(const Entry& entry);

/// read_integer, read_text for every item.
std::vector<std::int64_t> read_integers(const Entry& entry, std::int64_t low, std::int64_t high);
std::vector<Located<std::string>> read_texts(const Entry& entry);

/// Numbers that are finite as float32; as scales also not 0 there.
std::vector<double> read_float32s(const Entry& entry, bool are_scales);

}  // namespace autoaccel::config
