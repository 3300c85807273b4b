// Each command alone, with real runtimes: what it prints and what it leaves on disk.
#include <gmock/gmock.h>

#include <cstdlib>
#include <set>

#include "e2e/tool.h"
#include "support/models.h"

namespace autoaccel::e2e {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class Commands : public WithRuntimes {
 protected:
  void SetUp() override {
    WithRuntimes::SetUp();
    if (IsSkipped()) return;
    onnx::ModelProto proto = test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17]>
      net (float[1, 64] x, int64[1, 4] ids) => (float[1, 64] y, float[1, 4, 8] rows) {
        y = MatMul(x, w)
        rows = Gather(table, ids)
      })");
    test_support::add_random_initializer(*proto.mutable_graph(), "w", ElementType::float32, {64, 64}, 1);
    test_support::add_random_initializer(*proto.mutable_graph(), "table", ElementType::float32, {10, 8}, 2);
    fs::create_directories(at("input/model"));
    test_support::write_proto(proto, at("input/model/net.onnx"));
  }

  void few_samples() const { write("few.yml", "search: {samples: 2}\n"); }
};

TEST_F(Commands, StaticModelNeedsNoConfig) {
  const Ended ended = run({"optimize", "--time-limit", "0.2"});
  EXPECT_THAT(ended.code, AnyOf(0, 1)) << ended.err;
  const base::Json run = json_file("output/run.json");
  EXPECT_TRUE(run.at("config").at("file").is_null());
  int measured = 0;
  for (const base::Json& record : run.at("records")) measured += !record.at("measurement").is_null();
  EXPECT_GE(measured, 4) << "both runtimes load this model";
  EXPECT_THAT(ended.out, HasSubstr("Results in " + at("output").string()));
}

// A driver that finds no GPU, wherever this runs.
class WithoutGpu : public Commands {
 protected:
  void SetUp() override {
    ::setenv("AUTOACCEL_LIBRARIES", AUTOACCEL_FAKE_LIBRARIES, 1);
    ::setenv("FAKE_GPUS", "none", 1);
    Commands::SetUp();
    few_samples();
  }
  void TearDown() override {
    ::unsetenv("AUTOACCEL_LIBRARIES");
    ::unsetenv("FAKE_GPUS");
  }
};

TEST_F(WithoutGpu, EveryRowSaysWhatIsMissingAndTheExitCodeIsThatOfTheHost) {
  const Ended ended = run({"optimize", "--config", "few.yml", "--device", "0"});
  EXPECT_EQ(ended.code, 3) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("error: no runtime serves GPU 0 here"));
  EXPECT_THAT(ended.err, HasSubstr("cuInit gives 100"));
  EXPECT_THAT(ended.err, HasSubstr("--allow-cpu-fallback"));
  const base::Json run = json_file("output/run.json");
  ASSERT_FALSE(run.at("records").empty());
  std::set<std::string> runtimes;
  for (const base::Json& record : run.at("records")) {
    EXPECT_EQ(record.at("outcome"), "skipped");
    runtimes.insert(record.at("runtime"));
    if (record.at("runtime") == "openvino") continue;
    EXPECT_THAT(record.at("reason").get<std::string>(), HasSubstr("finds no GPU"));
  }
  EXPECT_EQ(runtimes, (std::set<std::string>{"onnxruntime", "openvino", "tensorrt", "tensorrt_rtx"}));
}

TEST_F(WithoutGpu, TheCpuTakesOverOnlyWhenAllowedAndEveryRowSaysSo) {
  const Ended ended =
      run({"optimize", "--config", "few.yml", "--device", "0", "--allow-cpu-fallback", "--time-limit", "0.2"});
  EXPECT_THAT(ended.code, AnyOf(0, 1)) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("on the CPU, not on GPU 0 as asked for"));
  const base::Json run = json_file("output/run.json");
  int measured = 0;
  for (const base::Json& record : run.at("records")) {
    EXPECT_THAT(record.at("notes").dump(), HasSubstr("on the CPU, not on GPU 0 as asked for: "));
    measured += !record.at("measurement").is_null();
  }
  EXPECT_GE(measured, 2);
}

