// What each execution provider is told: the rows of providers.cc, without any provider.
#include "runtime/onnxruntime/providers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "autoaccel/error.h"
#include "base/files.h"
#include "runtime/onnxruntime/description.h"
#include "runtime/onnxruntime/gpu_description.h"

namespace autoaccel::runtime::onnxruntime {
namespace {

const Device kGpu1{1};

Job job(std::vector<InputShapes> inputs, Settings settings = {}) {
  return {.model = "model.onnx",
          .artifact = "/run/tensorrt/fp16.onnx",
          .device = kGpu1,
          .settings = std::move(settings),
          .inputs = std::move(inputs)};
}

const std::vector<InputShapes> kStatic{{"x", {1, 3, 224, 224}, {1, 3, 224, 224}, {1, 3, 224, 224}}};
const std::vector<InputShapes> kDynamic{{"x", {4, 3, 48, 320}, {1, 3, 48, 32}, {8, 3, 48, 960}}};
// Of a diffusion model: a scalar has no shape to say.
const std::vector<InputShapes> kSeveral{{"sample", {1, 9, 64, 64}, {1, 9, 64, 64}, {4, 9, 64, 64}},
                                        {"timestep", {1}, {1}, {1}},
                                        {"scale", {}, {}, {}},
                                        {"encoder_hidden_states", {1, 77, 768}, {1, 77, 768}, {4, 77, 768}}};

std::string told(const char* runtime, const std::vector<InputShapes>& inputs, const Settings& settings = {}) {
  return request_for(provider_for(runtime, kGpu1, settings), job(inputs, settings)).to_text();
}

TEST(ProviderOptions, OfCuda) {
  EXPECT_EQ(told("onnxruntime", kStatic), "device_id=1\nuse_tf32=0\n");
  EXPECT_EQ(told("onnxruntime", kSeveral,
                 {{"tf32", "on"}, {"convolutions", "heuristic"}, {"channels_last", "on"}, {"cuda_graph", "on"}}),
            "device_id=1\nuse_tf32=1\ncudnn_conv_algo_search=HEURISTIC\nprefer_nhwc=1\nenable_cuda_graph=1\n");
}

TEST(ProviderOptions, OfTensorRtForAStaticModel) {
  EXPECT_EQ(told("tensorrt", kStatic, {{"precision", "f32"}}),
            "device_id=1\n"
            "trt_timing_cache_enable=1\n"
            "trt_profile_min_shapes=x:1x3x224x224\n"
            "trt_profile_opt_shapes=x:1x3x224x224\n"
            "trt_profile_max_shapes=x:1x3x224x224\n");
}

TEST(ProviderOptions, OfTensorRtForADynamicModel) {
  EXPECT_EQ(told("tensorrt", kDynamic,
                 {{"precision", "i8"}, {"builder_level", "5"}, {"cuda_graph", "on"}, {"timing_cache", "off"}}),
            "device_id=1\n"
            "trt_int8_enable=1\n"
            "trt_fp16_enable=1\n"
            "trt_builder_optimization_level=5\n"
            "trt_cuda_graph_enable=1\n"
            "trt_timing_cache_enable=0\n"
            "trt_profile_min_shapes=x:1x3x48x32\n"
            "trt_profile_opt_shapes=x:4x3x48x320\n"
            "trt_profile_max_shapes=x:8x3x48x960\n");
}

TEST(ProviderOptions, OfTensorRtForSeveralInputs) {
  EXPECT_EQ(told("tensorrt", kSeveral, {{"precision", "bf16"}}),
            "device_id=1\n"
            "trt_bf16_enable=1\n"
            "trt_timing_cache_enable=1\n"
            "trt_profile_min_shapes=sample:1x9x64x64,timestep:1,encoder_hidden_states:1x77x768\n"
            "trt_profile_opt_shapes=sample:1x9x64x64,timestep:1,encoder_hidden_states:1x77x768\n"
            "trt_profile_max_shapes=sample:4x9x64x64,timestep:1,encoder_hidden_states:4x77x768\n");
}

TEST(ProviderOptions, OfTensorRtForRtxHasNoDeviceAndNoTypes) {
  // The device is chosen among those that the plug-in lists, and the types are the graph's.
  EXPECT_EQ(told("tensorrt_rtx", kDynamic, {{"cuda_graph", "on"}}),
            "enable_cuda_graph=1\n"
            "nv_profile_min_shapes=x:1x3x48x32\n"
            "nv_profile_opt_shapes=x:4x3x48x320\n"
            "nv_profile_max_shapes=x:8x3x48x960\n");
}

TEST(ProviderOptions, OfTheCpuAreNone) {
  Job cpu = job(kDynamic, {{"threads", "2"}});
  cpu.device = {};
  EXPECT_EQ(request_for(provider_for("onnxruntime", cpu.device, cpu.settings), cpu).to_text(), "");
  cpu.settings["provider"] = "openvino";
  EXPECT_EQ(request_for(provider_for("onnxruntime", cpu.device, cpu.settings), cpu).to_text(), "num_of_threads=2\n");
}

TEST(ProviderOptions, AnEngineIsSavedBesideTheModelThatLoadsIt) {
  const Settings settings{{"precision", "f16"}};
  EXPECT_EQ(compile_request_for(provider_for("tensorrt", kGpu1, settings), job(kStatic, settings)).to_text(),
            "device_id=1\n"
            "trt_fp16_enable=1\n"
            "trt_timing_cache_enable=1\n"
            "trt_profile_min_shapes=x:1x3x224x224\n"
            "trt_profile_opt_shapes=x:1x3x224x224\n"
            "trt_profile_max_shapes=x:1x3x224x224\n"
            "trt_engine_cache_enable=1\n"
            "trt_engine_cache_prefix=fp16\n"
            "trt_timing_cache_path=/run/tensorrt\n"
            "trt_dump_ep_context_model=1\n"
            "trt_ep_context_file_path=/run/tensorrt/fp16.onnx\n"
            "trt_ep_context_embed_mode=0\n");
}

TEST(ProviderOptions, ANameThatAProfileCannotHoldIsRefused) {
  for (const char* name : {"a:0", "a,b"}) {
    try {
      told("tensorrt", {{name, {1}, {1}, {1}}});
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), Cause::unsupported);
      EXPECT_NE(error.message().find(name), std::string::npos) << error.message();
    }
  }
}

