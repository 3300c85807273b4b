#include "config/keys.h"

#include <cmath>
#include <limits>
#include <string_view>

#include "base/text.h"
#include "config/key_table.h"
#include "config/units.h"

namespace autoaccel::config {
namespace {

constexpr std::int64_t kMostThreads = 1024;
constexpr std::int64_t kMostSamples = 1024;
constexpr std::int64_t kLargestBatch = 1 << 20;
constexpr std::uint64_t kLeastMemory = 16'000'000;  // below it no worker starts

void read_objective(const Entry& entry, Config& config);
void read_metric(const Entry& entry, AccuracyLimit& accuracy);
void read_accuracy(const Entry& entry, Config& config);
void read_constraints(const Entry& entry, Config& config);
void read_batch(const Entry& entry, Config& config);
void read_budget(const Entry& entry, SearchConfig& search);
void read_batches(const Entry& entry, SearchConfig& search);
void read_search(const Entry& entry, Config& config);
void read_limits(const Entry& entry, Config& config);

constexpr std::string_view kPositive = "a number above 0, without a unit";

double read_positive(const Entry& entry) {
  constexpr double kLargest = 1e12;  // milliseconds, megabytes: past what any machine has
  const double value = read_number(entry);
  if (value <= 0 || value > kLargest) fail_value(entry, entry.value);
  return value;
}

std::uint64_t read_megabytes(const Entry& entry) {
  return static_cast<std::uint64_t>(std::llround(read_positive(entry) * 1e6));
}

// clang-format off
const Key<AccuracyLimit> kAccuracyKeys[] = {
    {"metric", "mean_absolute_error (mae), max_absolute_error, relative_error, cosine_similarity, sqnr_db or top1",
     "the figure that is limited, on every output", "`sqnr_db`", read_metric},
    {"limit", "a number", "the least (cosine_similarity, sqnr_db, top1) or the most (the errors) that is accepted", "needed",
     [](const Entry& entry, AccuracyLimit& accuracy) { accuracy.limit = read_number(entry); }},
};

const Key<Config> kConstraintKeys[] = {
    {"latency_p99_ms", kPositive, "the most milliseconds that 99 of 100 requests may take", "no bound",
     [](const Entry& entry, Config& config) { config.constraints.latency_p99_seconds = read_positive(entry) / 1e3; }},
    {"memory_mb", kPositive, "the most resident memory of the process that runs the model, in units of 10^6 bytes", "no bound",
     [](const Entry& entry, Config& config) { config.constraints.memory_bytes = read_megabytes(entry); }},
    {"size_mb", kPositive, "the most that the converted files may take, in units of 10^6 bytes", "no bound",
     [](const Entry& entry, Config& config) { config.constraints.size_bytes = read_megabytes(entry); }},
    {"batch", "a whole number from 1 to 1048576", "samples in one request: `search.batches` with this one alone", "`search.batches`", read_batch},
    {"accuracy", "a mapping", "the same as `accuracy` at the left margin", "`accuracy`", read_accuracy},
};

const Key<SearchConfig> kSearchKeys[] = {
    {"budget", "a time such as 5 min, 30 s or 300, or a number of trials such as 40 trials", "no new trial starts after it", "5 min for a model of 10 ms, less or more for others", read_budget},
    {"precisions", "a list of precisions (fp32, fp16, bf16, …) or recipes", "others are skipped", "all",
     [](const Entry& entry, SearchConfig& search) { search.precisions = read_texts(entry); }},
    {"runtimes", "a list of runtimes (onnxruntime, openvino, …)", "others are skipped", "all",
     [](const Entry& entry, SearchConfig& search) { search.runtimes = read_texts(entry); }},
    {"batches", "a list of whole numbers from 1 to 1048576", "samples in one request, each a variant of its own", "the batch of `use_shape`", read_batches},
    {"threads", "a list of whole numbers from 1 to 1024", "threads of a runtime, each a variant of its own", "what the machine gives",
     [](const Entry& entry, SearchConfig& search) {
       for (const std::int64_t count : read_integers(entry, 1, kMostThreads)) search.threads.push_back(static_cast<int>(count));
     }},
    {"seed", "a whole number from 0 to 9223372036854775807", "decides the generated samples and the order of trials", "1",
     [](const Entry& entry, SearchConfig& search) {
       search.seed = static_cast<std::uint64_t>(read_integer(entry, 0, std::numeric_limits<std::int64_t>::max()));
     }},
    {"samples", "a whole number from 1 to 1024", "sample sets to generate", "8",
     [](const Entry& entry, SearchConfig& search) { search.samples = static_cast<int>(read_integer(entry, 1, kMostSamples)); }},
};

const Key<LimitsConfig> kLimitsKeys[] = {
    {"memory", "a size such as 8 GB or 512 MiB, at least 16 MB", "resident memory of one trial", "90 % of what is available",
     [](const Entry& entry, LimitsConfig& limits) { limits.memory_bytes = read_bytes(entry, kLeastMemory); }},
    {"seconds", "a time such as 600, 90 s or 10 min", "wall time of one trial", "600",
     [](const Entry& entry, LimitsConfig& limits) { limits.variant_seconds = read_seconds(entry); }},
};

const Key<Config> kTopKeys[] = {
    {"device", "cpu, or the number of a GPU", "where the model will be served", "cpu",
     [](const Entry& entry, Config& config) { config.device = read_device(entry); }},
    {"input", "a mapping of input names", "shapes and samples of the model's inputs", "the model's own shapes", read_inputs},
    {"output", "a mapping of output names", "shapes of the model's outputs", "not checked", read_outputs},
    {"objective", "latency, throughput, size, memory or first_inference", "what the ranking goes by", "latency", read_objective},
    {"accuracy", "a mapping", "the limit that outputs are judged by, instead of each recipe's own", "each recipe's own", read_accuracy},
    {"constraints", "a mapping", "what a variant has to keep to be recommended", "none", read_constraints},
    {"search", "a mapping", "what is tried", "everything that can pay off", read_search},
    {"limits", "a mapping", "bounds of one trial", "", read_limits},
};
// clang-format on

void read_objective(const Entry& entry, Config& config) {
  const auto objective = objective_from_text(read_text(entry));
  if (!objective) {
    fail("unknown objective " + describe(entry.value), base::suggestion(entry.value.text, objective_names()),
         entry.value.location);
  }
  config.objective = *objective;
}

void read_metric(const Entry& entry, AccuracyLimit& accuracy) {
  const std::string text = read_text(entry);
  const auto metric = accuracy_metric_from_text(text == "mae" ? "mean_absolute_error" : text);
  if (!metric) {
    fail("unknown metric " + describe(entry.value), base::suggestion(text, accuracy_metric_names()),
         entry.value.location);
  }
  accuracy.metric = *metric;
}

/// What a limit on the metric can be at all.
std::pair<double, double> bounds_of(AccuracyMetric metric) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (metric == AccuracyMetric::sqnr_db) return {-kInfinity, kInfinity};
  if (metric == AccuracyMetric::cosine_similarity) return {-1, 1};
  if (metric == AccuracyMetric::top1) return {0, 1};
  return {0, kInfinity};
}

void read_accuracy(const Entry& entry, Config& config) {
  const YamlNode& mapping = mapping_in(entry, "write {metric: sqnr_db, limit: 30}");
  if (mapping.entries.empty()) return;
  if (config.accuracy)
    fail("'accuracy' is given twice: at the left margin and in constraints", "keep one of them", mapping.location);
  AccuracyLimit accuracy;
  read_mapping(mapping, kAccuracyKeys, "accuracy", accuracy);
  const YamlNode* limit = find_value(mapping, "limit");
  if (!limit) fail("accuracy has no limit", "add limit: a number", mapping.location);
  const auto [low, high] = bounds_of(accuracy.metric);
  if (accuracy.limit < low || accuracy.limit > high) {
    fail("a limit of " + limit->text + " for " + to_text(accuracy.metric) + " makes no sense",
         high == 1 ? "it lies between " + std::string(low < 0 ? "-1" : "0") + " and 1" : "it is at least 0",
         limit->location);
  }
  config.accuracy = accuracy;
}

void read_constraints(const Entry& entry, Config& config) {
  read_mapping(mapping_in(entry, "write {latency_p99_ms: 20, size_mb: 10}"), kConstraintKeys, "constraints", config);
}

/// Both say which batches are tried, so that only one of them may.
void require_no_batches(const Entry& entry, const SearchConfig& search) {
  if (search.batches.empty()) return;
  fail("both constraints.batch and search.batches are given", "keep one of them", entry.value.location);
}

void read_batch(const Entry& entry, Config& config) {
  require_no_batches(entry, config.search);
  config.search.batches = {read_integer(entry, 1, kLargestBatch)};
}

void read_batches(const Entry& entry, SearchConfig& search) {
  require_no_batches(entry, search);
  search.batches = read_integers(entry, 1, kLargestBatch);
}

void read_budget(const Entry& entry, SearchConfig& search) {
  constexpr std::int64_t kMostTrials = 1'000'000;
  const bool is_text = entry.value.kind == YamlNode::Kind::scalar;
  const auto trials = is_text ? trials_from_text(entry.value.text) : std::nullopt;
  if (trials && (*trials < 1 || *trials > kMostTrials)) fail_value(entry, entry.value, "give 1 to 1000000 trials");
  if (trials) {
    search.budget_trials = static_cast<int>(*trials);
    return;
  }
  if (is_text && !seconds_from_text(entry.value.text))
    fail_value(entry, entry.value, "units are ms, s, min, h and trials");
  search.budget_seconds = read_seconds(entry);
}

void read_search(const Entry& entry, Config& config) {
  read_mapping(mapping_in(entry, ""), kSearchKeys, "search", config.search);
}

void read_limits(const Entry& entry, Config& config) {
  read_mapping(mapping_in(entry, "write {memory: 8 GB, seconds: 600}"), kLimitsKeys, "limits", config.limits);
}

}  // namespace

