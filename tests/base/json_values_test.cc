#include "base/json_values.h"

#include <gtest/gtest.h>

#include <clocale>
#include <cmath>
#include <limits>
#include <string>

#include "autoaccel/error.h"

namespace autoaccel::base {
namespace {

// A structured binding names every member: adding one breaks the build here, as a reminder that the table of members in
// json_fields.h and the expected text below need it too.
[[maybe_unused]] void every_member_is_in_the_table() {
  [[maybe_unused]] const auto& [a1, a2, a3, a4, a5] = Variant{};
  [[maybe_unused]] const auto& [b1, b2, b3, b4, b5, b6, b7, b8] = LatencySummary{};
  [[maybe_unused]] const auto& [c1, c2, c3, c4, c5, c6] = Conditions{};
  [[maybe_unused]] const auto& [G1, G2, G3, G4, G5, G6, G7, G8, G9] = GpuConditions{};
  [[maybe_unused]] const auto& [d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15, d16, d17] = Measurement{};
  [[maybe_unused]] const auto& [e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12, e13] = OutputAgreement{};
  [[maybe_unused]] const auto& [f1, f2, f3, f4, f5, f6, f7, f8] = Agreement{};
  [[maybe_unused]] const auto& [g1, g2, g3, g4] = Placement{};
  [[maybe_unused]] const auto& [h1, h2, h3] = Artifact{};
  [[maybe_unused]] const auto& [i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i13, i14] = Record{};
  [[maybe_unused]] const auto& [j1, j2, j3, j4, j5, j6, j7, j8, j9, j10, j11] = Host{};
  [[maybe_unused]] const auto& [k1, k2, k3, k4, k5, k6, k7, k8, k9, k10] = RuntimeInfo{};
  [[maybe_unused]] const auto& [l1, l2, l3, l4, l5, l6] = ModelSummary{};
  [[maybe_unused]] const auto& [m1, m2, m3, m4] = SampleSummary{};
  [[maybe_unused]] const auto& [n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15, n16, n17, n18, n19, n20,
                               n21] = Run{};
  [[maybe_unused]] const auto& [o1, o2, o3, o4] = TensorInfo{};
  [[maybe_unused]] const auto& [p1, p2, p3, p4, p5, p6, p7, p8, p9] = InputConfig{};   // location is not kept
  [[maybe_unused]] const auto& [q1, q2, q3, q4] = OutputConfig{};                      // location is not kept
  [[maybe_unused]] const auto& [r1, r2, r3, r4, r5, r6, r7, r8, r9] = Config{};
  [[maybe_unused]] const auto& [s1, s2, s3, s4, s5, s6, s7, s8] = SearchConfig{};
  [[maybe_unused]] const auto& [t1, t2] = LimitsConfig{};
  [[maybe_unused]] const auto& [u1, u2, u3] = Constraints{};
  [[maybe_unused]] const auto& [v1, v2, v3, v4, v5, v6, v7] = SearchSummary{};
  [[maybe_unused]] const auto& [z1, z2] = SearchStep{};
  [[maybe_unused]] const auto& [w1, w2] = FinalRounds::Finalist{};
  [[maybe_unused]] const auto& [x1, x2, x3, x4, x5, x6, x7, x8] = ShapePoint{};
  [[maybe_unused]] const auto& [y1, y2] = Pick{};
}

using FullRun = autoaccel::Run;  // testing::Test::Run hides the name inside tests

Record full_record() {
  Record record;
  record.variant = {.recipe = "fp16", .runtime = "openvino", .device = {}, .io = IoTypes::reduced,
                    .settings = {{"streams", "2"}, {"precision", "f16"}}};
  record.outcome = Outcome::disagreed;
  record.reason = "output 'probs': max_absolute_error 0.31 > 0.05";
  record.details = "line 1\nline 2";
  record.artifact = Artifact{"openvino/fp16.xml", 18446744073709551615ull, {"openvino/fp16.xml", "openvino/fp16.bin"}};
  Measurement& m = record.measurement.emplace();
  m.throughput_per_second = 57.25;
  m.batch = 4;
  m.requests_in_flight = 2;
  m.runs = 3;
  m.wall_seconds = 0.1;
  m.latency_seconds = {.median = 0.0175, .mean = 0.018, .p90 = std::nullopt, .p95 = 0.02, .p99 = std::nullopt,
                       .p999 = std::nullopt, .min = 0.017, .max = 0.5};
  m.samples_seconds = {0.017, 0.1, 0.30000000000000004};
  m.median_half_width = 0.005;
  m.coefficient_of_variation = 0.25;
  m.noisy = true;
  m.convert_seconds = 1.5;
  m.load_seconds = 2.5;
  m.first_inference_seconds = 3.5;
  m.warm_up_seconds = 0.25;
  m.warm_up_runs = 12;
  m.peak_bytes = 123456789;
  m.conditions = {.load_average_before = 0.5, .foreign_cpu_fraction = std::nullopt, .involuntary_switches = 7.0,
                  .governor = "performance", .throttled_seconds = 0.0,
                  .gpu = GpuConditions{.name = "A GPU", .clock_hertz = 1.5e9, .clock_most_hertz = 2.5e9,
                                       .memory_clock_hertz = std::nullopt, .celsius = 60.0, .watts = 250.5,
                                       .memory_bytes = 1e9, .other_processes = 1, .throttled_by = {"power cap"}}};
  Agreement& a = record.agreement.emplace();
  a.samples = 8;
  a.within_limit = false;
  a.reason = "why";
  a.mean_absolute_error = 0.001;
  a.max_absolute_error = 0.31;
  a.cosine_similarity = 0.875;
  a.sqnr_db = 12.5;
  OutputAgreement& o = a.outputs.emplace_back();
  o.name = "probs";
  o.kind = "probabilities";
  o.mean_absolute_error = {1, 2};
  o.max_absolute_error = {3, 4};
  o.relative_error = {5, HUGE_VAL};
  o.cosine_similarity = {6, -HUGE_VAL};
  o.sqnr_db = {7, 8};
  o.top1_agreement = OutputAgreement::Figure{0.5, 0.25};
  o.nan_count = 9;
  o.inf_count = 10;
  o.within_limit = false;
  o.judged_by = "max_absolute_error 0.31 > 0.05";
  o.worst_sqnr_limit_db = 20;
  record.placement = Placement{{{"bf16", 212}, {"f32", 9}}, "212 nodes bf16, 9 f32", {"two fell back"}, {{"Conv", {{"bf16", 3}}}}};
  record.notes = {"noisy"};
  record.repeat_command = "autoaccel trial x";
  record.rank = 2;
  record.speed_up = 1.75;
  record.speed_up_interval = Interval{.low = 1.5, .high = HUGE_VAL};
  record.on_pareto_front = true;
  return record;
}

constexpr const char* kFullRecord = R"({
 "id": "openvino-fp16-io16-precision=f16-streams=2",
 "recipe": "fp16",
 "runtime": "openvino",
 "device": "cpu",
 "io": "reduced",
 "settings": {"precision": "f16", "streams": "2"},
 "outcome": "disagreed",
 "reason": "output 'probs': max_absolute_error 0.31 > 0.05",
 "rank": 2,
 "speed_up": 1.75,
 "speed_up_interval": {"low": 1.5, "high": "inf"},
 "on_pareto_front": true,
 "artifact": {"path": "openvino/fp16.xml", "bytes": 18446744073709551615, "files": ["openvino/fp16.xml", "openvino/fp16.bin"]},
 "measurement": {
  "throughput_per_second": 57.25, "batch": 4, "requests_in_flight": 2, "runs": 3, "wall_seconds": 0.1,
  "latency_seconds": {"median": 0.0175, "mean": 0.018, "p90": null, "p95": 0.02, "p99": null, "p999": null, "min": 0.017, "max": 0.5},
  "median_half_width": 0.005, "coefficient_of_variation": 0.25, "noisy": true, "convert_seconds": 1.5, "load_seconds": 2.5,
  "first_inference_seconds": 3.5, "warm_up_seconds": 0.25, "warm_up_runs": 12, "peak_bytes": 123456789,
  "conditions": {"load_average_before": 0.5, "foreign_cpu_fraction": null, "involuntary_switches": 7.0,
                 "governor": "performance", "throttled_seconds": 0.0,
                 "gpu": {"name": "A GPU", "clock_hertz": 1500000000.0, "clock_most_hertz": 2500000000.0,
                         "memory_clock_hertz": null, "celsius": 60.0, "watts": 250.5, "memory_bytes": 1000000000.0,
                         "other_processes": 1, "throttled_by": ["power cap"]}},
  "samples_seconds": [0.017, 0.1, 0.30000000000000004]},
 "agreement": {
  "within_limit": false, "reason": "why", "samples": 8, "mean_absolute_error": 0.001, "max_absolute_error": 0.31,
  "cosine_similarity": 0.875, "sqnr_db": 12.5,
  "outputs": [{"name": "probs", "kind": "probabilities",
    "mean_absolute_error": {"mean": 1.0, "worst": 2.0}, "max_absolute_error": {"mean": 3.0, "worst": 4.0},
    "relative_error": {"mean": 5.0, "worst": "inf"}, "cosine_similarity": {"mean": 6.0, "worst": "-inf"},
    "sqnr_db": {"mean": 7.0, "worst": 8.0}, "top1_agreement": {"mean": 0.5, "worst": 0.25},
    "nan_count": 9, "inf_count": 10, "within_limit": false, "judged_by": "max_absolute_error 0.31 > 0.05",
    "worst_sqnr_limit_db": 20.0}]},
 "placement": {"summary": "212 nodes bf16, 9 f32", "nodes_by_kind": {"bf16": 212, "f32": 9},
               "layers": {"Conv": {"bf16": 3}}, "warnings": ["two fell back"]},
 "notes": ["noisy"],
 "details": "line 1\nline 2",
 "repeat_command": "autoaccel trial x"
})";

