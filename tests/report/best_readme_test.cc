#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/facts.h"
#include "report/loading_code.h"
#include "report/markdown.h"
#include "report/report.h"
#include "report/sample_run.h"
#include "support/golden.h"

namespace autoaccel::report {
namespace {

using ::autoaccel::testing::expect_golden;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(BestReadme, IsAsInTheGoldenFiles) {
  const autoaccel::Run run = testing::sample_run();
  expect_golden("best_readme_openvino.md", best_readme(run, run.records[0]));
  expect_golden("best_readme_onnxruntime.md", best_readme(run, run.records[3]));
}

TEST(BestReadme, HostileNamesStayText) {
  const autoaccel::Run run = testing::hostile_run();
  const std::string text = best_readme(run, run.records[0]);
  expect_golden("best_readme_hostile.md", text);
  for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  EXPECT_THAT(text, Not(HasSubstr("\n# heading")));
}

TEST(BestReadme, SaysWhatBytesStandFor) {
  autoaccel::Run run = testing::sample_run();
  run.records[0].variant.io = IoTypes::uint8;
  run.config.inputs = {{.name = "x", .bytes = Located<ByteMapping>{{.scale = {0.5}, .mean = {127.5}}, std::nullopt}}};
  const std::string text = best_readme(run, run.records[0]);
  EXPECT_THAT(text, HasSubstr("- input `x`: uint8 "));
  EXPECT_THAT(text, HasSubstr(", bytes u for `(u - 127.5) * 0.5`\n"));
  EXPECT_THAT(text, HasSubstr("u8"));
  EXPECT_THAT(text, HasSubstr("- output `" + run.model.outputs[0].name + "`: float32 "));
  EXPECT_THAT(text, HasSubstr("np.uint8"));
  run.records[0].variant.io = IoTypes::original;
  EXPECT_THAT(best_readme(run, run.records[0]), Not(HasSubstr("uint8")));
}

TEST(BestReadme, InputsHaveTheBatchThatWasMeasured) {
  autoaccel::Run run;
  run.model.inputs = {{.name = "x", .type = ElementType::float32, .shape = Shape{-1, 3, 8}, .axes = {"n", "", ""}}};
  run.config.inputs = {
      {.name = "x", .use_shape = Located<Shape>{{1, 3, 8}, {}}, .max_shape = Located<Shape>{{8, 3, 8}, {}}}};
  Variant variant{.recipe = "original", .runtime = "openvino", .device = {}, .io = IoTypes::original, .settings = {}};
  EXPECT_EQ(measured_shape(run, run.model.inputs[0], variant), (Shape{1, 3, 8}));
  variant.settings = {{"batch", "4"}};
  EXPECT_EQ(measured_shape(run, run.model.inputs[0], variant), (Shape{4, 3, 8}));
  const auto code = loading_code(run, variant, {.file = "model.xml"});
  ASSERT_TRUE(code);
  EXPECT_THAT(code->python, ::testing::HasSubstr("np.zeros((4, 3, 8), np.float32)"));
  EXPECT_THAT(code->python, ::testing::Not(::testing::HasSubstr("batch")));
}

TEST(BestReadme, NeedsTheArtifact) {
  autoaccel::Run run = testing::sample_run();
  run.records[0].artifact.reset();
  EXPECT_THROW(best_readme(run, run.records[0]), Error);
  EXPECT_THROW(best_readme(run, testing::sample_run().records[1]), Error);  // of another run
}

TEST(LoadingCode, SetsEverySetting) {
  const autoaccel::Run run = testing::sample_run();
  Variant variant{
      .recipe = "original", .runtime = "onnxruntime", .device = {}, .io = IoTypes::original, .settings = {}};
  variant.settings = {{"threads", "3"}, {"optimization", "extended"}, {"spinning", "off"},
                      {"arena", "off"}, {"denormals_as_zero", "on"},  {"requests", "2"},
                      {"new_one", "x"}};
  const auto ort = loading_code(run, variant, {.file = "a.onnx"});
  for (const char* line : {"options.SetIntraOpNumThreads(3);", "ORT_ENABLE_EXTENDED",
                           "\"session.intra_op.allow_spinning\", \"0\"", "options.DisableCpuMemArena();",
                           "\"session.set_denormal_as_zero\", \"1\"", "// measured with 2 threads", "// new_one = x"}) {
    EXPECT_THAT(ort->cpp, HasSubstr(line));
  }
  for (const char* line : {"options.intra_op_num_threads = 3", "ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED",
                           "options.enable_cpu_mem_arena = False", "# new_one = x"}) {
    EXPECT_THAT(ort->python, HasSubstr(line));
  }

  variant.runtime = "openvino";
  variant.settings = {{"threads", "3"},  {"mode", "throughput"}, {"precision", "bf16"}, {"streams", "2"},
                      {"requests", "4"}, {"pinning", "off"},     {"shapes", "use"}};
  const auto ov = loading_code(run, variant, {.file = "a.xml"});
  for (const char* line :
       {"ov::inference_num_threads(3)", "PerformanceMode::THROUGHPUT", "ov::element::bf16", "ov::num_streams(2)",
        "ov::hint::num_requests(4)", "ov::hint::enable_cpu_pinning(false)", "model->reshape(shapes)"}) {
    EXPECT_THAT(ov->cpp, HasSubstr(line));
  }
  for (const char* line : {"\"INFERENCE_NUM_THREADS\": 3", "\"PERFORMANCE_HINT\": \"THROUGHPUT\"",
                           "\"INFERENCE_PRECISION_HINT\": \"bf16\"", "model.reshape({\"x\": [1, 3, 640, 640]})"}) {
    EXPECT_THAT(ov->python, HasSubstr(line));
  }
  EXPECT_THAT(
      loading_code(run, Variant{.recipe = "original", .runtime = "openvino", .device = {}, .io = {}, .settings = {}},
                   {.file = "a.xml"})
          ->cpp,
      HasSubstr("PerformanceMode::LATENCY"));

  variant.runtime = "unknown";
  EXPECT_FALSE(loading_code(run, variant, {.file = "a.bin"}));
}

TEST(Literals, HoldAnyText) {
  EXPECT_EQ(cpp_literal("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(cpp_literal("é"), "\"é\"");
  EXPECT_EQ(cpp_literal("a\n1"), "\"a\\0121\"");  // octal takes three digits at most, so the 1 stays a 1
  EXPECT_EQ(cpp_literal("\xff"), "\"\\377\"");
  EXPECT_EQ(python_literal("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(python_literal("é"), "\"é\"");
  EXPECT_EQ(python_literal("a\né"), "b\"a\\x0a\\xc3\\xa9\".decode()");
}

TEST(Markdown, EscapesMarkup) {
  EXPECT_EQ(markdown_text("a|b <i> `c` [x](y) *z* _u_ # & \\"),
            "a\\|b \\<i\\> \\`c\\` \\[x\\](y) \\*z\\* \\_u\\_ \\# \\& \\\\");
  EXPECT_EQ(markdown_code("plain"), "`plain`");
  EXPECT_EQ(markdown_code("a`b``c"), "``` a`b``c ```");
  EXPECT_EQ(markdown_code("a|b"), "`a|b`");
  EXPECT_THAT(markdown_text("\x1b[31m\n"), Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace autoaccel::report
