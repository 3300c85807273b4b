#include "report/facts.h"

#include <algorithm>

#include "base/text.h"
#include "config/batches.h"
#include "report/remarks.h"

namespace autoaccel::report {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

/// Leaves out what is not known.
void add(Facts& facts, const std::string& name, const std::string& text) {
  if (!text.empty()) facts.emplace_back(name, text);
}

Facts result_facts(const Run& run) {
  Facts facts;
  add(facts, "verdict", run.verdict);
  add(facts, "recommended", run.recommended.value_or("none"));
  add(facts, "original", run.original);
  if (run.drift) add(facts, "drift of the original's latency during the run", base::fixed(*run.drift * 100, 1) + " %");
  for (const std::string& warning : run.warnings) add(facts, "warning", warning);
  for (const std::string& warning : run.samples.warnings) add(facts, "warning", warning);
  return facts;
}

std::string milliseconds(const std::vector<double>& seconds) {
  std::vector<std::string> texts;
  for (const double each : seconds) texts.push_back(base::significant(each * 1e3, 4));
  return base::join(texts, ", ");
}

/// How the variants were chosen, and the rounds of the final.
Facts search_facts(const Run& run) {
  Facts facts;
  const SearchSummary& search = run.search;
  if (!search.strategy.empty()) {
    add(facts, "strategy", search.strategy);
    add(facts, "trials", std::to_string(search.trials) + " of " + std::to_string(search.points));
    add(facts, "time", base::human_seconds(search.seconds));
    add(facts, "ended because", search.stopped_because);
    if (search.expected_gain)
      add(facts, "expected gain of the next trial", base::significant(*search.expected_gain * 100, 2) + " %");
  }
  if (run.final_rounds) {
    for (const FinalRounds::Finalist& finalist : run.final_rounds->finalists)
      add(facts, "rounds of the final (ms)", finalist.id + ": " + milliseconds(finalist.seconds));
  }
  for (const Pick& pick : run.picks) add(facts, pick.question, pick.id);
  for (const std::string& line : shape_lines(run)) add(facts, "at another shape", line);
  return facts;
}

/// `constraints`, as config.yml writes them.
std::string constraints_text(const Constraints& constraints) {
  std::vector<std::string> texts;
  const auto add_bound = [&](const std::string& key, double value) {
    texts.push_back(key + ": " + base::significant(value, 6));
  };
  if (constraints.latency_p99_seconds) add_bound("latency_p99_ms", *constraints.latency_p99_seconds * 1e3);
  if (constraints.memory_bytes) add_bound("memory_mb", static_cast<double>(*constraints.memory_bytes) / 1e6);
  if (constraints.size_bytes) add_bound("size_mb", static_cast<double>(*constraints.size_bytes) / 1e6);
  return texts.empty() ? "none" : base::join(texts, ", ");
}

std::string budget_text(const SearchConfig& search) {
  if (search.budget_trials) return std::to_string(*search.budget_trials) + " trials";
  return search.budget_seconds ? base::human_seconds(*search.budget_seconds) : "by the original's latency";
}

Facts run_facts(const Run& run) {
  Facts facts;
  add(facts, "command", run.command);
  add(facts, "started", run.started);
  add(facts, "finished", run.finished.empty() ? "not yet" : run.finished);
  add(facts, "autoaccel", run.tool_version);
  for (const RuntimeInfo& runtime : run.runtimes) {
    add(facts, runtime.name, runtime.available ? runtime.version : "not available: " + runtime.reason);
  }
  return facts;
}

Facts model_facts(const Run& run) {
  Facts facts;
  add(facts, "file", run.model.file);
  add(facts, "sha256", run.model.sha256);
  add(facts, "size", base::human_bytes(run.model.bytes));
  add(facts, "opset", std::to_string(run.model.opset));
  for (const TensorInfo& input : run.model.inputs) add(facts, "input", input_text(run, input));
  for (const TensorInfo& output : run.model.outputs) {
    add(facts, "output",
        output.name + ": " + to_text(output.type) + " " + (output.shape ? to_text(*output.shape) : ""));
  }
  return facts;
}

Facts config_facts(const Run& run) {
  const Config& config = run.config;
  Facts facts;
  add(facts, "config.yml", config.file ? config.file->string() : "none");
  add(facts, "sha256", run.config_sha256);
  add(facts, "device", config.device.to_text());
  add(facts, "objective", to_text(config.objective));
  if (config.accuracy) {
    add(facts, "accuracy",
        to_text(config.accuracy->metric) + (larger_is_better(config.accuracy->metric) ? " ≥ " : " ≤ ") +
            base::significant(config.accuracy->limit, 6));
  } else {
    add(facts, "accuracy", "each recipe's own limit");
  }
  add(facts, "constraints", constraints_text(config.constraints));
  add(facts, "budget", budget_text(config.search));
  add(facts, "time limit of a trial", base::human_seconds(config.limits.variant_seconds));
  add(facts, "memory limit of a trial",
      config.limits.memory_bytes ? base::human_bytes(*config.limits.memory_bytes) : "90 % of what is available");
  return facts;
}

Facts sample_facts(const Run& run) {
  Facts facts;
  add(facts, "sample sets", std::to_string(run.samples.count));
  add(facts, "seed", std::to_string(run.samples.seed));
  for (const std::string& origin : run.samples.origins) add(facts, "input", origin);
  return facts;
}

Facts host_facts(const Run& run) {
  const Host& host = run.host;
  Facts facts;
  add(facts, "processor", host.processor);
  add(facts, "features", base::join(host.features, ", "));
  add(facts, "processors online", std::to_string(host.processors_online));
  add(facts, "processors allowed", std::to_string(host.processors_allowed));
  add(facts, "quota", host.processor_quota ? base::significant(*host.processor_quota, 4) + " processors" : "none");
  add(facts, "threads used", std::to_string(host.threads));
  add(facts, "memory", base::human_bytes(host.memory_bytes));
  add(facts, "memory available", base::human_bytes(host.memory_available_bytes));
  add(facts, "operating system", host.operating_system);
  add(facts, "kernel", host.kernel);
  add(facts, "frequency governor", host.governor.value_or("unknown"));
  return facts;
}

}  // namespace

