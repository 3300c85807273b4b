// What the command line refuses, with which exit code and words, and its help. No runtime is started.
#include <gmock/gmock.h>

#include "e2e/tool.h"
#include "support/golden.h"
#include "support/models.h"

namespace autoaccel::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kUsage = 2;
constexpr int kModelOrHost = 3;

class CommandLine : public EndToEnd {
 protected:
  CommandLine() {
    test_support::write_proto(test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17]>
      net (float[N, 8] image) => (float[N, 8] scores) { scores = Softmax(image) })"),
                              at("model.onnx"));
  }

  void expect_refusal(const std::vector<std::string>& arguments, int code, const std::string& words) const {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, code) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("error: "));
    EXPECT_THAT(ended.err, HasSubstr(words));
    EXPECT_EQ(ended.out, "");
  }

  void expect_golden_help(const std::string& command, const std::vector<std::string>& arguments) const {
    SCOPED_TRACE(command);
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.err, "");
    ::autoaccel::testing::expect_golden(command.empty() ? "help.txt" : "help_" + command + ".txt", ended.out);
  }

  void expect_refused_config(const std::string& config, const std::string& words) const {
    write("bad.yml", config);
    expect_refusal({"optimize", "model.onnx", "--config", "bad.yml"}, kUsage, words);
    EXPECT_FALSE(std::filesystem::exists(at("output/run.json")));
  }
};

TEST_F(CommandLine, HelpIsAsWritten) {
  expect_golden_help("", {"--help"});
  for (const char* command :
       {"optimize", "inspect", "doctor", "convert", "bench", "plan", "trial", "report", "verify", "compare"})
    expect_golden_help(command, {command, "--help"});
}

TEST_F(CommandLine, VersionIsPrinted) {
  const Ended ended = run({"--version"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, ::testing::MatchesRegex("autoaccel [0-9.]+\n"));
}

TEST_F(CommandLine, UnknownWordsAreNamedWithTheNearest) {
  expect_refusal({}, kUsage, "no command given");
  expect_refusal({"optimise"}, kUsage, "unknown command 'optimise'\n  hint: did you mean 'optimize'?");
  expect_refusal({"--versoin"}, kUsage, "unknown option '--versoin'\n  hint: did you mean '--version'?");
  expect_refusal({"optimize", "--tme-limit", "3"}, kUsage,
                 "unknown option '--tme-limit'\n  hint: did you mean '--time-limit'?");
  expect_refusal({"optimize", "model.onnx", "other.onnx"}, kUsage, "'other.onnx' is one argument too many");
  expect_refusal({"convert", "model.onnx", "--recipe", "fp17", "-o", "x.onnx"}, kUsage,
                 "unknown recipe 'fp17'\n  hint: did you mean 'fp16'?");
  expect_refusal({"bench", "model.onnx", "--runtime", "openvno"}, kUsage, "did you mean 'openvino'?");
}

TEST_F(CommandLine, ValuesOfOptionsAreChecked) {
  expect_refusal({"optimize", "model.onnx", "--time-limit", "-1"}, kUsage, "'-1' is not a number of seconds above 0");
  expect_refusal({"optimize", "model.onnx", "--time-limit", "inf"}, kUsage, "'inf' is not a number of seconds above 0");
  expect_refusal({"optimize", "model.onnx", "--time-limit", "3s"}, kUsage, "'3s' is not a number of seconds above 0");
  expect_refusal({"optimize", "model.onnx", "--device", "gpu"}, kUsage, "--device 'gpu' is neither cpu nor");
  expect_refusal({"report", "--out", "nowhere"}, kUsage, "nowhere holds no run");
}

TEST_F(CommandLine, ConfigErrorsNameThePlace) {
  expect_refused_config("input:\n  imge: {use_shape: [1, 8]}\n", "bad.yml:2:3: the model has no input 'imge'");
  expect_refused_config("input:\n  imge: {use_shape: [1, 8]}\n", "did you mean 'image'?");
  expect_refused_config("device: cpu\nsaerch: {samples: 2}\n", "bad.yml:2:1: ");
  expect_refused_config("search:\n  runtimes: [onnxruntime, openvno]\n", "bad.yml:2:27: ");
  expect_refused_config("input:\n  image: {use_shape: [1, 9]}\n", "bad.yml:2:");     // axis 1 is static
  expect_refused_config("input:\n  image: {use_shape: [1, 8, 1]}\n", "bad.yml:2:");  // one axis too many
  expect_refused_config("input:\n  image: {min_shape: [3, 8], use_shape: [2, 8]}\n", "bad.yml:2:");
  expect_refused_config("input: [\n", "bad.yml:");
  expect_refusal({"optimize", "model.onnx", "--config", "absent.yml"}, kUsage, "absent.yml");
}

TEST_F(CommandLine, ModelsThatAreNoneAreTheModelsFault) {
  expect_refusal({"optimize", "absent.onnx"}, kModelOrHost, "absent.onnx");
  write("text.onnx", "this is no model\n");
  expect_refusal({"optimize", "text.onnx"}, kModelOrHost, "text.onnx is not a complete ONNX model");
  const std::string whole = base::read_file(at("model.onnx"));
  write("cut.onnx", whole.substr(0, whole.size() / 2));
  expect_refusal({"optimize", "cut.onnx"}, kModelOrHost, "cut.onnx");
  expect_refusal({"inspect", "cut.onnx"}, kModelOrHost, "cut.onnx");
  expect_refusal({"convert", "absent.onnx", "--recipe", "fp16", "-o", "x.onnx"}, kModelOrHost, "absent.onnx");
}

TEST_F(CommandLine, OutputIsCheckedBeforeTheWork) {
  write("taken", "a file where the folder should be");
  const Ended ended = run({"optimize", "model.onnx", "--out", "taken"});
  EXPECT_EQ(ended.code, kModelOrHost);
  EXPECT_THAT(ended.err, HasSubstr("taken"));
  EXPECT_THAT(ended.err, Not(HasSubstr("variants to try")));
  EXPECT_EQ(base::read_file(at("taken")), "a file where the folder should be");
}

TEST_F(CommandLine, WithoutAModelItSaysWhereItLooks) {
  expect_refusal({"optimize"}, kUsage, "input/model/*.onnx");
  write("input/model/a.onnx", "");
  write("input/model/b.onnx", "");
  expect_refusal({"optimize"}, kUsage, "input/model holds 2 models (a.onnx, b.onnx");
}

// A dynamic axis that no name explains has to be given; the message is what to paste.
TEST_F(CommandLine, UnknownAxisIsAskedFor) {
  test_support::write_proto(test_support::proto_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    net (float[1, width] image) => (float[1, width] scores) { scores = Softmax(image) })"),
                            at("wide.onnx"));
  expect_refusal({"optimize", "wide.onnx"}, kUsage, "axis 1 (width) of input 'image'");
  expect_refusal({"optimize", "wide.onnx"}, kUsage, "use_shape: [1, ");
}

}  // namespace
}  // namespace autoaccel::e2e
