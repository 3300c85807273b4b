#include <errno.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "base/shared_library.h"
#include "runtime/onnxruntime/description.h"
#include "runtime/onnxruntime/gpu_description.h"
#include "runtime/onnxruntime/library.h"
#include "runtime/onnxruntime/providers.h"
#include "runtime/onnxruntime/session.h"
#include "runtime/runtime.h"

namespace autoaccel::runtime {

namespace {

using onnxruntime::Provider;

/// What is found of a provider goes into the probe.
void look_for(const Provider& provider, const measure::GpuList& gpus, RuntimeInfo& info) {
  const std::vector<std::filesystem::path> folders = onnxruntime::search_folders();
  if (provider.is_for_gpu) {
    info.no_gpu_reason =
        onnxruntime::missing_for(provider, gpus, std::filesystem::path(info.library).parent_path(), folders);
    if (!info.no_gpu_reason.empty()) return;
    for (std::string& number : onnxruntime::devices_of(provider, gpus)) info.devices.push_back(std::move(number));
  } else if (provider.setting.empty()) {
    info.devices.insert(info.devices.begin(), "cpu");
  } else {
    if (base::find_library(folders, provider.library) && onnxruntime::has_device(provider, Device{}))
      info.providers.emplace_back(provider.setting);
    return;
  }
  for (const std::string_view precision : provider.precisions)
    if (std::ranges::find(info.precisions, precision) == info.precisions.end()) info.precisions.emplace_back(precision);
}

/// One worker serves every runtime that is an execution provider of this library; it is started under the names of all.
class OnnxRuntime final : public Runtime {
 public:
  explicit OnnxRuntime(plan::RuntimeDescription description) : description_(std::move(description)) {}

  RuntimeInfo probe() override {
    RuntimeInfo info;
    info.name = std::string(description_.name);
    try {
      const onnxruntime::Library& library = onnxruntime::load_library();
      info.version = library.version;
      info.library = library.path.string();
    } catch (const Error& error) {
      info.reason = error.message() + "; " + error.hint();
      return info;
    }
    const measure::GpuList gpus = measure::list_gpus(onnxruntime::search_folders());
    for (const Provider& provider : onnxruntime::providers())
      if (provider.runtime == description_.name) look_for(provider, gpus, info);
    info.available = !info.devices.empty();
    if (!info.available) info.reason = info.no_gpu_reason;
    return info;
  }

  std::vector<std::filesystem::path> convert(const Job& job) override {
    return onnxruntime::compile(description_, job);
  }

  std::unique_ptr<Session> load(const Job& job) override { return onnxruntime::open_session(description_, job); }

 private:
  plan::RuntimeDescription description_;
};

}  // namespace

std::unique_ptr<Runtime> make_runtime() {
  for (const plan::RuntimeDescription& gpu : {onnxruntime::describe_tensorrt(), onnxruntime::describe_tensorrt_rtx()})
    if (gpu.worker == ::program_invocation_short_name) return std::make_unique<OnnxRuntime>(gpu);
  return std::make_unique<OnnxRuntime>(onnxruntime::describe());
}

std::vector<std::filesystem::path> library_folders() { return onnxruntime::search_folders(); }

}  // namespace autoaccel::runtime