Run full_run() {
  Run run;
  run.tool_version = "0.1.0";
  run.started = "2026-11-24T10:04:51Z";
  run.finished = "2026-11-24T10:05:51Z";
  run.command = "autoaccel optimize";
  run.model = {"m.onnx", "ab12", 1234, 17,
               {{"x", ElementType::float32, Shape{-1, 3}, {"batch", ""}}, {"s", static_cast<ElementType>(77), std::nullopt, {}}},
               {{"y", ElementType::int64, Shape{}, {}}}};
  run.config_sha256 = "cd34";
  Config& config = run.config;
  config.file = "config.yml";
  config.device.gpu = 0;
  InputConfig& input = config.inputs.emplace_back();
  input.name = "x";
  input.location = SourceLocation{"config.yml", 3, 3, 1, "  x:"};
  input.use_shape = Located<Shape>{{1, 3}, SourceLocation{"config.yml", 4, 3, 1, ""}};
  input.min_shape = Located<Shape>{{}, std::nullopt};
  input.data = {{"a.npy", std::nullopt}, {"b.npz", std::nullopt}};
  input.range = std::pair(-1.0, HUGE_VAL);
  input.value = 0.5;
  input.bytes = Located<ByteMapping>{{.scale = {0.5, -2}, .mean = {127.5}, .axis = 3}, SourceLocation{"config.yml", 5, 3, 1, ""}};
  config.outputs = {{"y", std::nullopt, Located<Shape>{{2}, std::nullopt}, std::nullopt},
                    {"z", std::nullopt, std::nullopt, Located<ByteMapping>{}}};
  config.objective = Objective::throughput;
  config.accuracy = AccuracyLimit{AccuracyMetric::top1, 0.99};
  config.search = {60.0, {{"fp16", std::nullopt}}, {{"openvino", std::nullopt}}, {1, 8}, {2, 4}, 18446744073709551615ull, 3, 40};
  config.constraints = {0.02, 400'000'000, 18446744073709551615ull};
  config.limits = {1ull << 40, 12.5};
  run.host = {"EPYC", {"avx2"}, 64, 8, 2.5, 2, 1ull << 36, 1ull << 35, "Debian 12", "6.1", "schedutil"};
  run.runtimes = {{"onnxruntime", true, "1.31.1", "", {"CPU"}, {"f32"}}, {"openvino", false, "", "not installed", {}, {}}};
  run.samples = {7, 8, {"images, generated"}, {"hardly varies"}};
  run.original = "onnxruntime-original";
  run.recommended = full_record().variant.id();
  run.verdict = "Deploy it.";
  run.picks = {{"smallest", "onnxruntime-original"}};
  run.search = {"racing", 61.5, 40, 18446744073709551615ull, "the 40 trials of search.budget were spent", 0.03, {{"a", 1.5}}};
  run.final_rounds = FinalRounds{{{"onnxruntime-original", {0.1, 1.0 / 3}}, {"a", {}}}};
  run.shapes = {{"a", "min_shape", {{1, 3}, {}}, 0.25, std::nullopt, HUGE_VAL, false, "why"}};
  run.drift = -0.01;
  run.warnings = {"drift"};
  run.records = {full_record(), Record{}};
  return run;
}

