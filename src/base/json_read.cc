#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>

#include "autoaccel/error.h"
#include "base/json_fields.h"
#include "base/json_values.h"
#include "base/text.h"

namespace autoaccel::base {
namespace {

/// Where a value stands in the document: a chain up to the root, turned into a JSON pointer only when something is wrong.
struct Place {
  const std::string& where;  ///< the document, or the document and the pointer of what was handed to from_json
  const Place* parent = nullptr;
  std::string_view name = {};
  std::size_t index = 0;  ///< when `name` is empty

  std::string pointer() const {
    if (!parent) return {};
    if (name.data() == nullptr) return parent->pointer() + "/" + std::to_string(index);
    std::string step;
    for (const char c : name) {  // RFC 6901
      if (c == '~') step += "~0";
      else if (c == '/') step += "~1";
      else step += c;
    }
    return parent->pointer() + "/" + printable(step);
  }

  std::string text() const {
    const std::string path = pointer();
    if (path.empty() || where.empty()) return where + path;
    return where + (where.find(": /") == std::string::npos ? ": " : "") + path;
  }

  [[noreturn]] void fail(const std::string& what) const {
    const std::string at = text();
    throw Error(Cause::model, at.empty() ? what : at + ": " + what);
  }
};

std::string kind_of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null: return "null";
    case Json::value_t::object: return "an object";
    case Json::value_t::array: return "an array";
    case Json::value_t::string: return "a string";
    case Json::value_t::boolean: return "true or false";
    case Json::value_t::number_float: return "a number with a fraction";
    default: return json.is_number() ? "an integer" : "something that JSON has not";
  }
}

[[noreturn]] void fail_type(const Place& place, std::string_view expected, const Json& json) {
  place.fail("expected " + std::string(expected) + ", found " + kind_of(json));
}

