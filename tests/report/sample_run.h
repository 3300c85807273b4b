#pragma once

#include "autoaccel/run.h"

namespace autoaccel::report::testing {

/// A finished run with every kind of row, ranked by hand: 0 is recommended.
inline Record sample_record(const std::string& runtime, const std::string& recipe, Settings settings, double median) {
  Record record;
  record.variant = {
      .recipe = recipe, .runtime = runtime, .device = {}, .io = IoTypes::original, .settings = std::move(settings)};
  record.outcome = Outcome::ok;
  record.artifact =
      Artifact{.path = "onnx/" + recipe + ".onnx", .bytes = 4'745'000, .files = {"onnx/" + recipe + ".onnx"}};
  Measurement& m = record.measurement.emplace();
  m.throughput_per_second = 1 / median;
  m.batch = 1;
  m.runs = 200;
  m.wall_seconds = 200 * median;
  m.latency_seconds.median = median;
  m.latency_seconds.mean = median * 1.01;
  m.latency_seconds.p90 = median * 1.1;
  m.latency_seconds.p95 = median * 1.2;
  m.latency_seconds.min = median * 0.95;
  m.latency_seconds.max = median * 1.5;
  m.samples_seconds = {median, median * 1.01, median * 0.99};
  m.median_half_width = 0.006;
  m.coefficient_of_variation = 0.02;
  m.convert_seconds = 0.8;
  m.load_seconds = 0.21;
  m.first_inference_seconds = median * 3;
  m.warm_up_seconds = 0.4;
  m.warm_up_runs = 12;
  m.peak_bytes = 212'000'000;
  m.conditions.load_average_before = 0.3;
  Agreement& a = record.agreement.emplace();
  OutputAgreement output;
  output.name = "sigmoid_0.tmp_0";
  output.kind = "probabilities";
  output.mean_absolute_error = {.mean = 0.00042, .worst = 0.0009};
  output.max_absolute_error = {.mean = 0.011, .worst = 0.021};
  output.relative_error = {.mean = 0.003, .worst = 0.004};
  output.cosine_similarity = {.mean = 0.9997, .worst = 0.9993};
  output.sqnr_db = {.mean = 34.2, .worst = 32.7};
  output.judged_by = "max_absolute_error 0.021 ≤ 0.1";
  a.outputs = {output};
  a.samples = 8;
  a.mean_absolute_error = 0.00042;
  a.max_absolute_error = 0.021;
  a.cosine_similarity = 0.9993;
  a.sqnr_db = 32.7;
  record.placement =
      Placement{.nodes_by_kind = {{"bf16", 212}, {"f32", 9}}, .summary = "212 nodes bf16, 9 f32", .warnings = {}};
  record.repeat_command = "autoaccel trial " + record.variant.id() + " --model ppocr_det.onnx --config config.yml";
  return record;
}

inline Record sample_failure(const std::string& runtime, const std::string& recipe, Settings settings, Outcome outcome,
                             const std::string& reason) {
  Record record;
  record.variant = {
      .recipe = recipe, .runtime = runtime, .device = {}, .io = IoTypes::original, .settings = std::move(settings)};
  record.outcome = outcome;
  record.reason = reason;
  return record;
}

inline std::vector<Record> sample_records() {
  Record best = sample_record("openvino", "original", {{"precision", "bf16"}, {"threads", "2"}}, 0.0121);
  best.artifact = Artifact{
      .path = "openvino/original.xml", .bytes = 4'812'345, .files = {"openvino/original.xml", "openvino/original.bin"}};
  best.notes = {"two nodes stay in f32: ConvTranspose"};
  Record fp32 = sample_record("openvino", "original", {{"precision", "f32"}, {"threads", "2"}}, 0.0225);
  fp32.agreement->sqnr_db = 118.4;
  fp32.agreement->mean_absolute_error = 1.2e-8;
  fp32.agreement->max_absolute_error = 3.1e-7;
  fp32.agreement->cosine_similarity = 1;
  Record original = sample_record("onnxruntime", "original", {{"threads", "2"}}, 0.0340);
  original.agreement->sqnr_db = 200;
  original.agreement->mean_absolute_error = 0;
  original.agreement->max_absolute_error = 0;
  original.agreement->cosine_similarity = 1;
  original.placement->summary = "311 nodes CPUExecutionProvider";
  Record reduced = sample_record("onnxruntime", "fp16", {{"threads", "2"}}, 0.0414);
  reduced.variant.io = IoTypes::reduced;
  reduced.measurement->latency_seconds.p90.reset();
  reduced.measurement->noisy = true;
  reduced.measurement->peak_bytes.reset();
  Record noisy = sample_record("onnxruntime", "fp16_weights", {{"threads", "2"}}, 0.0338);
  noisy.outcome = Outcome::suspect;
  noisy.reason = "the machine was throttled for 3.2 s";
  Record disagreed = sample_record("openvino", "fp16", {{"precision", "bf16"}, {"threads", "2"}}, 0.0119);
  disagreed.outcome = Outcome::disagreed;
  disagreed.reason = "output 'sigmoid_0.tmp_0': max_absolute_error 0.31 > 0.1";
  disagreed.agreement->within_limit = false;
  disagreed.agreement->outputs[0].within_limit = false;

  std::vector<Record> records = {best, fp32, original, reduced, noisy, disagreed};
  int rank = 0;
  for (Record& record : records) {
    record.rank = ++rank;
    record.speed_up = 0.0340 / *record.measurement->latency_seconds.median;
  }
  records.push_back(sample_failure("openvino", "original", {{"precision", "f16"}, {"threads", "2"}}, Outcome::skipped,
                                   "this processor has no float16 arithmetic (avx512_fp16 or amx_fp16)"));
  records.push_back(
      sample_failure("onnxruntime", "bf16", {{"threads", "2"}}, Outcome::skipped,
                     "ONNX Runtime's CPU provider has no bfloat16 kernels for Conv, MatMul, Add and most others"));
  records.push_back(sample_failure("openvino", "fp16", {{"precision", "f32"}, {"threads", "2"}}, Outcome::not_compiled,
                                   "OpenVINO cannot compile the model: Check 'false' failed"));
  records.push_back(sample_failure("openvino", "fp16_weights", {{"precision", "f32"}, {"threads", "2"}},
                                   Outcome::crashed, "signal 11 (Segmentation fault)"));
  return records;
}

inline Run sample_run() {
  autoaccel::Run run;
  run.tool_version = "0.1.0";
  run.started = "2026-11-24T10:04:51Z";
  run.finished = "2026-11-24T10:09:12Z";
  run.command = "autoaccel optimize ppocr_det.onnx --config config.yml --out output";
  run.model.file = "ppocr_det.onnx";
  run.model.sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  run.model.bytes = 4'745'517;
  run.model.opset = 11;
  run.model.inputs = {
      {.name = "x", .type = ElementType::float32, .shape = Shape{-1, 3, -1, -1}, .axes = {"batch", "", "h", "w"}}};
  run.model.outputs = {{.name = "sigmoid_0.tmp_0",
                        .type = ElementType::float32,
                        .shape = Shape{-1, 1, -1, -1},
                        .axes = {"batch", "", "", ""}}};
  run.config.file = "config.yml";
  run.config.inputs = {{.name = "x",
                        .location = {},
                        .use_shape = Located<Shape>{{1, 3, 640, 640}, {}},
                        .min_shape = {},
                        .max_shape = {},
                        .data = {},
                        .range = {},
                        .value = {}}};
  run.config.constraints = {.latency_p99_seconds = 0.05, .memory_bytes = {}, .size_bytes = 12'500'000};
  run.config_sha256 = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
  run.host.processor = "AMD EPYC 9R14";
  run.host.features = {"avx2", "avx512f", "avx512_bf16", "avx512_vnni"};
  run.host.processors_online = 8;
  run.host.processors_allowed = 2;
  run.host.processor_quota = 2;
  run.host.threads = 2;
  run.host.memory_bytes = 24'000'000'000;
  run.host.memory_available_bytes = 20'500'000'000;
  run.host.operating_system = "Debian GNU/Linux 12 (bookworm)";
  run.host.kernel = "6.1.0-30-amd64";
  run.runtimes = {{.name = "onnxruntime",
                   .available = true,
                   .version = "1.31.1",
                   .reason = "",
                   .devices = {"cpu"},
                   .precisions = {"f32", "f16"}},
                  {.name = "openvino",
                   .available = true,
                   .version = "2026.4.1",
                   .reason = "",
                   .devices = {"cpu"},
                   .precisions = {"f32", "bf16"}},
                  {.name = "tensorrt",
                   .available = false,
                   .version = "",
                   .reason = "not built: no TensorRT on this machine",
                   .devices = {},
                   .precisions = {}}};
  run.samples.seed = 1;
  run.samples.count = 8;
  run.samples.origins = {"x: images, generated"};
  run.samples.warnings = {"output 'sigmoid_0.tmp_0' hardly varies over the samples"};
  run.search = {.strategy = "racing",
                .seconds = 281,
                .trials = 37,
                .points = 512,
                .stopped_because = "search.budget of 5 min was spent",
                .expected_gain = 0.03,
                .course = {{"onnxruntime-original-threads=2", 2.5},
                           {"openvino-original-precision=f32-threads=2", 6},
                           {"openvino-original-precision=bf16-threads=2", 11.25}}};
  run.drift = 0.012;
  run.warnings = {"other processes used 12 % of the processors"};
  run.records = sample_records();
  run.original = run.records[2].variant.id();
  run.recommended = run.records[0].variant.id();
  run.records[0].speed_up_interval = Interval{.low = 2.74, .high = 2.88};
  run.records[1].speed_up_interval = Interval{.low = 1.49, .high = 1.53};
  run.records[0].on_pareto_front = run.records[1].on_pareto_front = true;
  run.final_rounds = FinalRounds{{{run.original, {0.0338, 0.0342, 0.034}},
                                  {run.records[0].variant.id(), {0.012, 0.0122, 0.0121}},
                                  {run.records[1].variant.id(), {0.0224, 0.0226, 0.0225}}}};
  run.picks = {{"fastest", run.records[0].variant.id()},
               {"most faithful that is faster", run.records[1].variant.id()},
               {"smallest", run.records[0].variant.id()}};
  const std::vector<Shape> largest = {{4, 3, 640, 640}};
  run.shapes = {{.id = run.original, .where = "max_shape", .inputs = largest, .seconds = 0.14, .sqnr_db = 200},
                {.id = *run.recommended,
                 .where = "max_shape",
                 .inputs = largest,
                 .seconds = 0.05,
                 .change_seconds = 0.11,
                 .sqnr_db = 31.5}};
  run.verdict =
      "Deploy OpenVINO BF16, 2 threads: 2.81 × (2.74–2.88) as fast as the original, 12.1 ms instead of 34.0 ms a "
      "request; its outputs agree with the original's to 32.7 dB (largest error 0.021). 37 of 512 variants were tried: "
      "search.budget of 5 min was spent, and the next trial was expected to gain 3 %.";
  return run;
}

/// A run whose every text is what an attacker or a broken model would put there.
inline Run hostile_run() {
  autoaccel::Run run = sample_run();
  const std::string control = std::string("a\x01\x1b[31mb\0c\nd\te", 13);
  run.model.file = "=cmd|' /C calc'!A0";
  run.verdict = "<script>alert(1)</script>";
  run.warnings = {control, "bad utf8 \xff\xfe", "right to left \xE2\x80\xAE"};
  run.model.inputs[0].name = "`x` | <img src=x onerror=alert(1)> \"q\" \\ \n# heading";
  run.model.outputs[0].name = "@SUM(1+1)*cmd|' /C calc'!A0";
  Record& best = run.records[0];
  best.reason = "=1+1";
  best.agreement->outputs[0].name = "=HYPERLINK(\"http://x\")";
  best.placement->summary = "+1+1 _x0041_ nodes";
  best.notes = {std::string(40'000, 'n') + "é"};
  run.records[3].reason = std::string(40'000, 'y');
  run.records[8].reason = control;
  run.records[9].variant.runtime = "<b>\x1b]0;title\x07";
  return run;
}

}  // namespace autoaccel::report::testing