template <typename T>
T read(const Json& json, const std::string& where = "run.json") {
  T value;
  from_json(json, value, where);
  return value;
}

template <typename T>
std::string error_of(const Json& json, const std::string& where = "run.json") {
  try {
    read<T>(json, where);
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::model);
    return error.message();
  }
  return "no error";
}

TEST(JsonValues, WriteARecordWithEveryMember) {
  EXPECT_EQ(to_json(full_record()).dump(1), Json::parse(kFullRecord).dump(1));  // order included
}

TEST(JsonValues, ReadARecordWithEveryMember) {
  const Record read_back = read<Record>(Json::parse(kFullRecord));
  const Record expected = full_record();
  EXPECT_EQ(read_back.variant, expected.variant);
  EXPECT_EQ(read_back.outcome, Outcome::disagreed);
  EXPECT_EQ(read_back.artifact->bytes, 18446744073709551615ull);
  EXPECT_EQ(read_back.artifact->files[1], "openvino/fp16.bin");
  EXPECT_EQ(read_back.measurement->latency_seconds.p90, std::nullopt);
  EXPECT_EQ(read_back.measurement->latency_seconds.p95, 0.02);
  EXPECT_EQ(read_back.measurement->samples_seconds, expected.measurement->samples_seconds);
  EXPECT_EQ(read_back.measurement->conditions.governor, "performance");
  EXPECT_EQ(read_back.agreement->outputs[0].relative_error.worst, HUGE_VAL);
  EXPECT_EQ(read_back.agreement->outputs[0].top1_agreement->worst, 0.25);
  EXPECT_EQ(read_back.placement->nodes_by_kind.at("bf16"), 212);
  EXPECT_EQ(read_back.placement->layers, (std::map<std::string, std::map<std::string, int>>{{"Conv", {{"bf16", 3}}}}));
  EXPECT_EQ(read_back.rank, 2);
  EXPECT_EQ(to_json(read_back).dump(), to_json(expected).dump());
}

