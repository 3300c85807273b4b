#include "config/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "base/text.h"
#include "config/source_text.h"

namespace autoaccel::config {
namespace {

constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";

/// The parser's messages in words for the person who wrote the file.
struct SyntaxRow {
  std::string_view parser;
  std::string_view message;
  std::string_view hint;
};

const SyntaxRow kSyntax[] = {
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a list opened with '[' does not end", "a ']' or a ',' is missing"},
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "a mapping opened with '{' does not end", "a '}' or a ',' is missing"},
    {YAML::ErrorMsg::FLOW_END, "a bracket that closes nothing", "remove it, or open it before"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote that is not closed", "add the closing quote"},
    {YAML::ErrorMsg::DOC_IN_SCALAR, "a quote that is not closed", "add the closing quote"},
    {YAML::ErrorMsg::MAP_VALUE, "a ':' that is not expected here",
     "check the indentation, and quote text that contains ': '"},
    {YAML::ErrorMsg::MAP_KEY, "a '?' that is not expected here", "check the indentation"},
    {YAML::ErrorMsg::BLOCK_ENTRY, "a '-' that is not expected here", "check the indentation"},
    {YAML::ErrorMsg::END_OF_MAP, "wrong indentation, or a missing ':'", "the keys of a mapping start in one column"},
    {YAML::ErrorMsg::END_OF_SEQ, "wrong indentation, or a missing '-'", "the items of a list start in one column"},
    {YAML::ErrorMsg::TAB_IN_INDENTATION, "a tab in the indentation", "indent with spaces"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "a character that YAML reserves", "put the text in quotes"},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "an alias (*) without its anchor (&)",
     "define the anchor above, or quote the text"},
};

[[noreturn]] void fail(std::string message, std::string hint, SourceLocation location) {
  throw Error(Cause::usage, std::move(message), std::move(hint)).at(std::move(location));
}

/// Bytes of the tag and the anchor in front of a value, with the spaces after them.
std::size_t properties_length(std::string_view rest) {
  std::size_t length = 0;
  while (length < rest.size() && (rest[length] == '&' || rest[length] == '!')) {
    const std::size_t space = rest.find(' ', length);
    if (space == std::string_view::npos) return 0;
    length = std::min(rest.find_first_not_of(' ', space), rest.size());
  }
  return length;
}

/// Bytes of a quoted text at the start of `rest`, to the end of the line when it goes on there.
std::size_t quoted_length(std::string_view rest) {
  const char quote = rest.front();
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (quote == '"' && rest[i] == '\\')
      ++i;
    else if (rest[i] == quote && !(quote == '\'' && rest.substr(i + 1).starts_with('\'')))
      return i + 1;
    else if (rest[i] == quote)
      ++i;
  }
  return rest.size();
}

/// Bytes from an opening bracket to its partner; 1 when that is not on the line.
std::size_t bracket_length(std::string_view rest) {
  int depth = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '"' || rest[i] == '\'')
      i += quoted_length(rest.substr(i)) - 1;
    else if (rest[i] == '[' || rest[i] == '{')
      ++depth;
    else if ((rest[i] == ']' || rest[i] == '}') && --depth == 0)
      return i + 1;
  }
  return 1;
}

