#include "worker/protocol.h"

#include <algorithm>
#include <array>
#include <utility>

namespace autoaccel::worker {
namespace {

constexpr std::array<OpInfo, 10> kOps{{
    {Op::probe, "probe", "asking for the runtime's version", Outcome::crashed},
    {Op::convert, "convert", "converting", Outcome::not_converted},
    {Op::load, "load", "loading", Outcome::not_compiled},
    {Op::bind, "bind", "reading the inputs", Outcome::crashed},
    {Op::run, "run", "running", Outcome::crashed},
    {Op::watch, "watch", "watching values", Outcome::crashed},
    {Op::measure, "measure", "measuring", Outcome::crashed},
    {Op::placement, "placement", "asking what ran each node", Outcome::crashed},
    {Op::memory, "memory", "asking for the memory used", Outcome::crashed},
    {Op::quit, "quit", "ending", Outcome::crashed},
}};

constexpr std::array kCauses{Cause::usage,  Cause::model,       Cause::unsupported, Cause::environment,
                             Cause::vendor, Cause::interrupted, Cause::defect};

/// The deepest message is the statistics' of values, at 6. Copying a JSON value takes stack for each level, so that a
/// line of brackets alone would end the parent.
constexpr int kMaxDepth = 32;

bool refuse_depth(int depth, Json::parse_event_t, Json&) {
  if (depth > kMaxDepth) throw Error(Cause::defect, "nested too deeply");
  return true;
}

Json parsed(std::string_view line) {
  Json json = Json::parse(line, refuse_depth, /*allow_exceptions=*/false);
  if (!json.is_object()) throw Error(Cause::defect, "not a JSON object");
  if (const int version = member<int>(json, "protocol"); version != kProtocolVersion)
    throw Error(Cause::defect,
                "protocol version " + std::to_string(version) + " instead of " + std::to_string(kProtocolVersion),
                "tool and worker come from different builds; install both from the same one");
  return json;
}

/// The members that are not of the envelope.
Json body_of(Json json, std::initializer_list<const char*> envelope) {
  for (const char* name : envelope) json.erase(name);
  return json;
}

Json with_body(Json envelope, const Json& body) {
  for (const auto& [name, value] : body.items()) envelope[name] = value;
  return envelope;
}

std::vector<TensorInfo> infos_from(const Json& json, const char* name) {
  std::vector<TensorInfo> infos;
  const Json list = member<Json>(json, name);
  for (std::size_t i = 0; i < list.size(); ++i)
    base::from_json(list.at(i), infos.emplace_back(), "/" + std::string(name) + "/" + std::to_string(i));
  return infos;
}

Json json_from(const std::vector<TensorInfo>& infos) {
  Json list = Json::array();
  for (const TensorInfo& info : infos) list.push_back(base::to_json(info));
  return list;
}

Error error_from(const Json& json) {
  const auto text = member<std::string>(json, "cause");
  const auto cause = std::find_if(kCauses.begin(), kCauses.end(), [&](Cause known) { return to_text(known) == text; });
  if (cause == kCauses.end()) throw Error(Cause::defect, "unknown cause of an error");
  Error error(*cause, member<std::string>(json, "message"), member<std::string>(json, "hint"));
  for (std::string& doing : member<std::vector<std::string>>(json, "context")) error.add_context(std::move(doing));
  return error;
}

}  // namespace

const OpInfo& info(Op op) {
  return *std::find_if(kOps.begin(), kOps.end(), [op](const OpInfo& row) { return row.op == op; });
}

std::string line_from(const Request& request) {
  const Json envelope{{"protocol", kProtocolVersion}, {"id", request.id}, {"op", info(request.op).name}};
  try {
    return with_body(envelope, request.body).dump();
  } catch (const Json::type_error&) {
    throw Error(Cause::unsupported, "a path or tensor name is not UTF-8 text", "rename the file, folder or tensor");
  }
}

std::string line_from(const Answer& answer) {
  Json json{{"protocol", kProtocolVersion}, {"id", answer.id}, {"ok", !answer.error}};
  if (answer.error) {
    json["cause"] = to_text(answer.error->cause());
    json["message"] = answer.error->message();
    json["hint"] = answer.error->hint();
    json["context"] = answer.error->context();
  }
  return with_body(std::move(json), answer.body).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Request request_from(std::string_view line) {
  Json json = parsed(line);
  const auto name = member<std::string>(json, "op");
  const auto row = std::find_if(kOps.begin(), kOps.end(), [&](const OpInfo& known) { return known.name == name; });
  if (row == kOps.end()) throw Error(Cause::defect, "unknown op");
  const auto id = member<std::int64_t>(json, "id");
  return {.id = id, .op = row->op, .body = body_of(std::move(json), {"protocol", "id", "op"})};
}

Answer answer_from(std::string_view line) {
  Json json = parsed(line);
  Answer answer;
  answer.id = member<std::int64_t>(json, "id");
  if (member<bool>(json, "ok"))
    answer.body = body_of(std::move(json), {"protocol", "id", "ok"});
  else
    answer.error = error_from(json);
  return answer;
}

Json json_from(const runtime::Job& job) {
  Json inputs = Json::array();
  for (const runtime::InputShapes& input : job.inputs)
    inputs.push_back({{"name", input.name}, {"use", input.use}, {"min", input.min}, {"max", input.max}});
  return {{"model", job.model.string()},
          {"artifact", job.artifact.string()},
          {"gpu", job.device.gpu ? Json(*job.device.gpu) : Json()},
          {"settings", job.settings},
          {"inputs", std::move(inputs)}};
}

Json json_from(const Axes& axes) {
  Json json = Json::object();
  for (const auto& [name, axis] : axes) json[name] = axis ? Json(*axis) : Json();
  return json;
}

Axes axes_from(const Json& json) {
  if (!json.is_object()) throw Error(Cause::defect, "the axes of the values to watch are not an object");
  Axes axes;
  for (const auto& [name, axis] : json.items()) {
    std::optional<int>& entry = axes[name];
    if (axis.is_null()) continue;
    if (!fits<int>(axis)) throw Error(Cause::defect, "the axis of a value to watch is no integer");
    entry = axis.get<int>();
  }
  return axes;
}

runtime::Job job_from(const Json& json) {
  runtime::Job job;
  job.model = member<std::string>(json, "model");
  job.artifact = member<std::string>(json, "artifact");
  if (!member<Json>(json, "gpu").is_null()) job.device.gpu = member<int>(json, "gpu");
  job.settings = member<Settings>(json, "settings");
  for (const Json& input : member<Json>(json, "inputs"))
    job.inputs.push_back({.name = member<std::string>(input, "name"),
                          .use = member<Shape>(input, "use"),
                          .min = member<Shape>(input, "min"),
                          .max = member<Shape>(input, "max")});
  return job;
}

Json json_from(const measure::Rules& rules) {
  return {{"min_warm_up_runs", rules.min_warm_up_runs},
          {"min_warm_up_seconds", rules.min_warm_up_seconds},
          {"max_warm_up_seconds", rules.max_warm_up_seconds},
          {"warm_up_tolerance", rules.warm_up_tolerance},
          {"min_samples", rules.min_samples},
          {"min_seconds", rules.min_seconds},
          {"target_half_width", rules.target_half_width},
          {"max_seconds", rules.max_seconds},
          {"max_samples", rules.max_samples}};
}

measure::Rules rules_from(const Json& json) {
  return {.min_warm_up_runs = member<int>(json, "min_warm_up_runs"),
          .min_warm_up_seconds = member<double>(json, "min_warm_up_seconds"),
          .max_warm_up_seconds = member<double>(json, "max_warm_up_seconds"),
          .warm_up_tolerance = member<double>(json, "warm_up_tolerance"),
          .min_samples = member<std::size_t>(json, "min_samples"),
          .min_seconds = member<double>(json, "min_seconds"),
          .target_half_width = member<double>(json, "target_half_width"),
          .max_seconds = member<double>(json, "max_seconds"),
          .max_samples = member<std::size_t>(json, "max_samples")};
}

Json json_from(const measure::Load& load) {
  return {{"requests_in_flight", load.requests_in_flight}, {"samples", load.samples}, {"batch", load.batch}};
}

measure::Load load_from(const Json& json) {
  return {.requests_in_flight = member<int>(json, "requests_in_flight"),
          .samples = member<int>(json, "samples"),
          .batch = member<std::int64_t>(json, "batch")};
}

Json json_from(const Loaded& loaded) {
  return {{"load_seconds", loaded.load_seconds},
          {"requests", loaded.requests},
          {"inputs", json_from(loaded.inputs)},
          {"outputs", json_from(loaded.outputs)}};
}

Loaded loaded_from(const Json& json) {
  return {.load_seconds = member<double>(json, "load_seconds"),
          .requests = member<int>(json, "requests"),
          .inputs = infos_from(json, "inputs"),
          .outputs = infos_from(json, "outputs")};
}

}  // namespace autoaccel::worker