Shape measured_shape(const Run& run, const TensorInfo& input) {
  const auto configured = std::find_if(run.config.inputs.begin(), run.config.inputs.end(),
                                       [&](const InputConfig& each) { return each.name == input.name; });
  if (configured != run.config.inputs.end() && configured->use_shape) return configured->use_shape->value;
  Shape shape = input.shape.value_or(Shape{});
  for (std::int64_t& axis : shape) axis = std::max<std::int64_t>(axis, axis < 0 ? 1 : 0);
  return shape;
}

Shape measured_shape(const Run& run, const TensorInfo& input, const Variant& variant) {
  Shape shape = measured_shape(run, input);
  const auto setting = variant.settings.find("batch");
  if (setting == variant.settings.end()) return shape;
  const std::int64_t batch = std::stoll(setting->second);
  const auto axes = config::batch_axes(run.model.inputs,
                                       config::bind_shapes(run.config, run.model.inputs, run.model.outputs), batch);
  if (const auto axis = axes.find(input.name); axis != axes.end()) shape[axis->second] = batch;
  return shape;
}

std::string input_text(const Run& run, const TensorInfo& input) {
  return input.name + ": " + to_text(input.type) + " " + to_text(measured_shape(run, input));
}

std::vector<FactSection> facts_of(const Run& run) {
  return {{"Result", result_facts(run)}, {"Search", search_facts(run)}, {"Run", run_facts(run)},
          {"Model", model_facts(run)},   {"Config", config_facts(run)}, {"Samples", sample_facts(run)},
          {"Host", host_facts(run)}};
}

}  // namespace autoaccel::report
