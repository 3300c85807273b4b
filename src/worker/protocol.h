#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "autoaccel/record.h"
#include "base/json_values.h"
#include "measure/measure.h"
#include "runtime/runtime.h"

// What parent and worker say to each other: one JSON object a line, documented in docs/worker-protocol.md.
namespace autoaccel::worker {

using base::Json;

/// Raised whenever a request or an answer changes its meaning.
inline constexpr int kProtocolVersion = 1;

/// The worker's descriptor for answers; its stdout and stderr belong to the vendors.
inline constexpr int kAnswerDescriptor = 3;

enum class Op { probe, convert, load, bind, run, watch, measure, placement, memory, quit };

struct OpInfo {
  Op op;
  std::string_view name;   ///< in the request
  std::string_view doing;  ///< in messages: `while <doing>`
  Outcome on_error;        ///< what the trial becomes when the worker answers with an error
};

const OpInfo& info(Op op);

/// `id` counts up in one worker's life and comes back in the answer, so that an answer to an earlier request is
/// noticed.
struct Request {
  std::int64_t id = 0;
  Op op = Op::quit;
  Json body = Json::object();
};

/// body   the members of a good answer
/// error  set: the request failed, and body is empty
struct Answer {
  std::int64_t id = 0;
  Json body = Json::object();
  std::optional<Error> error;
};

/// One line, without the newline.
/// errors  unsupported: a path or name that is not UTF-8 text (requests); answers replace such bytes instead, because a
///         vendor's message may hold anything
std::string line_from(const Request& request);
std::string line_from(const Answer& answer);

/// errors  defect: not JSON, another protocol version, an unknown op, a missing or mistyped member
Request request_from(std::string_view line);
Answer answer_from(std::string_view line);

/// What `load` tells of the session.
struct Loaded {
  double load_seconds = 0;
  int requests = 1;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
};

/// The axis of each value's figures by channel, by name; nullopt: none are wanted.
using Axes = std::map<std::string, std::optional<int>>;

Json json_from(const runtime::Job& job);
Json json_from(const measure::Rules& rules);
Json json_from(const measure::Load& load);
Json json_from(const Loaded& loaded);
Json json_from(const Axes& axes);

// The inverse of json_from. errors  defect: a missing or mistyped member, by name
runtime::Job job_from(const Json& json);
measure::Rules rules_from(const Json& json);
measure::Load load_from(const Json& json);
Loaded loaded_from(const Json& json);
Axes axes_from(const Json& json);

/// True unless T is an integer and the number does not fit it, or kinds differ where the JSON library would convert.
template <typename T>
bool fits(const Json& json) {
  if constexpr (std::is_same_v<T, bool>)
    return json.is_boolean();
  else if constexpr (std::is_same_v<T, double>)
    return json.is_number();
  else if constexpr (!std::is_integral_v<T>)
    return true;
  else if (json.is_number_unsigned())
    return std::in_range<T>(json.get<std::uint64_t>());
  else
    return json.is_number_integer() && std::in_range<T>(json.get<std::int64_t>());
}

/// A member of an object as `T`; a number must fit T, and nothing is converted between kinds.
/// errors  defect: `json` is no object, or the member is missing or of another type
template <typename T>
T member(const Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  if (found != json.end() && fits<T>(*found)) {
    try {
      return found->template get<T>();
    } catch (const Json::exception&) {  // said below, with the name
    }
  }
  throw Error(Cause::defect,
              "the worker's protocol needs member '" + std::string(name) + "', which is missing or mistyped");
}

}  // namespace autoaccel::worker
