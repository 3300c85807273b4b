#include "runtime/onnxruntime/engine_files.h"

#include <onnx/onnx_pb.h>

#include <map>
#include <string>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/text.h"

namespace autoaccel::runtime::onnxruntime {

namespace fs = std::filesystem;

namespace {

onnx::AttributeProto* find_attribute(onnx::NodeProto& node, std::string_view name) {
  for (onnx::AttributeProto& attribute : *node.mutable_attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}

/// The attribute with the engine's file name; nullptr where the engine is in the model, or is another node's.
onnx::AttributeProto* engine_of(onnx::NodeProto& node) {
  if (node.op_type() != "EPContext") return nullptr;
  const onnx::AttributeProto* embedded = find_attribute(node, "embed_mode");
  if (embedded == nullptr || embedded->i() != 0) return nullptr;  // ONNX Runtime's default is embedded
  onnx::AttributeProto* engine = find_attribute(node, "ep_cache_context");
  return engine == nullptr || engine->s().empty() ? nullptr : engine;
}

}  // namespace

std::vector<fs::path> name_engines(const fs::path& model) {
  constexpr std::uint64_t kMostBytes = 2ull << 30;  // protobuf's own limit
  onnx::ModelProto proto;
  if (!proto.ParseFromString(base::read_file(model, kMostBytes)))
    throw Error(Cause::vendor, "the compiled model " + model.string() + " cannot be read");
  std::map<std::string, std::string> renamed;
  std::vector<fs::path> engines;
  for (onnx::NodeProto& node : *proto.mutable_graph()->mutable_node()) {
    onnx::AttributeProto* engine = engine_of(node);
    if (engine == nullptr) continue;
    const fs::path written = model.parent_path() / fs::path(engine->s()).filename();
    if (!renamed.contains(engine->s())) {
      if (!fs::exists(written))
        throw Error(Cause::vendor,
                    "the compiled model names an engine that is not beside it: " + base::printable(engine->s(), 120));
      const std::string number = engines.empty() ? "" : "-" + std::to_string(engines.size() + 1);
      engines.push_back(model.parent_path() / (model.stem().string() + number + ".engine"));
      fs::rename(written, engines.back());
      renamed[engine->s()] = engines.back().filename().string();
    }
    engine->set_s(renamed.at(engine->s()));
  }
  if (!engines.empty()) base::write_file_atomically(model, proto.SerializeAsString());
  return engines;
}

}  // namespace autoaccel::runtime::onnxruntime
