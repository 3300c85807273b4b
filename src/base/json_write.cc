#include <cmath>
#include <concepts>
#include <filesystem>
#include <type_traits>

#include "base/json_fields.h"
#include "base/json_values.h"
#include "base/text.h"

namespace autoaccel::base {
namespace {

class Writer {
 public:
  template <typename T>
  using Of = const T&;

  template <typename T>
  void operator()(const char* name, const T& member) {
    json_[name] = json_from(member);
  }
  template <typename T>
  void later(const char* name, const T& member) {
    (*this)(name, member);
  }
  template <typename Make>
  void derived(const char* name, Make make) {
    json_[name] = json_from(make());
  }

  template <typename T>
  static Json json_from(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return to_text(value);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return value;
    } else {
      Writer writer;
      describe<Writer>(writer, value);
      return std::move(writer.json_);
    }
  }

  static Json json_from(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
  }
  static Json json_from(const std::string& value) { return valid_utf8(value); }
  static Json json_from(const std::filesystem::path& value) { return valid_utf8(value.native()); }
  static Json json_from(const Device& value) { return value.gpu ? Json(*value.gpu) : Json("cpu"); }

  template <typename T>
  static Json json_from(const std::optional<T>& value) {
    return value ? json_from(*value) : Json(nullptr);
  }
  template <typename T>
  static Json json_from(const Located<T>& value) {
    return json_from(value.value);
  }
  template <typename T>
  static Json json_from(const std::vector<T>& values) {
    Json array = Json::array();
    for (const T& value : values) array.push_back(json_from(value));
    return array;
  }
  template <typename T>
  static Json json_from(const std::map<std::string, T>& values) {
    Json object = Json::object();
    for (const auto& [name, value] : values) object[valid_utf8(name)] = json_from(value);
    return object;
  }
  static Json json_from(const std::pair<double, double>& value) {
    return Json::array({json_from(value.first), json_from(value.second)});
  }

 private:
  Json json_ = Json::object();
};

}  // namespace

Json to_json(const Variant& value) { return Writer::json_from(value); }
Json to_json(const Measurement& value) { return Writer::json_from(value); }
Json to_json(const Agreement& value) { return Writer::json_from(value); }
Json to_json(const Placement& value) { return Writer::json_from(value); }
Json to_json(const Artifact& value) { return Writer::json_from(value); }
Json to_json(const TensorInfo& value) { return Writer::json_from(value); }
Json to_json(const RuntimeInfo& value) { return Writer::json_from(value); }
Json to_json(const Record& value) { return Writer::json_from(value); }
Json to_json(const Host& value) { return Writer::json_from(value); }
Json to_json(const Config& value) { return Writer::json_from(value); }
Json to_json(const Run& value) { return Writer::json_from(value); }

}  // namespace autoaccel::base