std::optional<ElementType> any_element_type_from_text(std::string_view text) {
  if (const auto listed = element_type_from_text(text)) return listed;
  int number = 0;  // `type<N>`: a value that our list does not have yet
  if (!text.starts_with("type")) return std::nullopt;
  const auto [end, code] = std::from_chars(text.data() + 4, text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<ElementType>(number);
}

/// How an enumeration is called in messages, and its names.
template <typename Enum>
struct EnumText;
template <>
struct EnumText<Outcome> {
  static constexpr auto what = "outcome";
  static constexpr auto from = outcome_from_text;
  static constexpr auto names = outcome_names;
};
template <>
struct EnumText<IoTypes> {
  static constexpr auto what = "kind of I/O types";
  static constexpr auto from = io_types_from_text;
  static constexpr auto names = io_types_names;
};
template <>
struct EnumText<Objective> {
  static constexpr auto what = "objective";
  static constexpr auto from = objective_from_text;
  static constexpr auto names = objective_names;
};
template <>
struct EnumText<AccuracyMetric> {
  static constexpr auto what = "accuracy metric";
  static constexpr auto from = accuracy_metric_from_text;
  static constexpr auto names = accuracy_metric_names;
};
template <>
struct EnumText<ElementType> {
  static constexpr auto what = "element type";
  static constexpr auto from = any_element_type_from_text;
  static std::vector<std::string> names() {
    std::vector<std::string> all;
    for (int i = 0; element_type_from_text(to_text(static_cast<ElementType>(i))); ++i) {
      all.push_back(to_text(static_cast<ElementType>(i)));
    }
    return all;
  }
};

class Reader {
 public:
  template <typename T>
  using Of = T&;

  Reader(const Json& json, const Place& place) : json_(json), place_(place) {
    if (!json.is_object()) fail_type(place, "an object", json);
  }

  template <typename T>
  void operator()(const char* name, T& member) {
    read(this->member(name), {place_.where, &place_, name}, member);
  }

  /// Where the document lacks it, nothing of an old value stays.
  template <typename T>
  void later(const char* name, T& member) {
    if (json_.contains(name)) (*this)(name, member);
    else member = T{};
  }

  /// Checked at the end, when what it follows from has been read.
  template <typename Make>
  void derived(const char* name, Make make) {
    checks_.push_back([this, name, make] {
      decltype(make()) found{};
      const Place place{place_.where, &place_, name};
      read(member(name), place, found);
      if (found != make()) place.fail(contradiction(found, make()));
    });
  }

  void finish() const {
    for (const auto& check : checks_) check();
  }

  template <typename T>
  static void read(const Json& json, const Place& place, T& value) {
    if constexpr (std::is_enum_v<T>) {
      read_enum(json, place, value);
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) fail_type(place, "true or false", json);
      value = json.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      read_integer(json, place, value);
    } else {
      Reader reader(json, place);
      describe<Reader>(reader, value);
      reader.finish();
    }
  }

  static void read(const Json& json, const Place& place, double& value) {
    if (json.is_number()) {
      value = json.get<double>();
    } else if (json == "nan") {
      value = std::numeric_limits<double>::quiet_NaN();
    } else if (json == "inf" || json == "-inf") {
      value = json == "inf" ? HUGE_VAL : -HUGE_VAL;
    } else {
      fail_type(place, "a number, \"nan\", \"inf\" or \"-inf\"", json);
    }
  }
  static void read(const Json& json, const Place& place, std::string& value) {
    if (!json.is_string()) fail_type(place, "a string", json);
    value = json.get_ref<const std::string&>();
  }
  static void read(const Json& json, const Place& place, std::filesystem::path& value) {
    std::string text;
    read(json, place, text);
    value = text;
  }
  static void read(const Json& json, const Place& place, Device& value) {
    if (json == "cpu") {
      value.gpu.reset();
      return;
    }
    if (!json.is_number_integer()) fail_type(place, "\"cpu\" or the number of a GPU", json);
    int gpu = 0;
    read(json, place, gpu);
    if (gpu < 0) place.fail("the number of a GPU cannot be negative");
    value.gpu = gpu;
  }
  template <typename T>
  static void read(const Json& json, const Place& place, std::optional<T>& value) {
    value.reset();
    if (!json.is_null()) read(json, place, value.emplace());
  }
  template <typename T>
  static void read(const Json& json, const Place& place, Located<T>& value) {
    value.location.reset();
    read(json, place, value.value);
  }
  template <typename T>
  static void read(const Json& json, const Place& place, std::vector<T>& values) {
    if (!json.is_array()) fail_type(place, "an array", json);
    values.clear();
    values.reserve(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
      read(json[i], {place.where, &place, {}, i}, values.emplace_back());
    }
  }
  template <typename T>
  static void read(const Json& json, const Place& place, std::map<std::string, T>& values) {
    if (!json.is_object()) fail_type(place, "an object", json);
    values.clear();
    for (const auto& [name, member] : json.items()) read(member, {place.where, &place, name}, values[name]);
  }
  static void read(const Json& json, const Place& place, std::pair<double, double>& value) {
    if (!json.is_array() || json.size() != 2) fail_type(place, "an array of two numbers", json);
    read(json[0], {place.where, &place, {}, 0}, value.first);
    read(json[1], {place.where, &place, {}, 1}, value.second);
  }

 private:
  template <typename T>
  static void read_integer(const Json& json, const Place& place, T& value) {
    if (!json.is_number_integer()) fail_type(place, "an integer", json);
    const bool is_in_range = json.is_number_unsigned() ? std::in_range<T>(json.get<std::uint64_t>())
                                                       : std::in_range<T>(json.get<std::int64_t>());
    if (!is_in_range) {
      place.fail(json.dump() + " is outside [" + std::to_string(std::numeric_limits<T>::min()) + ", " +
                 std::to_string(std::numeric_limits<T>::max()) + "]");
    }
    value = json.get<T>();
  }

  template <typename T>
  static void read_enum(const Json& json, const Place& place, T& value) {
    std::string text;
    read(json, place, text);
    const auto known = EnumText<T>::from(text);
    if (!known) {
      place.fail("unknown " + std::string(EnumText<T>::what) + " '" + printable(text) + "'; " +
                 suggestion(text, EnumText<T>::names()));
    }
    value = *known;
  }

  const Json& member(const char* name) const {
    const auto found = json_.find(name);
    if (found != json_.end()) return *found;
    std::vector<std::string> others;
    for (const auto& [other, value] : json_.items()) others.push_back(other);
    const auto near = closest(name, others);
    place_.fail("member '" + std::string(name) + "' is missing" +
                (near ? "; there is '" + printable(*near) + "' instead" : std::string()));
  }

  static std::string contradiction(const std::string& found, const std::string& expected) {
    return "'" + printable(found) + "' contradicts the members beside it, which make '" + printable(expected) + "'";
  }
  template <typename T>
  static std::string contradiction(const T&, const T&) {
    return "it contradicts the members beside it";
  }

  const Json& json_;
  const Place& place_;
  std::vector<std::function<void()>> checks_;
};

void require_schema(const Json& json, const Place& place) {
  if (!json.is_object() || !json.contains("schema_version")) return;  // the reader says what is missing
  int version = 0;
  const Place at{place.where, &place, "schema_version"};
  Reader::read(json["schema_version"], at, version);
  const int known = Run().schema_version;
  if (version == known) return;
  throw Error(Cause::model,
              at.text() + ": schema version " + std::to_string(version) + " is unknown, this release reads version " +
                  std::to_string(known),
              "use the release that wrote it, or run the job again");
}

}  // namespace

void from_json(const Json& json, Variant& value, const std::string& where) { Reader::read(json, {where}, value); }
void from_json(const Json& json, Measurement& value, const std::string& where) { Reader::read(json, {where}, value); }
void from_json(const Json& json, Agreement& value, const std::string& where) { Reader::read(json, {where}, value); }
void from_json(const Json& json, Placement& value, const std::string& where) { Reader::read(json, {where}, value); }
void from_json(const Json& json, Artifact& value, const std::string& where) { Reader::read(json, {where}, value); }
void from_json(const Json& json, TensorInfo& value, const std::string& where) { Reader::read(json, {where}, value); }
void from_json(const Json& json, RuntimeInfo& value, const std::string& where) { Reader::read(json, {where}, value); }
void from_json(const Json& json, Record& value, const std::string& where) { Reader::read(json, {where}, value); }
void from_json(const Json& json, Host& value, const std::string& where) { Reader::read(json, {where}, value); }
void from_json(const Json& json, Config& value, const std::string& where) { Reader::read(json, {where}, value); }
void from_json(const Json& json, Run& value, const std::string& where) {
  const Place place{where};
  require_schema(json, place);
  Reader::read(json, place, value);
}

}  // namespace autoaccel::base