TEST(JsonValues, ReadBackARun) {
  const Json json = to_json(full_run());
  const FullRun run = read<FullRun>(Json::parse(json.dump()));
  EXPECT_EQ(to_json(run).dump(1), json.dump(1));
  EXPECT_EQ(run.model.inputs[0].shape, (Shape{-1, 3}));
  EXPECT_EQ(run.model.inputs[1].type, static_cast<ElementType>(77));
  EXPECT_EQ(run.model.inputs[1].shape, std::nullopt);
  EXPECT_EQ(run.model.outputs[0].shape, Shape{});
  EXPECT_EQ(run.config.device.gpu, 0);
  EXPECT_EQ(run.config.inputs[0].use_shape->value, (Shape{1, 3}));
  EXPECT_FALSE(run.config.inputs[0].use_shape->location);
  EXPECT_EQ(run.config.inputs[0].min_shape->value, Shape{});
  EXPECT_FALSE(run.config.inputs[0].max_shape);
  EXPECT_EQ(run.config.inputs[0].range, (std::pair(-1.0, HUGE_VAL)));
  EXPECT_EQ(run.config.inputs[0].bytes->value, (ByteMapping{.scale = {0.5, -2}, .mean = {127.5}, .axis = 3}));
  EXPECT_FALSE(run.config.outputs[0].bytes);
  EXPECT_EQ(run.config.outputs[1].bytes->value, ByteMapping{});
  EXPECT_EQ(run.config.search.seed, 18446744073709551615ull);
  EXPECT_EQ(run.config.accuracy->metric, AccuracyMetric::top1);
  EXPECT_EQ(run.host.processor_quota, 2.5);
  EXPECT_EQ(run.recommended, full_record().variant.id());
  EXPECT_EQ(run.config.search.budget_trials, 40);
  EXPECT_EQ(run.config.constraints.size_bytes, 18446744073709551615ull);
  EXPECT_EQ(run.final_rounds->finalists.at(0).seconds, (std::vector<double>{0.1, 1.0 / 3}));
  EXPECT_EQ(run.shapes.at(0).inputs, (std::vector<Shape>{{1, 3}, {}}));
  EXPECT_EQ(run.search.expected_gain, 0.03);
  EXPECT_EQ(run.search.course.at(0).seconds, 1.5);
  EXPECT_EQ(run.records.size(), 2u);
  EXPECT_EQ(json["versions"].dump(), R"({"onnxruntime":"1.31.1","tool":"0.1.0"})");
}

