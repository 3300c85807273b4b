#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "model/inspection.h"

namespace autoaccel::model {
namespace {

using Cells = std::vector<std::string>;

constexpr std::size_t kNameLength = 60;  // characters of a name before it is cut

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string name_of(const std::string& name) { return base::printable(name, kNameLength); }

/// Rows with every column as wide as its widest cell, indented; numbers (first characters of the alignment `>`) right.
std::string aligned(const std::vector<Cells>& rows, std::string_view alignment) {
  std::vector<std::size_t> widths(alignment.size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], base::character_count(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - base::character_count(row[i]), ' ');
      line += " " + (alignment[i] == '>' ? padding + row[i] : row[i] + padding) + " ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

/// `[N, 3, ?, 640]`: an axis that is dynamic shows its name, or a question mark.
std::string shape_text(const TensorInfo& info) {
  if (!info.shape) return "any shape";
  std::vector<std::string> axes;
  for (std::size_t i = 0; i < info.shape->size(); ++i) {
    const std::int64_t size = (*info.shape)[i];
    axes.push_back(size >= 0 ? std::to_string(size) : info.axes[i].empty() ? "?" : name_of(info.axes[i]));
  }
  return "[" + base::join(axes, ", ") + "]";
}

std::string dynamic_text(const TensorInfo& info) {
  if (!info.shape) return {};
  std::vector<std::string> axes;
  for (std::size_t i = 0; i < info.shape->size(); ++i) {
    if ((*info.shape)[i] < 0) axes.push_back(std::to_string(i));
  }
  if (axes.empty()) return {};
  return fmt::format("dynamic {} {}", axes.size() == 1 ? "axis" : "axes", base::join(axes, ", "));
}

std::string values_text(std::string_view title, const std::vector<TensorInfo>& infos) {
  std::vector<Cells> rows;
  for (const auto& info : infos) {
    const bool is_tensor = info.type != ElementType::undefined;
    rows.push_back({name_of(info.name), is_tensor ? to_text(info.type) : "not a tensor",
                    is_tensor ? shape_text(info) : std::string(), dynamic_text(info)});
  }
  return fmt::format("{}\n{}", title, aligned(rows, "<<<<"));
}

std::string opsets_text(const Inspection& inspection) {
  std::vector<std::string> opsets;
  for (const auto& opset : inspection.opsets) {
    opsets.push_back(opset.domain.empty() ? fmt::format("opset {}", opset.version)
                                          : fmt::format("{} {}", name_of(opset.domain), opset.version));
  }
  return opsets.empty() ? "no opset" : base::join(opsets, ", ");
}

std::string head_text(const Inspection& inspection) {
  std::string size = base::human_bytes(inspection.bytes);
  if (inspection.files.size() > 1) size += fmt::format(" in {} files", inspection.files.size());
  std::string graph =
      fmt::format("{}, {}", name_of(inspection.graph), counted(static_cast<std::size_t>(inspection.nodes), "node"));
  if (inspection.subgraphs > 0)
    graph += fmt::format(", {}", counted(static_cast<std::size_t>(inspection.subgraphs), "subgraph"));
  if (inspection.functions > 0)
    graph += fmt::format(", {}", counted(static_cast<std::size_t>(inspection.functions), "function"));
  std::vector<Cells> rows = {
      {"size", size},
      {"format", fmt::format("ONNX IR version {}, {}", inspection.ir_version, opsets_text(inspection))},
      {"producer", inspection.producer.empty() ? "unknown" : name_of(inspection.producer)},
      {"graph", graph},
      {"quantized", inspection.quantized ? "yes, already" : "no"}};
  for (std::size_t i = 1; i < inspection.files.size() && i <= 3; ++i) {
    const auto& file = inspection.files[i];
    rows.push_back({i == 1 ? "data" : "", fmt::format("{} ({})", base::printable(file.path.filename().string()),
                                                      base::human_bytes(file.bytes))});
  }
  if (inspection.files.size() > 4) rows.push_back({"", fmt::format("and {} more files", inspection.files.size() - 4)});
  return base::printable(inspection.file.string()) + "\n" + aligned(rows, "<<");
}

std::string weights_text(const Inspection& inspection) {
  std::vector<Cells> rows;
  for (const auto& weight : inspection.weights) {
    rows.push_back({to_text(weight.type), counted(static_cast<std::size_t>(weight.tensors), "tensor"),
                    base::human_bytes(weight.bytes)});
  }
  return fmt::format("weights: {}, {}\n{}", counted(static_cast<std::size_t>(inspection.weight_tensors), "tensor"),
                     base::human_bytes(inspection.weight_bytes), aligned(rows, "<>>"));
}

std::string operator_name(const OperatorCount& each) {
  return each.domain.empty() ? name_of(each.type) : fmt::format("{}.{}", name_of(each.domain), name_of(each.type));
}

std::string operators_text(const Inspection& inspection) {
  std::vector<Cells> rows;
  for (const auto& each : inspection.operators) {
    std::string remark;
    if (each.origin == OperatorOrigin::custom) remark = "custom: only a runtime that has it can run the model";
    if (each.origin == OperatorOrigin::function) remark = "a function of this model";
    rows.push_back({operator_name(each), std::to_string(each.count), remark});
  }
  return fmt::format("operators: {} of {}\n{}", counted(static_cast<std::size_t>(inspection.nodes), "node"),
                     counted(inspection.operators.size(), "kind"), aligned(rows, "<><"));
}

}  // namespace

std::string render(const Inspection& inspection) {
  return head_text(inspection) + values_text("inputs", inspection.inputs) + values_text("outputs", inspection.outputs) +
         weights_text(inspection) + operators_text(inspection);
}

}  // namespace autoaccel::model
