// The whole road on real models and real runtimes. Other processes may make every figure `suspect`, so nothing here
// expects a recommendation or an outcome that the machine's load decides.
#include <gmock/gmock.h>

#include <cstdio>

#include "autoaccel/record.h"
#include "e2e/tool.h"

namespace autoaccel::e2e {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* kReference = "onnxruntime-original";  // ids go on with the machine's number of threads

bool starts_with(const base::Json& text, std::string_view start) { return text.get<std::string>().starts_with(start); }

/// A member of a zip file, as unzip prints it.
std::string member_of_zip(const std::filesystem::path& zip, const std::string& member) {
  FILE* pipe = popen(("unzip -p '" + zip.string() + "' '" + member + "'").c_str(), "r");
  std::string text;
  char buffer[4096];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << "no " << member << " in " << zip;
  return text;
}

class RealModels : public WithRuntimes {
 protected:
  /// Runs optimize with few samples and little measuring, and checks what holds for every run.
  base::Json optimize(const std::string& name, const std::string& inputs) {
    write("config.yml", "input:\n" + inputs + "search: {samples: 2}\n");
    const Ended ended = run({"optimize", model(name), "--config", "config.yml", "--time-limit", "0.3"});
    EXPECT_THAT(ended.code, AnyOf(0, 1)) << ended.err;
    base::Json run = json_file("output/run.json");
    check_run(run);
    check_records(run);
    check_workbook();
    for (const base::Json& record : run.at("records")) {
      if (record.at("outcome") == "skipped") continue;
      EXPECT_THAT(ended.err, HasSubstr(record.at("id").get<std::string>()));
    }
    EXPECT_EQ(ended.code == 0, !run.at("recommended").is_null());
    EXPECT_EQ(std::filesystem::exists(at("output/best/README.md")), ended.code == 0);
    EXPECT_THAT(ended.out, HasSubstr("ONNX Runtime original"));
    return run;
  }

  static void check_run(const base::Json& run) {
    EXPECT_EQ(run.at("schema_version"), 1);
    EXPECT_TRUE(starts_with(run.at("original"), kReference)) << run.at("original");
    EXPECT_TRUE(run.contains("recommended"));
    EXPECT_FALSE(run.at("finished").get<std::string>().empty());
    EXPECT_FALSE(run.at("host").at("processor").get<std::string>().empty());
    for (const char* name : {"tool", "onnxruntime", "openvino"})
      EXPECT_FALSE(run.at("versions").at(name).get<std::string>().empty()) << name;
  }

  void check_records(const base::Json& run) const {
    bool has_original = false;
    for (const base::Json& record : run.at("records")) {
      SCOPED_TRACE(record.at("id").get<std::string>());
      EXPECT_THAT(outcome_names(), Contains(record.at("outcome").get<std::string>()));
      for (const char* member : {"recipe", "runtime", "io", "settings"}) EXPECT_TRUE(record.contains(member)) << member;
      EXPECT_EQ(record.at("outcome") == "ok", record.at("reason").get<std::string>().empty());
      if (!record.at("measurement").is_null()) check_measured(record);
      has_original |= record.at("id") == run.at("original");
    }
    EXPECT_TRUE(has_original);
  }

  void check_measured(const base::Json& record) const {
    const base::Json& artifact = record.at("artifact");
    EXPECT_GT(artifact.at("bytes"), 0);
    // Relative to the run folder; an absolute path stays as it is.
    EXPECT_TRUE(std::filesystem::exists(at("output") / artifact.at("path").get<std::string>())) << artifact;
    const base::Json& measurement = record.at("measurement");
    EXPECT_GT(measurement.at("throughput_per_second"), 0);
    for (const char* member : {"median", "mean", "p90", "p99"})
      EXPECT_TRUE(measurement.at("latency_seconds").contains(member)) << member;
    for (const char* member : {"load_seconds", "first_inference_seconds", "peak_bytes"})
      EXPECT_GT(measurement.at(member), 0) << member;
    EXPECT_EQ(measurement.at("samples_seconds").size(), measurement.at("runs").get<std::size_t>());
    const base::Json& agreement = record.at("agreement");
    for (const char* member : {"mean_absolute_error", "max_absolute_error", "cosine_similarity", "sqnr_db"})
      EXPECT_TRUE(agreement.at(member).is_number()) << member;
    EXPECT_FALSE(agreement.at("outputs").empty());
  }