TEST(JsonValues, ReadBackWhatIsEmptyOrAbsent) {
  const Json json = to_json(FullRun{});
  EXPECT_EQ(to_json(read<FullRun>(json)).dump(), json.dump());
  EXPECT_TRUE(json["recommended"].is_null());
  EXPECT_TRUE(json["config"]["accuracy"].is_null());
  EXPECT_TRUE(to_json(Record{})["measurement"].is_null());
  FullRun filled = full_run();
  from_json(json, filled, "run.json");  // nothing of the old value stays
  EXPECT_EQ(to_json(filled).dump(), json.dump());
}

TEST(JsonValues, KeepEveryDoubleBitForBit) {
  Measurement measurement;
  measurement.samples_seconds = {0.1, 1.0 / 3, 5e-324, std::numeric_limits<double>::max(), -0.0, 1e22, 123456789012345680.0,
                                 std::nextafter(1.0, 2.0)};
  const auto back = read<Measurement>(Json::parse(to_json(measurement).dump())).samples_seconds;
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back[i]), std::bit_cast<std::uint64_t>(measurement.samples_seconds[i])) << i;
  }
  measurement.wall_seconds = std::nan("");
  EXPECT_EQ(to_json(measurement)["wall_seconds"], "nan");
  EXPECT_TRUE(std::isnan(read<Measurement>(to_json(measurement)).wall_seconds));
}

TEST(JsonValues, DoNotDependOnTheLocale) {
  const std::string expected = to_json(full_record()).dump();
  bool is_tried = false;
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8"}) {
    if (!std::setlocale(LC_ALL, name)) continue;
    is_tried = true;
    EXPECT_EQ(to_json(full_record()).dump(), expected);
    EXPECT_EQ(to_json(read<Record>(Json::parse(expected))).dump(), expected);
  }
  std::setlocale(LC_ALL, "C");
  if (!is_tried) GTEST_SKIP() << "no locale with a decimal comma is installed";
}

TEST(JsonValues, EscapeTextThatIsNotUtf8) {
  Record record;
  record.details = "log: \xff\xfe";
  record.variant.settings = {{"a\xff", "b"}};
  record.artifact = Artifact{"m\xff.onnx", 1, {}};
  const Json json = Json::parse(to_json(record).dump());  // dump throws on ill-formed UTF-8
  EXPECT_EQ(json["details"], "log: \\xFF\\xFE");
  EXPECT_EQ(json["artifact"]["path"], "m\\xFF.onnx");
}