TEST(Providers, EveryOptionIsASettingOfItsRuntime) {
  for (const Provider& provider : providers()) {
    std::set<std::string_view> settings;
    for (const auto& runtime : {describe(), describe_tensorrt(), describe_tensorrt_rtx()})
      if (runtime.name == provider.runtime)
        for (const plan::SettingInfo& row : runtime.settings) settings.insert(row.name);
    for (const OptionRow& row : provider.options) EXPECT_TRUE(settings.contains(row.setting)) << row.setting;
  }
}

TEST(Providers, ARuntimeWithoutOneForTheDeviceSaysSo) {
  EXPECT_EQ(provider_for("tensorrt", kGpu1, {}).name, "TensorrtExecutionProvider");
  EXPECT_THROW(provider_for("tensorrt", Device{}, {}), Error);
  EXPECT_THROW(provider_for("onnxruntime", Device{}, {{"provider", "nonsense"}}), Error);
}

measure::Gpu gpu(int major, int minor) {
  return {.name = "A GPU", .major = major, .minor = minor, .memory_bytes = 1, .pci_bus_id = "0000:01:00.0"};
}

TEST(Providers, RunOnTheCapabilitiesThatTheirMakersName) {
  // Pascal, Turing, A100, RTX 3090, RTX 4090, H100, B200, RTX 5090.
  const measure::GpuList list{
      {gpu(6, 1), gpu(7, 5), gpu(8, 0), gpu(8, 6), gpu(8, 9), gpu(9, 0), gpu(10, 0), gpu(12, 0)}, ""};
  using Numbers = std::vector<std::string>;
  EXPECT_EQ(devices_of(provider_for("tensorrt", kGpu1, {}), list), (Numbers{"1", "2", "3", "4", "5", "6", "7"}));
  EXPECT_EQ(devices_of(provider_for("tensorrt_rtx", kGpu1, {}), list), (Numbers{"3", "4", "7"}));
}

TEST(Providers, WhatIsMissingIsNamedWithWhoHasIt) {
  const base::TemporaryFolder folder("autoaccel-providers-");
  const std::vector<std::filesystem::path> folders{folder.path()};
  const measure::GpuList none{{}, "no NVIDIA driver"};
  const Provider& rtx = provider_for("tensorrt_rtx", kGpu1, {});
  EXPECT_EQ(missing_for(rtx, none, folder.path(), folders),
            "no NVIDIA driver; libonnxruntime_providers_nv_tensorrt_rtx.so is missing, install "
            "onnxruntime-ep-nv-tensorrt-rtx-cu13 (pip)");
  EXPECT_EQ(
      missing_for(rtx, {{gpu(9, 0)}, ""}, folder.path(), folders),
      "compute capability 9.0 of A GPU is not served, 8.6, 8.9, or 12.0 and later is; "
      "libonnxruntime_providers_nv_tensorrt_rtx.so is missing, install onnxruntime-ep-nv-tensorrt-rtx-cu13 (pip)");
}

TEST(Providers, LibrariesOfAPackageThatIsThereAreLookedFor) {
  const base::TemporaryFolder folder("autoaccel-providers-");
  const Provider& tensorrt = provider_for("tensorrt", kGpu1, {});
  base::write_file_atomically(folder.path() / tensorrt.library, "no library, but it is there");
  base::write_file_atomically(folder.path() / "libnvinfer.so.10", "nor is this");
  const std::vector<std::filesystem::path> folders{folder.path()};
  const std::string missing = missing_for(tensorrt, {{gpu(9, 0)}, ""}, folder.path(), folders);
  EXPECT_NE(missing.find("libnvinfer.so.10 is missing, install TensorRT 10 for CUDA 13 (libnvinfer10)"),
            std::string::npos)
      << missing;
  EXPECT_EQ(missing.find("libonnxruntime_providers_tensorrt"), std::string::npos) << missing;
}

}  // namespace
}  // namespace autoaccel::runtime::onnxruntime
