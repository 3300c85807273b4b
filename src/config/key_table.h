#pragma once

// How a mapping of config.yml is read: a table with a row per key. Included by the files that hold the tables.

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "config/keys.h"
#include "config/reader.h"

namespace autoaccel::config {

[[noreturn]] inline void fail(std::string message, std::string hint, const SourceLocation& location) {
  throw Error(Cause::usage, std::move(message), std::move(hint)).at(location);
}

/// A key of one mapping of config.yml, and how its value gets into `Target`.
template <typename Target>
struct Key {
  std::string_view name;
  std::string_view takes;
  std::string_view meaning;
  std::string_view otherwise;
  void (*read)(const Entry&, Target&);
};

template <typename Target, std::size_t N>
void add_rows(const std::string& prefix, const Key<Target> (&keys)[N], std::vector<KeyRow>& rows) {
  for (const auto& key : keys) {
    rows.push_back({.path = prefix + std::string(key.name),
                    .takes = std::string(key.takes),
                    .meaning = std::string(key.meaning),
                    .otherwise = std::string(key.otherwise)});
  }
}

/// Where else a key of this name stands: `it belongs under 'search'`; empty when nowhere.
std::string other_place(const std::string& name);

/// Reads every key of a mapping; `where` says for messages which mapping that is.
template <typename Target, std::size_t N>
void read_mapping(const YamlNode& mapping, const Key<Target> (&keys)[N], const std::string& where, Target& target) {
  for (const auto& [name, value] : mapping.entries) {
    const auto* key =
        std::find_if(std::begin(keys), std::end(keys), [&](const auto& k) { return k.name == name->text; });
    if (key == std::end(keys)) {
      std::vector<std::string> known;
      for (const auto& k : keys) known.emplace_back(k.name);
      std::string hint = base::closest(name->text, known) ? std::string() : other_place(name->text);
      if (hint.empty()) hint = base::suggestion(name->text, known);
      fail("unknown key '" + base::printable(name->text, 60) + "' in " + where, hint, name->location);
    }
    key->read({.name = key->name, .takes = key->takes, .value = *value}, target);
  }
}

inline const YamlNode* find_value(const YamlNode& mapping, std::string_view name) {
  for (const auto& [key, value] : mapping.entries) {
    if (key->text == name) return value.get();
  }
  return nullptr;
}

/// A mapping, or nothing at all; anything else is an error.
inline const YamlNode& mapping_in(const Entry& entry, const std::string& hint) {
  const bool is_mapping = entry.value.kind == YamlNode::Kind::mapping || entry.value.kind == YamlNode::Kind::null;
  if (!is_mapping) fail_value(entry, entry.value, hint);
  return entry.value;
}

// The keys below `input` and `output`.
void read_inputs(const Entry& entry, Config& config);
void read_outputs(const Entry& entry, Config& config);
void add_tensor_rows(std::vector<KeyRow>& rows);

}  // namespace autoaccel::config
