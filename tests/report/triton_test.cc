#include "report/triton.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sample_run.h"
#include "support/golden.h"

namespace autoaccel::report {
namespace {

using ::autoaccel::testing::expect_golden;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(TritonConfig, IsAsInTheGoldenFiles) {
  const autoaccel::Run run = testing::sample_run();
  expect_golden("triton_openvino.pbtxt", *triton_config(run, run.records[0]));
  expect_golden("triton_onnxruntime.pbtxt", *triton_config(run, run.records[3]));
}

TEST(TritonConfig, BatchesWhereAllTensorsCountSamples) {
  autoaccel::Run run = testing::sample_run();
  Record& record = run.records[2];
  record.measurement->batch = 4;
  record.measurement->requests_in_flight = 3;
  std::string text = *triton_config(run, record);
  EXPECT_THAT(text, HasSubstr("max_batch_size: 4\n"));
  EXPECT_THAT(text, HasSubstr("name: \"x\" data_type: TYPE_FP32 dims: [3, -1, -1] }"));
  EXPECT_THAT(text, HasSubstr("count: 3 }"));
  EXPECT_THAT(text, HasSubstr("dynamic_batching { preferred_batch_size: [ 4 ] }\n"));
  run.model.outputs[0].shape = Shape{1, 10};  // not by sample
  text = *triton_config(run, record);
  EXPECT_THAT(text, HasSubstr("max_batch_size: 0\n"));
  EXPECT_THAT(text, HasSubstr("dims: [-1, 3, -1, -1] }"));
  EXPECT_THAT(text, HasSubstr("dims: [1, 10] }"));
  EXPECT_THAT(text, Not(HasSubstr("dynamic_batching")));
}

TEST(TritonConfig, SaysWhatItCannotSet) {
  autoaccel::Run run = testing::sample_run();
  Record& record = run.records[2];
  record.variant.settings = {
      {"threads", "3"}, {"optimization", "basic"}, {"arena", "off"}, {"spinning", "off"}, {"requests", "2"}};
  const std::string text = *triton_config(run, record);
  EXPECT_THAT(text, HasSubstr("key: \"intra_op_thread_count\" value: { string_value: \"3\" }"));
  EXPECT_THAT(text, HasSubstr("optimization { graph { level: -1 } }"));
  EXPECT_THAT(text, HasSubstr("key: \"enable_mem_arena\" value: { string_value: \"0\" }"));
  EXPECT_THAT(text, HasSubstr("# not set, this backend has no parameter for it: spinning = off\n"));
  EXPECT_THAT(text, Not(HasSubstr("requests = ")));
}

TEST(TritonConfig, IsNotMadeWhereTritonHasNoWordForIt) {
  autoaccel::Run run = testing::sample_run();
  run.model.inputs[0].type = ElementType::int4;
  EXPECT_FALSE(triton_config(run, run.records[0]));
  run = testing::sample_run();
  run.records[0].variant.runtime = "another";
  EXPECT_FALSE(triton_config(run, run.records[0]));
  run = testing::sample_run();
  run.records[0].variant.device.gpu = 0;
  EXPECT_FALSE(triton_config(run, run.records[0]));
}

TEST(TritonConfig, NamesAreSafeAsFoldersAndInText) {
  autoaccel::Run run = testing::sample_run();
  run.model.file = "dir/my model (1).onnx";
  EXPECT_EQ(triton_name(run), "my_model__1_");
  run.model.file = "...onnx";
  EXPECT_EQ(triton_name(run).substr(0, 5), "model");
  run.model.inputs[0].name = "a\"b\n}";
  EXPECT_THAT(*triton_config(run, run.records[0]), HasSubstr("name: \"a\\\"b\\012}\""));
}

TEST(TritonFileName, IsWhatTheBackendLooksFor) {
  const autoaccel::Run run = testing::sample_run();
  const Variant& openvino = run.records[0].variant;
  const Variant& onnxruntime = run.records[2].variant;
  EXPECT_EQ(triton_file_name(openvino, "bf16.xml"), "model.xml");
  EXPECT_EQ(triton_file_name(openvino, "bf16.bin"), "model.bin");
  EXPECT_EQ(triton_file_name(onnxruntime, "fp16.onnx"), "model.onnx");
  EXPECT_EQ(triton_file_name(onnxruntime, "fp16.onnx.data"), "fp16.onnx.data");
}

}  // namespace
}  // namespace autoaccel::report
