#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "autoaccel/tensor.h"
#include "base/json_values.h"
#include "model/model.h"

namespace autoaccel::model {

/// Where the meaning of an operator comes from.
enum class OperatorOrigin {
  onnx,      ///< ONNX's own schemas, at the version that the model imports
  function,  ///< a function that the model brings along
  custom,    ///< neither: only a runtime that knows it can run the model
};

struct OperatorCount {
  std::string domain;  ///< empty: ONNX's default
  std::string type;
  OperatorOrigin origin = OperatorOrigin::onnx;
  int count = 0;  ///< nodes in the graph, its subgraphs and functions
};

struct WeightCount {
  ElementType type = ElementType::undefined;
  int tensors = 0;
  std::uint64_t bytes = 0;
};

struct OpsetImport {
  std::string domain;  ///< empty: ONNX's default
  std::int64_t version = 0;
};

struct ModelFile {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
};

/// A model summed up for people: what `autoaccel inspect` shows.
struct Inspection {
  std::filesystem::path file;
  std::vector<ModelFile> files;  ///< the .onnx first, then its external data
  std::uint64_t bytes = 0;       ///< of all of them
  std::int64_t ir_version = 0;
  std::vector<OpsetImport> opsets;
  std::string producer;  ///< name and version; may be empty
  std::string graph;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::vector<OperatorCount> operators;  ///< the most frequent first
  int nodes = 0;
  int subgraphs = 0;
  int functions = 0;
  std::vector<WeightCount> weights;  ///< by element type, the largest first; all tensors anywhere in the model
  int weight_tensors = 0;
  std::uint64_t weight_bytes = 0;
  bool quantized = false;  ///< it has operators that quantize or compute on quantized values
};

/// Reads the graph, no weights. errors  model, unsupported: a tensor whose shape is impossible
Inspection inspect(const Model& model);

/// The whole inspection as aligned lines, names printable; ends with a newline.
std::string render(const Inspection& inspection);

/// Members named as in Inspection; inputs and outputs as in run.json.
base::Json to_json(const Inspection& inspection);

}  // namespace autoaccel::model
