#include "config/keys.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <span>
#include <string_view>

#include "base/text.h"
#include "config/reader.h"
#include "config/units.h"

namespace autoaccel::config {
namespace {

constexpr std::int64_t kMostThreads = 1024;
constexpr std::int64_t kMostSamples = 1024;
constexpr std::int64_t kLargestBatch = 1 << 20;
constexpr std::uint64_t kLeastMemory = 16'000'000;  // below it no worker starts

[[noreturn]] void fail(std::string message, std::string hint, const SourceLocation& location) {
  throw Error(Cause::usage, std::move(message), std::move(hint)).at(location);
}

/// A key of one mapping of config.yml, and how its value gets into `Target`.
template <typename Target>
struct Key {
  std::string_view name;
  std::string_view takes;
  std::string_view meaning;
  std::string_view otherwise;
  void (*read)(const Entry&, Target&);
};

/// Reads every key of a mapping; `where` says for messages which mapping that is.
template <typename Target, std::size_t N>
void read_mapping(const YamlNode& mapping, const Key<Target> (&keys)[N], const std::string& where, Target& target);

void read_inputs(const Entry& entry, Config& config);
void read_outputs(const Entry& entry, Config& config);
void read_range(const Entry& entry, InputConfig& input);
void read_data(const Entry& entry, InputConfig& input);
template <typename Tensor>
void read_bytes_type(const Entry& entry, Tensor& tensor);
template <typename Tensor>
void read_scale(const Entry& entry, Tensor& tensor);
template <typename Tensor>
void read_mean(const Entry& entry, Tensor& tensor);
void read_objective(const Entry& entry, Config& config);
void read_metric(const Entry& entry, AccuracyLimit& accuracy);
void read_accuracy(const Entry& entry, Config& config);
void read_search(const Entry& entry, Config& config);
void read_limits(const Entry& entry, Config& config);

// clang-format off
constexpr std::string_view kShapeWords = "a list of sizes such as [1, 3, 64, 64]";
constexpr std::string_view kPerChannel = "a number, or a list with one per channel";
constexpr std::string_view kScale = "a number other than 0, or a list with one per channel";

const Key<InputConfig> kInputKeys[] = {
    {"use_shape", kShapeWords, "the shape to measure and compare at", "the model's own shape",
     [](const Entry& entry, InputConfig& input) { input.use_shape = read_shape(entry); }},
    {"min_shape", kShapeWords, "the smallest shape that the converted model must accept", "`use_shape`",
     [](const Entry& entry, InputConfig& input) { input.min_shape = read_shape(entry); }},
    {"max_shape", kShapeWords, "the largest shape that the converted model must accept", "`use_shape`",
     [](const Entry& entry, InputConfig& input) { input.max_shape = read_shape(entry); }},
    {"data", "a path or a list of paths to .npy, .npz or .pb files, relative to this file",
     "samples of this input", "generated samples", read_data},
    {"range", "two numbers [low, high] with low below high", "generated values lie in it", "chosen by what the model does with the input", read_range},
    {"value", "a number", "every generated element is that number", "",
     [](const Entry& entry, InputConfig& input) { input.value = read_number(entry); }},
    {"type", "uint8", "the float input holds bytes u of pictures as x = (u - mean) * scale: variants that take u itself are tried, and `data` may hold u", "as the model has it", read_bytes_type<InputConfig>},
    {"scale", kScale, "with `type: uint8`", "1", read_scale<InputConfig>},
    {"mean", kPerChannel, "with `type: uint8`", "0", read_mean<InputConfig>},
};

const Key<OutputConfig> kOutputKeys[] = {
    {"use_shape", kShapeWords, "checked: the shape that the model gives at the inputs' `use_shape`", "not checked",
     [](const Entry& entry, OutputConfig& output) { output.use_shape = read_shape(entry); }},
    {"type", "uint8", "variants that give the float output y as bytes u = clip(round(y / scale + mean), 0, 255) are tried", "as the model has it", read_bytes_type<OutputConfig>},
    {"scale", kScale, "with `type: uint8`", "1", read_scale<OutputConfig>},
    {"mean", kPerChannel, "with `type: uint8`", "0", read_mean<OutputConfig>},
};

const Key<AccuracyLimit> kAccuracyKeys[] = {
    {"metric", "mean_absolute_error (mae), max_absolute_error, relative_error, cosine_similarity, sqnr_db or top1",
     "the figure that is limited, on every output", "`sqnr_db`", read_metric},
    {"limit", "a number", "the least (cosine_similarity, sqnr_db, top1) or the most (the errors) that is accepted", "needed",
     [](const Entry& entry, AccuracyLimit& accuracy) { accuracy.limit = read_number(entry); }},
};

const Key<SearchConfig> kSearchKeys[] = {
    {"budget", "a time such as 5 min, 30 s or 300", "no new trial starts after it", "no bound",
     [](const Entry& entry, SearchConfig& search) { search.budget_seconds = read_seconds(entry); }},
    {"precisions", "a list of precisions (fp32, fp16, bf16, …) or recipes", "others are skipped", "all",
     [](const Entry& entry, SearchConfig& search) { search.precisions = read_texts(entry); }},
    {"runtimes", "a list of runtimes (onnxruntime, openvino, …)", "others are skipped", "all",
     [](const Entry& entry, SearchConfig& search) { search.runtimes = read_texts(entry); }},
    {"batches", "a list of whole numbers from 1 to 1048576", "samples in one request, each a variant of its own", "the batch of `use_shape`",
     [](const Entry& entry, SearchConfig& search) { search.batches = read_integers(entry, 1, kLargestBatch); }},
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
    {"objective", "latency, throughput or size", "what the ranking goes by", "latency", read_objective},
    {"accuracy", "a mapping", "the limit that outputs are judged by, instead of each recipe's own", "each recipe's own", read_accuracy},
    {"search", "a mapping", "what is tried", "everything that can pay off", read_search},
    {"limits", "a mapping", "bounds of one trial", "", read_limits},
};
// clang-format on

template <typename Target, std::size_t N>
void add_rows(const std::string& prefix, const Key<Target> (&keys)[N], std::vector<KeyRow>& rows) {
  for (const auto& key : keys) {
    rows.push_back({.path = prefix + std::string(key.name),
                    .takes = std::string(key.takes),
                    .meaning = std::string(key.meaning),
                    .otherwise = std::string(key.otherwise)});
  }
}

/// Where else a key of this name stands: `it belongs under 'search'`; empty when nowhere.
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

template <typename Target, std::size_t N>
void read_mapping(const YamlNode& mapping, const Key<Target> (&keys)[N], const std::string& where, Target& target) {
  for (const auto& [name, value] : mapping.entries) {
    const auto* key =
        std::find_if(std::begin(keys), std::end(keys), [&](const auto& k) { return k.name == name->text; });
    if (key == std::end(keys)) {
      std::vector<std::string> known;
      for (const auto& k : keys) known.emplace_back(k.name);
      std::string hint = base::closest(name->text, known) ? std::string() : other_place(name->text);
      if (hint.empty()) hint = base::suggestion(name->text, known);
      fail("unknown key '" + base::printable(name->text, 60) + "' in " + where, hint, name->location);
    }
    key->read({.name = key->name, .takes = key->takes, .value = *value}, target);
  }
}

const YamlNode* find_value(const YamlNode& mapping, std::string_view name) {
  for (const auto& [key, value] : mapping.entries) {
    if (key->text == name) return value.get();
  }
  return nullptr;
}

/// A mapping, or nothing at all; anything else is an error.
const YamlNode& mapping_in(const Entry& entry, const std::string& hint) {
  const bool is_mapping = entry.value.kind == YamlNode::Kind::mapping || entry.value.kind == YamlNode::Kind::null;
  if (!is_mapping) fail_value(entry, entry.value, hint);
  return entry.value;
}

std::string axes_text(std::size_t count) { return std::to_string(count) + (count == 1 ? " axis" : " axes"); }

/// min_shape ≤ use_shape ≤ max_shape, axis by axis, with the first axis that breaks it as the place.
void check_order(const YamlNode& mapping, const InputConfig& input, std::string_view low_name,
                 std::string_view high_name) {
  const YamlNode* low = find_value(mapping, low_name);
  const YamlNode* high = find_value(mapping, high_name);
  if (!low || !high) return;
  const std::string name = base::printable(input.name, 60);
  if (low->items.size() != high->items.size()) {
    const YamlNode* other = low_name == "use_shape" ? high : low;
    const std::string_view other_name = low_name == "use_shape" ? high_name : low_name;
    fail("'" + std::string(other_name) + "' of '" + name + "' has " + axes_text(other->items.size()) +
             ", 'use_shape' has " + std::to_string(input.use_shape->value.size()),
         "all shapes of an input have the same number of axes", other->location);
  }
  for (std::size_t axis = 0; axis < low->items.size(); ++axis) {
    const std::string& low_text = low->items[axis]->text;
    const std::string& high_text = high->items[axis]->text;
    if (*integer_from_text(low_text) <= *integer_from_text(high_text)) continue;
    const YamlNode* place = low_name == "use_shape" ? high : low;
    fail("axis " + std::to_string(axis) + " of '" + name + "': " + std::string(low_name) + " " + low_text +
             " is above " + std::string(high_name) + " " + high_text,
         "min_shape ≤ use_shape ≤ max_shape must hold for every axis", place->items[axis]->location);
  }
}

/// scale and mean belong to `type: uint8`, and agree on the number of channels.
void check_bytes(const YamlNode& mapping, const std::string& name, const std::optional<Located<ByteMapping>>& bytes) {
  if (!bytes) return;
  const YamlNode* scale = find_value(mapping, "scale");
  const YamlNode* mean = find_value(mapping, "mean");
  if (!find_value(mapping, "type"))
    fail("'" + name + "' has a scale or mean, but no type", "add type: uint8", (scale ? scale : mean)->location);
  const std::size_t scales = bytes->value.scale.size(), means = bytes->value.mean.size();
  if (scales == means || scales == 1 || means == 1) return;
  fail("'" + name + "' has " + std::to_string(scales) + " scales and " + std::to_string(means) + " means",
       "give one number, or one per channel", mean->location);
}

void check_input(const YamlNode& mapping, const InputConfig& input) {
  const std::string name = base::printable(input.name, 60);
  check_bytes(mapping, name, input.bytes);
  if (input.bytes && (input.range || input.value)) {
    fail("'" + name + "' holds bytes, so its samples are pictures", "remove range and value, or give data",
         find_value(mapping, input.range ? "range" : "value")->location);
  }
  if (!input.use_shape && (input.min_shape || input.max_shape)) {
    fail("'" + name + "' has no use_shape", "add use_shape: the shape to measure at", *input.location);
  }
  check_order(mapping, input, "min_shape", "use_shape");
  check_order(mapping, input, "use_shape", "max_shape");
  const int sources = (input.data.empty() ? 0 : 1) + (input.range ? 1 : 0) + (input.value ? 1 : 0);
  if (sources > 1)
    fail("'" + name + "' has more than one of data, range and value", "keep one of them", *input.location);
}

/// One mapping per name of the model.
template <typename Target, std::size_t N>
void read_named(const Entry& entry, const Key<Target> (&keys)[N], std::string_view what, std::vector<Target>& into,
                void (*check)(const YamlNode&, const Target&)) {
  const YamlNode& names = mapping_in(entry, "write NAME: {use_shape: [...]} below it");
  for (const auto& [name, value] : names.entries) {
    Target target;
    target.name = name->text;
    target.location = name->location;
    const std::string shown = base::printable(name->text, 60);
    const Entry named{.name = shown, .takes = "a mapping", .value = *value};
    const std::string hint = value->kind == YamlNode::Kind::sequence ? "write {use_shape: [...]}" : "";
    read_mapping(mapping_in(named, hint), keys, std::string(what) + " '" + shown + "'", target);
    check(*value, target);
    into.push_back(std::move(target));
  }
}

void read_inputs(const Entry& entry, Config& config) {
  read_named(entry, kInputKeys, "input", config.inputs, check_input);
}

void read_outputs(const Entry& entry, Config& config) {
  const auto check = [](const YamlNode& mapping, const OutputConfig& output) {
    check_bytes(mapping, base::printable(output.name, 60), output.bytes);
  };
  read_named<OutputConfig>(entry, kOutputKeys, "output", config.outputs, check);
}

void read_range(const Entry& entry, InputConfig& input) {
  if (entry.value.kind != YamlNode::Kind::sequence || entry.value.items.size() != 2) fail_value(entry, entry.value);
  const auto bound = [&](std::size_t i) {
    return read_number({.name = entry.name, .takes = entry.takes, .value = *entry.value.items[i]});
  };
  input.range = {bound(0), bound(1)};
  if (input.range->first < input.range->second) return;
  fail("the range [" + entry.value.items[0]->text + ", " + entry.value.items[1]->text + "] is empty",
       "low stands first; for one number write value:", entry.value.location);
}

void read_data(const Entry& entry, InputConfig& input) {
  constexpr std::string_view kKnown[] = {".npy", ".npz", ".pb"};
  for (auto& [text, location] : read_texts(entry)) {
    const std::filesystem::path path(text);
    if (std::find(std::begin(kKnown), std::end(kKnown), path.extension().string()) == std::end(kKnown)) {
      fail("'" + base::printable(text) + "' is not a .npy, .npz or .pb file", "save the samples as one of these",
           *location);
    }
    input.data.push_back({.value = path, .location = location});
  }
}

/// What was read of it so far. Its place is that of a list where there is one, for what is to be said of its length.
Located<ByteMapping>& bytes_in(std::optional<Located<ByteMapping>>& bytes, const SourceLocation& location) {
  if (!bytes) bytes.emplace().location = location;
  return *bytes;
}

template <typename Tensor>
void read_bytes_type(const Entry& entry, Tensor& tensor) {
  if (read_text(entry) != "uint8") fail_value(entry, entry.value, "other types are the model's own: leave it out");
  bytes_in(tensor.bytes, entry.value.location);
}

template <typename Tensor>
void read_scale(const Entry& entry, Tensor& tensor) {
  Located<ByteMapping>& bytes = bytes_in(tensor.bytes, entry.value.location);
  bytes.value.scale = read_float32s(entry, true);
  if (bytes.value.scale.size() > 1) bytes.location = entry.value.location;
}

template <typename Tensor>
void read_mean(const Entry& entry, Tensor& tensor) {
  Located<ByteMapping>& bytes = bytes_in(tensor.bytes, entry.value.location);
  bytes.value.mean = read_float32s(entry, false);
  if (bytes.value.mean.size() > 1) bytes.location = entry.value.location;
}

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

void read_search(const Entry& entry, Config& config) {
  read_mapping(mapping_in(entry, ""), kSearchKeys, "search", config.search);
}

void read_limits(const Entry& entry, Config& config) {
  read_mapping(mapping_in(entry, "write {memory: 8 GB, seconds: 600}"), kLimitsKeys, "limits", config.limits);
}

}  // namespace

std::vector<KeyRow> key_rows() {
  std::vector<KeyRow> rows;
  add_rows("", kTopKeys, rows);
  add_rows("input.<name>.", kInputKeys, rows);
  add_rows("output.<name>.", kOutputKeys, rows);
  add_rows("accuracy.", kAccuracyKeys, rows);
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