TEST(JsonValues, SayWhereAndWhatNext) {
  Json json = to_json(full_run());
  json["records"][1]["outcome"] = "okk";
  EXPECT_EQ(error_of<FullRun>(json), "run.json: /records/1/outcome: unknown outcome 'okk'; did you mean 'ok'?");
  json = to_json(full_run());
  json["records"][0]["io"] = "half";
  EXPECT_EQ(error_of<FullRun>(json), "run.json: /records/0/io: unknown kind of I/O types 'half'; known: original, reduced, uint8");
  json = to_json(full_run());
  json["config"]["accuracy"]["metric"] = "sqnr";
  EXPECT_EQ(error_of<FullRun>(json).substr(0, 66), "run.json: /config/accuracy/metric: unknown accuracy metric 'sqnr';");
  json = to_json(full_run());
  json["model"]["inputs"][0]["type"] = "flot32";
  EXPECT_EQ(error_of<FullRun>(json), "run.json: /model/inputs/0/type: unknown element type 'flot32'; did you mean 'float32'?");
}

TEST(JsonValues, RefuseAnotherType) {
  const auto with = [](const std::string& pointer, const Json& value) {
    Json json = to_json(full_run());
    json[Json::json_pointer(pointer)] = value;
    return error_of<FullRun>(json);
  };
  EXPECT_EQ(with("/records/0/rank", "1"), "run.json: /records/0/rank: expected an integer, found a string");
  EXPECT_EQ(with("/records/0/rank", 1.5), "run.json: /records/0/rank: expected an integer, found a number with a fraction");
  EXPECT_EQ(with("/records/0/rank", 3000000000u), "run.json: /records/0/rank: 3000000000 is outside [-2147483648, 2147483647]");
  EXPECT_EQ(with("/records/0/artifact/bytes", -1), "run.json: /records/0/artifact/bytes: -1 is outside [0, 18446744073709551615]");
  EXPECT_EQ(with("/records/0/measurement/noisy", 1), "run.json: /records/0/measurement/noisy: expected true or false, found an integer");
  EXPECT_EQ(with("/records/0/measurement/samples_seconds/2", "fast"),
            "run.json: /records/0/measurement/samples_seconds/2: expected a number, \"nan\", \"inf\" or \"-inf\", found a string");
  EXPECT_EQ(with("/records/0/measurement/wall_seconds", nullptr),
            "run.json: /records/0/measurement/wall_seconds: expected a number, \"nan\", \"inf\" or \"-inf\", found null");
  EXPECT_EQ(with("/records", Json::object()), "run.json: /records: expected an array, found an object");
  EXPECT_EQ(with("/host", Json::array()), "run.json: /host: expected an object, found an array");
  EXPECT_EQ(with("/records/0/settings", "x"), "run.json: /records/0/settings: expected an object, found a string");
  EXPECT_EQ(with("/records/0/settings/precision", 2), "run.json: /records/0/settings/precision: expected a string, found an integer");
  EXPECT_EQ(with("/records/0/device", -1), "run.json: /records/0/device: the number of a GPU cannot be negative");
  EXPECT_EQ(with("/records/0/device", true),
            "run.json: /records/0/device: expected \"cpu\" or the number of a GPU, found true or false");
  EXPECT_EQ(with("/config/inputs/0/range", {1}), "run.json: /config/inputs/0/range: expected an array of two numbers, found an array");
  EXPECT_EQ(error_of<FullRun>("text"), "run.json: expected an object, found a string");
}

TEST(JsonValues, TakeAnIntegerWhereANumberIsMeant) {
  Json json = to_json(full_record());
  json["speed_up"] = 2;
  EXPECT_EQ(read<Record>(json).speed_up, 2.0);
}

