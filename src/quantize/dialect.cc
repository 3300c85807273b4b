#include "quantize/dialect.h"

#include <algorithm>
#include <array>

#include "model/graph.h"

namespace autoaccel::quantize {

namespace {

constexpr std::array<std::string_view, 4> kAllLayers{"Conv", "ConvTranspose", "MatMul", "Gemm"};

// qdq_selectors.cc and qdq_selector_action_transformer.cc of ONNX Runtime: there is no QLinearConvTranspose, and of the
// layers only Conv needs a Q behind it (MatMulIntegerToFloat and QGemm make floats).
constexpr std::array<std::string_view, 3> kOrtLayers{"Conv", "MatMul", "Gemm"};
constexpr std::array<std::string_view, 1> kOrtClosed{"Conv"};
constexpr std::array<std::string_view, 7> kOrtFollowers{
    "Add", "Mul", "Concat", "Sigmoid", "AveragePool", "GlobalAveragePool", "LeakyRelu"};
constexpr std::array<std::string_view, 9> kOrtMovers{"MaxPool",   "Resize",  "Reshape",   "Flatten", "Split",
                                                     "Transpose", "Squeeze", "Unsqueeze", "Slice"};

constexpr std::array<Dialect, 3> kDialects{{
    // U8 activations: ONNX Runtime runs S8 ones in float wherever two nodes read one value (qdq_s8_to_u8.cc), and on
    // x86 its kernels are for U8 · S8.
    {.runtime = "onnxruntime",
     .layers = kOrtLayers,
     .closed_layers = kOrtClosed,
     .followers = kOrtFollowers,
     .movers = kOrtMovers,
     .has_integer_biases = true,
     .is_quick_depthwise = true},
    // S8 activations of convolutions lose up to 28 dB here (docs/benchmarks.md). What stands between two layers is
    // fused with the first, and the Q behind it too, when it is in float. An attention is one integer kernel only if
    // queries, keys and values are S8.
    {.runtime = "openvino", .layers = kAllLayers, .has_products = true, .smooths_before_any_layer = true},
    // TensorRT's developer guide, explicit quantization; the sizes as ModelOpt excludes them.
    {.runtime = "tensorrt", .is_symmetric = true, .layers = kAllLayers, .has_residuals = true, .least_channels = 16},
}};

}  // namespace

const Dialect* find_dialect(std::string_view runtime) {
  const auto found = std::ranges::find(kDialects, runtime, &Dialect::runtime);
  return found == kDialects.end() ? nullptr : &*found;
}

bool is_any(const onnx::NodeProto& node, std::span<const std::string_view> ops) {
  return model::is_standard(node) && std::ranges::find(ops, node.op_type()) != ops.end();
}

}  // namespace autoaccel::quantize
