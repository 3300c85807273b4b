#pragma once

// The members of every public value, once: json_write.cc and json_read.cc walk the same tables, so what is written is
// read. Included by those two only.
//
// `Fields` is a writer or a reader: `fields("name", member)` writes or reads one member, `fields.later("name", member)`
// one that files of earlier releases lack: it has its default then, and `fields.derived("name", f)` one that others
// determine: written as f() gives it, and checked against f() when read. `Fields::Of<T>` is the reference to a value
// that suits it.

#include <map>
#include <string>

#include "autoaccel/run.h"

namespace autoaccel::base {

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Variant> value) {
  fields.derived("id", [&value] { return value.id(); });
  fields("recipe", value.recipe);
  fields("runtime", value.runtime);
  fields("device", value.device);
  fields("io", value.io);
  fields("settings", value.settings);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<LatencySummary> value) {
  fields("median", value.median);
  fields("mean", value.mean);
  fields("p90", value.p90);
  fields("p95", value.p95);
  fields("p99", value.p99);
  fields("p999", value.p999);
  fields("min", value.min);
  fields("max", value.max);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<GpuConditions> value) {
  fields("name", value.name);
  fields("clock_hertz", value.clock_hertz);
  fields("clock_most_hertz", value.clock_most_hertz);
  fields("memory_clock_hertz", value.memory_clock_hertz);
  fields("celsius", value.celsius);
  fields("watts", value.watts);
  fields("memory_bytes", value.memory_bytes);
  fields("other_processes", value.other_processes);
  fields("throttled_by", value.throttled_by);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Conditions> value) {
  fields("load_average_before", value.load_average_before);
  fields("foreign_cpu_fraction", value.foreign_cpu_fraction);
  fields("involuntary_switches", value.involuntary_switches);
  fields("governor", value.governor);
  fields("throttled_seconds", value.throttled_seconds);
  fields.later("gpu", value.gpu);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Measurement> value) {
  fields("throughput_per_second", value.throughput_per_second);
  fields("batch", value.batch);
  fields("requests_in_flight", value.requests_in_flight);
  fields("runs", value.runs);
  fields("wall_seconds", value.wall_seconds);
  fields("latency_seconds", value.latency_seconds);
  fields("median_half_width", value.median_half_width);
  fields("coefficient_of_variation", value.coefficient_of_variation);
  fields("noisy", value.noisy);
  fields("convert_seconds", value.convert_seconds);
  fields("load_seconds", value.load_seconds);
  fields("first_inference_seconds", value.first_inference_seconds);
  fields("warm_up_seconds", value.warm_up_seconds);
  fields("warm_up_runs", value.warm_up_runs);
  fields("peak_bytes", value.peak_bytes);
  fields("conditions", value.conditions);
  fields("samples_seconds", value.samples_seconds);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<OutputAgreement::Figure> value) {
  fields("mean", value.mean);
  fields("worst", value.worst);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<OutputAgreement> value) {
  fields("name", value.name);
  fields("kind", value.kind);
  fields("mean_absolute_error", value.mean_absolute_error);
  fields("max_absolute_error", value.max_absolute_error);
  fields("relative_error", value.relative_error);
  fields("cosine_similarity", value.cosine_similarity);
  fields("sqnr_db", value.sqnr_db);
  fields("top1_agreement", value.top1_agreement);
  fields("nan_count", value.nan_count);
  fields("inf_count", value.inf_count);
  fields("within_limit", value.within_limit);
  fields("judged_by", value.judged_by);
  fields.later("worst_sqnr_limit_db", value.worst_sqnr_limit_db);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Agreement> value) {
  fields("within_limit", value.within_limit);
  fields("reason", value.reason);
  fields("samples", value.samples);
  fields("mean_absolute_error", value.mean_absolute_error);
  fields("max_absolute_error", value.max_absolute_error);
  fields("cosine_similarity", value.cosine_similarity);
  fields("sqnr_db", value.sqnr_db);
  fields("outputs", value.outputs);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Placement> value) {
  fields("summary", value.summary);
  fields("nodes_by_kind", value.nodes_by_kind);
  fields.later("layers", value.layers);
  fields("warnings", value.warnings);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Artifact> value) {
  fields("path", value.path);
  fields("bytes", value.bytes);
  fields("files", value.files);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Interval> value) {
  fields("low", value.low);
  fields("high", value.high);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Record> value) {
  describe<Fields>(fields, value.variant);
  fields("outcome", value.outcome);
  fields("reason", value.reason);
  fields("rank", value.rank);
  fields("speed_up", value.speed_up);
  fields.later("speed_up_interval", value.speed_up_interval);
  fields.later("on_pareto_front", value.on_pareto_front);
  fields("artifact", value.artifact);
  fields("measurement", value.measurement);
  fields("agreement", value.agreement);
  fields("placement", value.placement);
  fields("notes", value.notes);
  fields("details", value.details);
  fields("repeat_command", value.repeat_command);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<TensorInfo> value) {
  fields("name", value.name);
  fields("type", value.type);
  fields("shape", value.shape);
  fields("axes", value.axes);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<RuntimeInfo> value) {
  fields("name", value.name);
  fields("available", value.available);
  fields("version", value.version);
  fields("reason", value.reason);
  fields("devices", value.devices);
  fields("precisions", value.precisions);
  fields.later("sandbox", value.sandbox);
  fields.later("library", value.library);
  fields.later("providers", value.providers);
  fields.later("no_gpu_reason", value.no_gpu_reason);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Host> value) {
  fields("processor", value.processor);
  fields("features", value.features);
  fields("processors_online", value.processors_online);
  fields("processors_allowed", value.processors_allowed);
  fields("processor_quota", value.processor_quota);
  fields("threads", value.threads);
  fields("memory_bytes", value.memory_bytes);
  fields("memory_available_bytes", value.memory_available_bytes);
  fields("operating_system", value.operating_system);
  fields("kernel", value.kernel);
  fields("governor", value.governor);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<ModelSummary> value) {
  fields("file", value.file);
  fields("sha256", value.sha256);
  fields("bytes", value.bytes);
  fields("opset", value.opset);
  fields("inputs", value.inputs);
  fields("outputs", value.outputs);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<SampleSummary> value) {
  fields("seed", value.seed);
  fields("count", value.count);
  fields("origins", value.origins);
  fields("warnings", value.warnings);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<ByteMapping> value) {
  fields("scale", value.scale);
  fields("mean", value.mean);
  fields("axis", value.axis);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<InputConfig> value) {
  fields("name", value.name);
  fields("use_shape", value.use_shape);
  fields("min_shape", value.min_shape);
  fields("max_shape", value.max_shape);
  fields("data", value.data);
  fields("range", value.range);
  fields("value", value.value);
  fields("bytes", value.bytes);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<OutputConfig> value) {
  fields("name", value.name);
  fields("use_shape", value.use_shape);
  fields("bytes", value.bytes);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<AccuracyLimit> value) {
  fields("metric", value.metric);
  fields("limit", value.limit);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Constraints> value) {
  fields("latency_p99_seconds", value.latency_p99_seconds);
  fields("memory_bytes", value.memory_bytes);
  fields("size_bytes", value.size_bytes);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<SearchConfig> value) {
  fields("budget_seconds", value.budget_seconds);
  fields.later("budget_trials", value.budget_trials);
  fields("precisions", value.precisions);
  fields("runtimes", value.runtimes);
  fields("batches", value.batches);
  fields("threads", value.threads);
  fields("seed", value.seed);
  fields("samples", value.samples);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<LimitsConfig> value) {
  fields("memory_bytes", value.memory_bytes);
  fields("variant_seconds", value.variant_seconds);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Config> value) {
  fields("file", value.file);
  fields("device", value.device);
  fields("inputs", value.inputs);
  fields("outputs", value.outputs);
  fields("objective", value.objective);
  fields("accuracy", value.accuracy);
  fields.later("constraints", value.constraints);
  fields("search", value.search);
  fields("limits", value.limits);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Pick> value) {
  fields("question", value.question);
  fields("id", value.id);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<SearchStep> value) {
  fields("id", value.id);
  fields("seconds", value.seconds);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<SearchSummary> value) {
  fields("strategy", value.strategy);
  fields("seconds", value.seconds);
  fields("trials", value.trials);
  fields("points", value.points);
  fields("stopped_because", value.stopped_because);
  fields("expected_gain", value.expected_gain);
  fields.later("course", value.course);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<FinalRounds::Finalist> value) {
  fields("id", value.id);
  fields("seconds", value.seconds);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<FinalRounds> value) {
  fields("finalists", value.finalists);
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<ShapePoint> value) {
  fields("id", value.id);
  fields("where", value.where);
  fields("inputs", value.inputs);
  fields("seconds", value.seconds);
  fields("change_seconds", value.change_seconds);
  fields("sqnr_db", value.sqnr_db);
  fields("within_limit", value.within_limit);
  fields("reason", value.reason);
}

