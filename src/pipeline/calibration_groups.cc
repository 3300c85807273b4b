#include "pipeline/calibration_groups.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "model/graph.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

using Types = std::map<std::string, TensorInfo>;

// What one answer of a worker may hold (64 MiB): 50 kB a value, 80 bytes a channel (docs/worker-protocol.md).
constexpr std::size_t kMostValues = 500;
constexpr std::uint64_t kMostChannels = 400'000;

bool is_known_float(const Types& types, const std::string& name) {
  const auto found = types.find(name);
  return found != types.end() && is_float(found->second.type);
}

/// The shape, when every axis of it is known.
const Shape* known_shape(const TensorInfo& info) {
  const bool known =
      info.shape && std::all_of(info.shape->begin(), info.shape->end(), [](auto axis) { return axis >= 0; });
  return known ? &*info.shape : nullptr;
}

/// 0 without an axis, or where the length is not known.
std::uint64_t channels_of(const TensorInfo& info, std::optional<int> axis) {
  if (!axis || !info.shape) return 0;
  const auto rank = static_cast<int>(info.shape->size());
  const int index = *axis < 0 ? *axis + rank : *axis;
  if (index < 0 || index >= rank) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>((*info.shape)[static_cast<std::size_t>(index)], 0));
}

struct Size {
  std::uint64_t bytes = 0;
  std::uint64_t channels = 0;
};

/// Drops all entries for which `is_dropped` is true.
template <typename Entries, typename Drop>
void drop(Entries& entries, const Drop& is_dropped) {
  entries.erase(std::remove_if(entries.begin(), entries.end(), is_dropped), entries.end());
}

/// Leaves the nodes, weights and declarations that the graph's outputs need.
void keep_what_is_needed(onnx::GraphProto& graph) {
  std::set<std::string> needed;
  for (const auto& output : graph.output()) needed.insert(output.name());
  std::set<const onnx::NodeProto*> nodes;
  // From the end: in a valid model a node stands after those that it reads.
  for (int i = graph.node_size() - 1; i >= 0; --i) {
    const onnx::NodeProto& node = graph.node(i);
    const auto is_needed = [&](const std::string& name) { return needed.contains(name); };
    if (std::none_of(node.output().begin(), node.output().end(), is_needed)) continue;
    nodes.insert(&node);
    needed.insert(node.input().begin(), node.input().end());
    for (const std::string& name : model::captured_names(node)) needed.insert(name);
  }
  model::remove_nodes(graph, [&](const onnx::NodeProto& node) { return !nodes.contains(&node); });
  std::set<std::string> gone;
  drop(*graph.mutable_initializer(), [&](const onnx::TensorProto& weight) {
    return !needed.contains(weight.name()) && gone.insert(weight.name()).second;
  });
  // Old models list initializers as inputs as well; the true ones stay, needed or not.
  drop(*graph.mutable_input(), [&](const auto& input) { return gone.contains(input.name()); });
  drop(*graph.mutable_value_info(), [&](const auto& value) { return !needed.contains(value.name()); });
}

}  // namespace

WatchPlan plan_watches(const model::Model& model, const worker::Axes& wanted, const Types& types, std::uint64_t bytes) {
  WatchPlan plan;
  for (const TensorInfo& input : model.inputs()) {
    const auto found = wanted.find(input.name);
    if (found != wanted.end() && is_float(input.type)) plan.inputs.insert(*found);
  }
  std::vector<std::string> names;
  std::uint64_t largest = 0;
  for (const onnx::NodeProto& node : model.proto().graph().node()) {
    if (node.op_type() == "Constant") continue;
    for (const std::string& name : node.output()) {
      if (!is_known_float(types, name)) continue;
      const TensorInfo& info = types.at(name);
      if (const Shape* shape = known_shape(info))
        largest = std::max<std::uint64_t>(largest, byte_count(info.type, *shape));
      if (wanted.contains(name)) names.push_back(name);
    }
  }
  Size used;
  for (const std::string& name : names) {
    const TensorInfo& info = types.at(name);
    const Shape* shape = known_shape(info);
    const Size size{shape != nullptr ? byte_count(info.type, *shape) : largest, channels_of(info, wanted.at(name))};
    if (plan.groups.empty() || used.bytes + size.bytes > bytes || used.channels + size.channels > kMostChannels ||
        plan.groups.back().size() >= kMostValues) {
      plan.groups.emplace_back();
      used = {};
    }
    plan.groups.back().insert(*wanted.find(name));
    used.bytes += size.bytes;
    used.channels += size.channels;
  }
  return plan;
}

