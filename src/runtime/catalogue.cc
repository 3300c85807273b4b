#include "runtime/catalogue.h"

#include <algorithm>
#include <array>

#include "runtime/onnxruntime/description.h"
#include "runtime/onnxruntime/gpu_description.h"
#include "runtime/openvino/description.h"

namespace autoaccel::runtime {

std::span<const plan::RuntimeDescription> catalogue() {
  static const std::array kRuntimes{onnxruntime::describe(), openvino::describe(), onnxruntime::describe_tensorrt(),
                                    onnxruntime::describe_tensorrt_rtx()};
  return kRuntimes;
}

const plan::RuntimeDescription* find_runtime(std::string_view name) {
  const auto all = catalogue();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& runtime) { return runtime.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace autoaccel::runtime
