#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "autoaccel/run.h"

namespace autoaccel::base {

using Json = nlohmann::ordered_json;

/// The public values as JSON, one form for run.json, the job files and the worker's protocol.
///
/// Member names are those of the C++ types (`latency_seconds.p90`); an absent optional is null; enums are their text;
/// non-finite numbers are the strings "nan", "inf" and "-inf", since JSON has none.
Json to_json(const Variant& value);
Json to_json(const Measurement& value);
Json to_json(const Agreement& value);
Json to_json(const Placement& value);
Json to_json(const Artifact& value);
Json to_json(const TensorInfo& value);
Json to_json(const RuntimeInfo& value);
Json to_json(const Record& value);
Json to_json(const Host& value);
Json to_json(const Config& value);
Json to_json(const Run& value);

/// The inverse. errors  model: a missing or mistyped member, named by its JSON pointer below `where`
void from_json(const Json& json, Variant& value, const std::string& where);
void from_json(const Json& json, Measurement& value, const std::string& where);
void from_json(const Json& json, Agreement& value, const std::string& where);
void from_json(const Json& json, Placement& value, const std::string& where);
void from_json(const Json& json, Artifact& value, const std::string& where);
void from_json(const Json& json, TensorInfo& value, const std::string& where);
void from_json(const Json& json, RuntimeInfo& value, const std::string& where);
void from_json(const Json& json, Record& value, const std::string& where);
void from_json(const Json& json, Host& value, const std::string& where);
void from_json(const Json& json, Config& value, const std::string& where);
void from_json(const Json& json, Run& value, const std::string& where);

}  // namespace autoaccel::base