/// Collects the parser's events as a tree.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const SourceText& source) : source_(source) {}

  YamlNode::Pointer root() const { return root_; }

  /// Where the innermost list or mapping that is still open begins.
  const SourceLocation* innermost() const { return open_.empty() ? nullptr : &open_.back().node->location; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_) fail("a second document in the file", "remove the '---' and what follows it", place(mark, {}));
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(node(YamlNode::Kind::null, mark), anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail("an alias inside its own anchor", "write the value out", place(mark, {}));
    attach(found->second, place(mark, {}));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto scalar = node(YamlNode::Kind::scalar, mark, value);
    require_closed(mark, scalar->location);
    scalar->text = value;
    scalar->quoted = tag == "!" || tag == std::string(kCoreTag) + "str";
    require_core(tag, scalar->location);
    add(std::move(scalar), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    YamlNode::Pointer key;             ///< of a mapping, while its value is awaited
    std::map<std::string, int> lines;  ///< keys seen, with the line of each
  };

  /// The line from the value at `mark` on, without its tag and anchor.
  std::string_view rest_of_line(const YAML::Mark& mark) const {
    const std::string_view line = source_.line(static_cast<std::size_t>(std::max(mark.line, 0)));
    const std::string_view rest =
        line.substr(std::min(static_cast<std::size_t>(std::max(mark.column, 0)), line.size()));
    return rest.substr(properties_length(rest));
  }

  SourceLocation place(const YAML::Mark& mark, std::string_view scalar) const {
    const auto line_index = static_cast<std::size_t>(std::max(mark.line, 0));
    const std::string_view rest = rest_of_line(mark);
    const std::size_t column = source_.line(line_index).size() - rest.size();
    std::size_t length = 1;
    if (rest.starts_with('"') || rest.starts_with('\''))
      length = quoted_length(rest);
    else if (rest.starts_with('[') || rest.starts_with('{'))
      length = bracket_length(rest);
    else if (rest.starts_with('*'))
      length = std::min(rest.find_first_of(" ,]}"), rest.size());
    else if (rest.starts_with(scalar))
      length = scalar.size();
    return source_.at(line_index, column, length);
  }

  std::shared_ptr<YamlNode> node(YamlNode::Kind kind, const YAML::Mark& mark, std::string_view scalar = {}) const {
    auto made = std::make_shared<YamlNode>();
    made->kind = kind;
    made->location = place(mark, scalar);
    return made;
  }

  /// A quote that is forgotten swallows the lines after it; no name here needs more than one line.
  void require_closed(const YAML::Mark& mark, const SourceLocation& location) const {
    const std::string_view rest = rest_of_line(mark);
    if (!rest.starts_with('"') && !rest.starts_with('\'')) return;
    const std::size_t length = quoted_length(rest);
    if (length < 2 || rest[length - 1] != rest[0]) {
      fail("a quote that is not closed on its line", "add the closing quote", location);
    }
  }

  static void require_core(const std::string& tag, const SourceLocation& location) {
    if (tag.empty() || tag == "?" || tag == "!" || tag.starts_with(kCoreTag)) return;
    fail("unknown tag '" + base::printable(tag) + "'", "remove it; config.yml needs no tags", location);
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    auto opened = node(kind, mark);
    require_core(tag, opened->location);
    if (open_.size() >= kMaxDepth)
      fail("nested more than " + std::to_string(kMaxDepth) + " deep", {}, opened->location);
    open_.push_back({.node = std::move(opened), .anchor = anchor, .key = nullptr, .lines = {}});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(std::shared_ptr<YamlNode> finished, YAML::anchor_t anchor) {
    const bool is_empty_value = finished->kind == YamlNode::Kind::null && !open_.empty() && open_.back().key;
    // The parser gives an absent value the place of whatever comes next.
    if (is_empty_value) finished->location = open_.back().key->location;
    if (anchor != YAML::NullAnchor) anchors_[anchor] = finished;
    const SourceLocation location = finished->location;
    attach(std::move(finished), location);
  }

  /// Hands a node to the container that is open; `location` is where it is used.
  void attach(YamlNode::Pointer finished, const SourceLocation& location) {
    if (open_.empty()) {
      root_ = std::move(finished);
      return;
    }
    Open& parent = open_.back();
    parent.node->expanded_size += finished->expanded_size;
    if (parent.node->expanded_size > kMaxNodes) {
      fail("aliases expand to more than " + std::to_string(kMaxNodes) + " values", "write the values out", location);
    }
    if (parent.node->kind == YamlNode::Kind::sequence)
      parent.node->items.push_back(std::move(finished));
    else if (!parent.key)
      parent.key = accept_key(parent, std::move(finished), location);
    else
      parent.node->entries.emplace_back(std::exchange(parent.key, nullptr), std::move(finished));
  }

  static YamlNode::Pointer accept_key(Open& parent, YamlNode::Pointer key, const SourceLocation& location) {
    if (key->kind != YamlNode::Kind::scalar) {
      fail("a key that is " + describe(*key), "a key is a name; put 'null' or '~' in quotes", location);
    }
    if (key->text == "<<" && !key->quoted) {
      fail("merging mappings with '<<' is not supported", "repeat the keys, or alias the whole value", location);
    }
    const auto [first, is_new] = parent.lines.try_emplace(key->text, location.line);
    if (!is_new) {
      fail("the key '" + base::printable(key->text) + "' stands twice",
           "the first is on line " + std::to_string(first->second), location);
    }
    return key;
  }

  const SourceText& source_;
  YamlNode::Pointer root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode::Pointer> anchors_;
};

[[noreturn]] void fail_syntax(const YAML::Exception& error, const SourceText& source, const TreeBuilder& builder) {
  const auto line_index = static_cast<std::size_t>(std::max(error.mark.line, 0));
  const auto column = static_cast<std::size_t>(std::max(error.mark.column, 0));
  const std::string_view line = source.line(line_index);
  // A tab in the indentation shows as some other error further on; it is what the reader has to mend.
  const std::size_t tab = line.substr(0, line.find_first_not_of(" \t")).find('\t');
  if (tab != std::string_view::npos)
    fail("a tab in the indentation", "indent with spaces", source.at(line_index, tab, 1));
  const auto* row =
      std::find_if(std::begin(kSyntax), std::end(kSyntax), [&](const SyntaxRow& r) { return r.parser == error.msg; });
  const bool is_open_bracket =
      error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW || error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
  // The parser names the end of the file; the bracket is what the reader has to look at.
  if (is_open_bracket && builder.innermost())
    fail("not valid YAML: " + std::string(row->message), std::string(row->hint), *builder.innermost());
  if (row != std::end(kSyntax)) {
    fail("not valid YAML: " + std::string(row->message), std::string(row->hint), source.at(line_index, column, 1));
  }
  fail("not valid YAML: " + base::printable(error.msg), {}, source.at(line_index, column, 1));
}

void require_text(const SourceText& source) {
  const std::string_view text = source.text();
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    fail("the file is UTF-16", "save it as UTF-8", source.at_byte(0));
  }
  const std::size_t ill_formed = find_ill_formed(text);
  if (ill_formed != std::string_view::npos) fail("not UTF-8", "save the file as UTF-8", source.at_byte(ill_formed));
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
  };
  const auto control = std::find_if(text.begin(), text.end(), is_control);
  if (control == text.end()) return;
  fail("a control character", "remove it", source.at_byte(static_cast<std::size_t>(control - text.begin())));
}

}  // namespace

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
    case YamlNode::Kind::scalar:
      break;
  }
  return "'" + base::printable(node.text, 60) + "'";
}

YamlNode::Pointer parse_yaml(std::string_view text, const std::filesystem::path& path) {
  const SourceText source(text.substr(0, kMaxBytes + 1), path);
  if (text.size() > kMaxBytes)
    fail("larger than 1 MiB", "a config.yml is a few lines", {.file = path.string(), .line_text = {}});
  require_text(source);
  TreeBuilder builder(source);
  try {
    std::istringstream stream{std::string(source.text())};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    fail_syntax(error, source, builder);
  }
  YamlNode::Pointer root = builder.root();
  if (!root) root = std::make_shared<YamlNode>();
  if (root->kind != YamlNode::Kind::mapping && root->kind != YamlNode::Kind::null) {
    fail("expected 'key: value' lines, found " + describe(*root), "a ':' needs a space after it", root->location);
  }
  return root;
}

}  // namespace autoaccel::config