std::map<std::string, std::size_t> known_channels(const model::Model& model, const Types& types, std::size_t most) {
  std::map<std::string, std::size_t> channels;
  const auto add = [&](const std::string& name) {
    const auto found = types.find(name);
    if (found == types.end() || found->second.type != ElementType::float32 || !found->second.shape ||
        found->second.shape->empty())
      return;
    const std::int64_t last = found->second.shape->back();
    if (last > 0 && last <= static_cast<std::int64_t>(most)) channels.emplace(name, static_cast<std::size_t>(last));
  };
  for (const TensorInfo& input : model.inputs()) add(input.name);
  for (const onnx::NodeProto& node : model.proto().graph().node()) {
    if (node.op_type() != "Constant") std::for_each(node.output().begin(), node.output().end(), add);
  }
  return channels;
}

WatchedCopies::WatchedCopies(const model::Model& model, fs::path folder, const base::CancelToken& cancel)
    : folder_(std::move(folder)) {
  const fs::path path = whole();
  model.save(path, {.external_above_bytes = 0, .cancel = &cancel});
  const std::string bytes = base::read_file(path, std::numeric_limits<std::int32_t>::max());
  if (!whole_.ParseFromString(bytes)) throw Error(Cause::defect, path.string() + " was saved and cannot be read");
}

fs::path WatchedCopies::whole() const { return folder_ / "whole.onnx"; }

fs::path WatchedCopies::show(const worker::Axes& values, const Types& types) const {
  onnx::ModelProto copy = whole_;
  onnx::GraphProto& graph = *copy.mutable_graph();
  graph.clear_output();
  for (const auto& [name, axis] : values) {
    onnx::ValueInfoProto& output = *graph.add_output();
    output.set_name(name);
    auto& type = *output.mutable_type()->mutable_tensor_type();
    const TensorInfo& info = types.at(name);
    type.set_elem_type(static_cast<int>(info.type));
    if (!info.shape) continue;
    auto& shape = *type.mutable_shape();  // so many axes, of any length
    for (std::size_t i = 0; i < info.shape->size(); ++i) shape.add_dim();
  }
  keep_what_is_needed(graph);
  return write(copy);
}

fs::path WatchedCopies::show_products(const std::vector<std::pair<std::string, std::size_t>>& values) const {
  onnx::ModelProto copy = whole_;
  onnx::GraphProto& graph = *copy.mutable_graph();
  graph.clear_output();
  model::UniqueNames names(copy);
  const auto add = [&](const char* op, const std::vector<std::string>& inputs) {
    onnx::NodeProto& node = *graph.add_node();
    node.set_op_type(op);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(names.make("products"));
    return node.output(0);
  };
  for (const auto& [name, channels] : values) {
    onnx::TensorProto& rows = *graph.add_initializer();
    rows.set_name(names.make("rows"));
    rows.set_data_type(onnx::TensorProto::INT64);
    rows.add_dims(2);
    const std::int64_t shape[] = {-1, static_cast<std::int64_t>(channels)};
    model::Model::set_inline(rows, std::as_bytes(std::span(shape)));
    const std::string flat = add("Reshape", {name, rows.name()});
    onnx::ValueInfoProto& output = *graph.add_output();
    output.set_name(add("MatMul", {add("Transpose", {flat}), flat}));
    auto& type = *output.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (int i = 0; i < 2; ++i) type.mutable_shape()->add_dim()->set_dim_value(shape[1]);
  }
  keep_what_is_needed(graph);
  return write(copy);
}

fs::path WatchedCopies::write(const onnx::ModelProto& copy) const {
  const std::string bytes = copy.SerializeAsString();
  const std::string_view part = bytes;
  const fs::path path = folder_ / "watched.onnx";
  base::write_file(path, std::span(&part, 1));
  return path;
}

}  // namespace autoaccel::pipeline