std::string other_place(const std::string& name) {
  for (const KeyRow& row : key_rows()) {
    const std::size_t dot = row.path.rfind('.');
    if (dot == std::string::npos && row.path == name) return "it belongs at the left margin, not inside something else";
    if (dot != std::string::npos && row.path.substr(dot + 1) == name) {
      return "it belongs under '" + row.path.substr(0, dot) + "'";
    }
  }
  return {};
}

std::vector<KeyRow> key_rows() {
  std::vector<KeyRow> rows;
  add_rows("", kTopKeys, rows);
  add_tensor_rows(rows);
  add_rows("accuracy.", kAccuracyKeys, rows);
  add_rows("constraints.", kConstraintKeys, rows);
  add_rows("search.", kSearchKeys, rows);
  add_rows("limits.", kLimitsKeys, rows);
  return rows;
}

std::string key_table() {
  std::string table = "| key | value | meaning | without it |\n|---|---|---|---|\n";
  for (const KeyRow& row : key_rows()) {
    table += "| `" + row.path + "` | " + row.takes + " | " + row.meaning + " | " + row.otherwise + " |\n";
  }
  return table;
}

Config config_from_yaml(const YamlNode& root) {
  Config config;
  read_mapping(root, kTopKeys, "config.yml", config);
  return config;
}

}  // namespace autoaccel::config
