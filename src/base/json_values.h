#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "autoaccel/run.h"

namespace autoaccel::base {

using Json = nlohmann::ordered_json;

/// The public values as JSON, one form for run.json, the job files and the worker's protocol.
///
/// Member names are those of the C++ types (`latency_seconds.p90`); an absent optional is null; enums are their text; a
/// device is "cpu" or a number; non-finite numbers are the strings "nan", "inf" and "-inf", since JSON has none. A record
/// has its variant's members beside its own, and the variant's `id`; a run has `versions` by name. Both follow from other
/// members and are checked when read. Text that is not UTF-8 is escaped (`\xNN`). A double comes back as it was, bit for
/// bit; places in config.yml are not kept.
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

/// The inverse; members that it does not know are passed over.
///
/// where   the document, for messages (`run.json`); or, for a part of one, the document and the part's JSON pointer
///         (`run.json: /records/3`)
/// errors  model: a missing, mistyped or unknown value, named by its JSON pointer: `run.json: /records/3/outcome: unknown
///         outcome 'okk'; did you mean 'ok'?`; for a run also another schema version. `value` may be partly written then.
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
