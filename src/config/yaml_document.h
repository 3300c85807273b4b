#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "autoaccel/error.h"

namespace autoaccel::config {

/// A node of a YAML document, with the place it is written at. An alias is the very node of its anchor.
struct YamlNode {
  enum class Kind { null, scalar, sequence, mapping };
  using Pointer = std::shared_ptr<const YamlNode>;

  Kind kind = Kind::null;
  std::string text;     ///< of a scalar, unquoted
  bool quoted = false;  ///< a scalar in quotes: text, whatever it looks like
  SourceLocation location;
  std::vector<Pointer> items;                        ///< of a sequence
  std::vector<std::pair<Pointer, Pointer>> entries;  ///< of a mapping, in the file's order; keys are scalars and differ
  std::size_t expanded_size = 1;                     ///< nodes below and including it, every alias counted in full
};

/// What the node is, for messages: `a list`, `a mapping`, `nothing`, or the scalar itself in quotes.
std::string describe(const YamlNode& node);

/// Text → tree. Returns a mapping, or a null node for a file without content.
///
/// Bounded whatever the text is: kMaxBytes, kMaxDepth, and kMaxNodes after expanding aliases (a small file can
/// otherwise stand for billions of nodes). errors  usage with the place: not UTF-8, control characters, YAML syntax, a
/// doubled key, a key that is not a scalar,
///         more than one document, a tag that is not a core type, an alias inside its own anchor, one of the bounds
YamlNode::Pointer parse_yaml(std::string_view text, const std::filesystem::path& path);

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxNodes = 20'000;

}  // namespace autoaccel::config