TEST(JsonValues, RefuseAMissingMemberAndNameWhatIsThereInstead) {
  Json json = to_json(full_run());
  json["records"][0].erase("outcome");
  json["records"][0]["outcom"] = "ok";
  EXPECT_EQ(error_of<FullRun>(json), "run.json: /records/0: member 'outcome' is missing; there is 'outcom' instead");
  json = to_json(full_run());
  json.erase("verdict");
  EXPECT_EQ(error_of<FullRun>(json), "run.json: member 'verdict' is missing");
  EXPECT_EQ(error_of<FullRun>(Json::object()), "run.json: member 'schema_version' is missing");
}

TEST(JsonValues, PassOverMembersTheyDoNotKnow) {
  Json json = to_json(full_record());
  json["later_addition"] = 1;
  EXPECT_EQ(to_json(read<Record>(json)).dump(), to_json(full_record()).dump());
}

/// A run.json of the first release, read into a run that holds something.
TEST(JsonValues, GiveDefaultsToWhatEarlierReleasesDidNotWrite) {
  Json json = to_json(full_run());
  for (const char* name : {"picks", "search", "final_rounds", "shapes"}) json.erase(name);
  json["config"].erase("constraints");
  json["config"]["search"].erase("budget_trials");
  for (const char* name : {"speed_up_interval", "on_pareto_front"}) json["records"][0].erase(name);
  json["records"][0]["placement"].erase("layers");
  FullRun run = full_run();
  from_json(json, run, "run.json");
  EXPECT_TRUE(run.picks.empty());
  EXPECT_EQ(run.search.strategy, "");
  EXPECT_EQ(run.search.points, 0u);
  EXPECT_FALSE(run.final_rounds);
  EXPECT_TRUE(run.shapes.empty());
  EXPECT_FALSE(run.config.constraints.size_bytes);
  EXPECT_FALSE(run.config.search.budget_trials);
  EXPECT_EQ(run.config.search.budget_seconds, 60);  // what stands beside it is read
  EXPECT_FALSE(run.records[0].speed_up_interval);
  EXPECT_FALSE(run.records[0].on_pareto_front);
  EXPECT_TRUE(run.records[0].placement->layers.empty());
}

TEST(JsonValues, ReadASearchThatKeptNoCourse) {
  Json json = to_json(full_run());
  json["search"].erase("course");
  const auto run = read<FullRun>(json);
  EXPECT_TRUE(run.search.course.empty());
  EXPECT_EQ(run.search.trials, 40);
}

TEST(JsonValues, RefuseAnIdThatIsNotTheVariants) {
  Json json = to_json(full_run());
  json["records"][0]["id"] = "other";
  EXPECT_EQ(error_of<FullRun>(json),
            "run.json: /records/0/id: 'other' contradicts the members beside it, which make "
            "'openvino-fp16-io16-precision=f16-streams=2'");
  json = to_json(full_run());
  json["versions"]["tool"] = "9";
  EXPECT_EQ(error_of<FullRun>(json), "run.json: /versions: it contradicts the members beside it");
}

TEST(JsonValues, RefuseAnotherSchema) {
  Json json = to_json(full_run());
  json["schema_version"] = 2;
  json.erase("records");  // whatever else a later version changes
  EXPECT_EQ(error_of<FullRun>(json), "run.json: /schema_version: schema version 2 is unknown, this release reads version 1");
}

TEST(JsonValues, NameThePlaceBelowWhereTheyWereTold) {
  Json json = to_json(full_record());
  json["settings"]["a/b~c\n"] = 1;
  EXPECT_EQ(error_of<Record>(json, "run.json: /records/3"),
            "run.json: /records/3/settings/a~1b~0c\\x0A: expected a string, found an integer");
  EXPECT_EQ(error_of<Record>(json, "/tmp/job.json"),
            "/tmp/job.json: /settings/a~1b~0c\\x0A: expected a string, found an integer");
  EXPECT_EQ(error_of<Record>(json, ""), "/settings/a~1b~0c\\x0A: expected a string, found an integer");
  EXPECT_EQ(error_of<Record>(Json(1), ""), "expected an object, found an integer");
}

}  // namespace
}  // namespace autoaccel::base