  void check_workbook() const {
    const std::string texts = member_of_zip(at("output/summary.xlsx"), "xl/sharedStrings.xml");
    for (const char* heading : {"task", "file size (MB)", "throughput (samples/second)", "mae", "outcome", "reason"})
      EXPECT_THAT(texts, HasSubstr(">" + std::string(heading) + "<"));
    EXPECT_THAT(member_of_zip(at("output/summary.xlsx"), "xl/workbook.xml"), HasSubstr("name=\"Summary\""));
  }

  static void expect_agreement_of_original(const base::Json& run, const std::string& runtime, double least_sqnr_db) {
    int compared = 0;
    for (const base::Json& record : run.at("records")) {
      if (record.at("runtime") != runtime || record.at("recipe") != "original") continue;
      if (record.at("settings").value("precision", "f32") != "f32") continue;
      ASSERT_FALSE(record.at("agreement").is_null()) << record.at("reason");
      EXPECT_GE(record.at("agreement").at("sqnr_db"), least_sqnr_db);
      ++compared;
    }
    EXPECT_EQ(compared, 1);
  }
};

// float32 with another order of sums keeps about 100 dB; 60 dB is 0.1 %, which no float32 kernel loses.
constexpr double kFloat32Decibels = 60;

TEST_F(RealModels, TextDirectionRunsOnBothRuntimes) {
  const base::Json run = optimize("ppocr_cls", "  x: {use_shape: [1, 3, 48, 192]}\n");
  expect_agreement_of_original(run, "onnxruntime", 200);  // compared with itself
  expect_agreement_of_original(run, "openvino", kFloat32Decibels);
  EXPECT_TRUE(std::filesystem::exists(at("output/onnx/fp16.onnx")));
  EXPECT_TRUE(std::filesystem::exists(at("output/openvino/fp16_weights.xml")));
  EXPECT_TRUE(std::filesystem::exists(at("output/openvino/fp16_weights.bin")));
}

TEST_F(RealModels, IntegerInputVetoesNothing) {
  const base::Json run = optimize("magika", "  bytes: {use_shape: [1, 2048]}\n");
  EXPECT_EQ(run.at("model").at("inputs").at(0).at("type"), "int32");
  expect_agreement_of_original(run, "openvino", kFloat32Decibels);
  int reduced = 0;
  for (const base::Json& record : run.at("records"))
    if (record.at("io") == "reduced" && !record.at("measurement").is_null()) ++reduced;
  EXPECT_GT(reduced, 0) << "no variant with float16 outputs ran";
}

// OpenVINO cannot convert this model's If branches; that costs its own rows and nothing else.
TEST_F(RealModels, WhatOneRuntimeCannotLoadRunsOnTheOther) {
  const base::Json run = optimize("silero_vad",
                                  "  input: {use_shape: [1, 576]}\n"
                                  "  state: {use_shape: [2, 1, 128]}\n"
                                  "  sr: {use_shape: []}\n");
  int tried = 0, ran = 0;
  for (const base::Json& record : run.at("records")) {
    if (record.at("outcome") == "skipped") continue;
    SCOPED_TRACE(record.at("id").get<std::string>());
    const std::string reason = record.at("reason").get<std::string>();
    // A recipe that finds nothing to do in this model says so on every runtime, and nobody loads its result.
    if (reason.find("changes nothing") != std::string::npos) {
      EXPECT_EQ(record.at("outcome"), "not_converted");
    } else if (record.at("runtime") == "openvino") {
      EXPECT_THAT(record.at("outcome").get<std::string>(), AnyOf("not_converted", "not_compiled"));
      EXPECT_THAT(reason, HasSubstr("OpenVINO"));
      ++tried;
    } else {
      EXPECT_FALSE(record.at("measurement").is_null()) << record.at("reason");
      ++ran;
    }
  }
  EXPECT_GT(tried, 0);
  EXPECT_GT(ran, 1);
}

}  // namespace
}  // namespace autoaccel::e2e