/// The tool and every runtime found, by name.
inline std::map<std::string, std::string> versions_of(const Run& run) {
  std::map<std::string, std::string> versions = {{"tool", run.tool_version}};
  for (const RuntimeInfo& runtime : run.runtimes) {
    if (!runtime.version.empty()) versions[runtime.name] = runtime.version;
  }
  return versions;
}

template <typename Fields>
void describe(Fields& fields, typename Fields::template Of<Run> value) {
  fields("schema_version", value.schema_version);
  fields("tool_version", value.tool_version);
  fields.derived("versions", [&value] { return versions_of(value); });
  fields("started", value.started);
  fields("finished", value.finished);
  fields("command", value.command);
  fields("original", value.original);
  fields("recommended", value.recommended);
  fields("verdict", value.verdict);
  fields.later("picks", value.picks);
  fields.later("search", value.search);
  fields.later("final_rounds", value.final_rounds);
  fields.later("shapes", value.shapes);
  fields("drift", value.drift);
  fields("warnings", value.warnings);
  fields("model", value.model);
  fields("config_sha256", value.config_sha256);
  fields("config", value.config);
  fields("host", value.host);
  fields("runtimes", value.runtimes);
  fields("samples", value.samples);
  fields("records", value.records);
}

}  // namespace autoaccel::base