TEST_F(WithoutGpu, DoctorSaysWhyThereIsNone) {
  const Ended ended = run({"doctor"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr("no GPU  NVIDIA's driver finds no GPU (cuInit gives 100)"));
}

TEST_F(Commands, OptimizeAsJsonPrintsTheRunAndNothingElse) {
  few_samples();
  const base::Json printed = json_from({"optimize", "--config", "few.yml", "--time-limit", "0.2", "--json"});
  EXPECT_EQ(printed, json_file("output/run.json"));
}

TEST_F(Commands, InspectWritesAConfigThatOptimizeTakes) {
  const Ended inspected = run({"inspect", model("magika"), "--write-config", "made/config.yml"});
  EXPECT_EQ(inspected.code, 0) << inspected.err;
  EXPECT_THAT(inspected.out, HasSubstr("bytes  int32"));
  const Ended again = run({"inspect", model("magika"), "--write-config", "made/config.yml"});
  EXPECT_EQ(again.code, 2) << "a config that is there may be the user's own";
  const base::Json plan = json_from({"plan", model("magika"), "--config", "made/config.yml", "--json"});
  EXPECT_GT(plan.size(), 4u);
}

TEST_F(Commands, InspectAndDoctorSpeakJson) {
  const base::Json model_facts = json_from({"inspect", model("silero_vad"), "--json"});
  EXPECT_EQ(model_facts.at("inputs").size(), 3u);
  const base::Json doctor = json_from({"doctor", "--json"});
  std::set<std::string> found;
  for (const base::Json& runtime : doctor.at("runtimes")) {
    if (runtime.at("available")) found.insert(runtime.at("name"));
    EXPECT_EQ(runtime.at("available"), runtime.at("reason") == "") << runtime;
  }
  EXPECT_TRUE(found.contains("onnxruntime") && found.contains("openvino")) << doctor.at("runtimes");
  EXPECT_GT(doctor.at("host").at("threads"), 0);
}

TEST_F(Commands, ConvertWritesWhatItNames) {
  const base::Json list = json_from({"convert", "--list-recipes", "--json"});
  EXPECT_EQ(list.at(0).at("name"), "original");
  const base::Json made = json_from({"convert", model("magika"), "--recipe", "fp16", "-o", "made/fp16.onnx", "--json"});
  EXPECT_GT(made.at("nodes_converted"), 0);
  EXPECT_EQ(made.at("files"), base::Json::array({"made/fp16.onnx"}));
  EXPECT_EQ(made.at("bytes"), fs::file_size(at("made/fp16.onnx")));
  EXPECT_LT(fs::file_size(at("made/fp16.onnx")), fs::file_size(model("magika")));
}

// An operator that no runtime knows. Not a defect of the tool: exit code 3, and the runtime's words.
TEST_F(Commands, ConvertSaysThatNoRuntimeRunsTheModel) {
  test_support::write_proto(test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17, "nobodys" : 1]>
      net (float[1, 4] x) => (float[1, 4] y)
          <float[1, 4] a, float[4, 4] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7}> {
        a = nobodys.Secret(x)
        y = MatMul(a, w)
      })"),
                            at("secret.onnx"));
  for (const char* recipe : {"int8_static", "int8_static_mixed"}) {
    const Ended ended = run({"convert", "secret.onnx", "--recipe", recipe, "--runtime", "onnxruntime", "-o", "x.onnx"});
    EXPECT_EQ(ended.code, 3) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("ONNX Runtime refuses the model"));
    EXPECT_FALSE(fs::exists(at("x.onnx")));
  }
}

TEST_F(Commands, BenchMeasuresOneFileOnOneRuntime) {
  for (const char* runtime : {"onnxruntime", "openvino"}) {
    const base::Json record = json_from(
        {"bench", "--runtime", runtime, "--set", "threads=1", "input/model/net.onnx", "--time-limit", "0.2", "--json"});
    EXPECT_EQ(record.at("runtime"), runtime);
    EXPECT_EQ(record.at("settings").at("threads"), "1");
    EXPECT_GT(record.at("measurement").at("runs"), 0) << record.at("reason");
  }
  EXPECT_FALSE(fs::exists(at("output"))) << "bench leaves nothing behind";
}

TEST_F(Commands, TrialsOneByOneMakeTheReport) {
  few_samples();
  std::string id;
  for (const base::Json& variant : json_from({"plan", "--config", "few.yml", "--json"}))
    if (variant.at("runtime") == "openvino" && variant.at("skip_reason").is_null()) id = variant.at("id");
  ASSERT_NE(id, "");
  const base::Json record = json_from({"trial", id, "--config", "few.yml", "--time-limit", "0.2", "--json"});
  EXPECT_EQ(record.at("id"), id);
  const base::Json run = json_from({"report", "--json"});
  EXPECT_NO_THROW(record_of(run, id));
  EXPECT_NO_THROW(record_of(run, run.at("original"))) << "the trial needed the original's outputs";
  EXPECT_TRUE(fs::exists(at("output/summary.xlsx")));
  EXPECT_TRUE(fs::exists(at("output/report.html")));
}

// What a record says to type is what repeats it.
TEST_F(Commands, RepeatCommandRepeatsTheTrial) {
  few_samples();
  run({"optimize", "--config", "few.yml", "--time-limit", "0.2", "--out", "a folder"});
  const base::Json before = json_file("a folder/run.json");
  const std::string id = before.at("original");
  EXPECT_EQ(record_of(before, id).at("repeat_command"),
            "autoaccel trial " + id + " --config few.yml --out 'a folder' --time-limit 0.2");
  const fs::path record = at("a folder") / "variants" / id / "record.json";
  const auto time = fs::last_write_time(record);
  const Ended ended = run({"trial", id, "--config", "few.yml", "--out", "a folder", "--time-limit", "0.2"});
  EXPECT_THAT(ended.code, AnyOf(0, 1)) << ended.err;
  EXPECT_GT(fs::last_write_time(record), time);
}

TEST_F(Commands, UnknownVariantIsNamedWithTheNearest) {
  const Ended ended = run({"trial", "onnxruntime-orignal-threads=1"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'onnxruntime-original"));
}

}  // namespace
}  // namespace autoaccel::e2e
