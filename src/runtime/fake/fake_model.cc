#include "runtime/fake/fake_model.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/text.h"

namespace autoaccel::runtime::fake {
namespace {

using base::Json;

constexpr std::string_view kMarker = "autoaccel-fake-model:";

/// The first JSON value of the text; what follows it does not matter.
Json first_value(const std::string& text) {
  std::istringstream stream(text);
  Json json;
  stream >> json;
  return json;
}

ElementType element_type(const Json& json) {
  const auto type = element_type_from_text(json.get<std::string>());
  if (!type) throw Error(Cause::model, "unknown element type '" + base::printable(json.get<std::string>()) + "'");
  return *type;
}

FakeModel model_from(Json json) {
  FakeModel model;
  for (const Json& input : json.at("inputs")) {
    const auto shape = input.at("shape").get<Shape>();
    model.inputs.push_back({.name = input.at("name"),
                            .type = element_type(input.at("type")),
                            .shape = shape,
                            .axes = std::vector<std::string>(shape.size())});
  }
  for (const Json& output : json.at("outputs")) {
    const auto from = output.at("from").get<std::string>();
    const auto source = std::find_if(model.inputs.begin(), model.inputs.end(),
                                     [&](const TensorInfo& input) { return input.name == from; });
    if (source == model.inputs.end()) throw Error(Cause::model, "no input is called '" + base::printable(from) + "'");
    model.outputs.push_back({.name = output.at("name"),
                             .from = from,
                             .type = output.contains("type") ? element_type(output.at("type")) : source->type,
                             .scale = output.value("scale", 1.0),
                             .offset = output.value("offset", 0.0)});
  }
  model.run_seconds = json.value("run_seconds", 0.0);
  model.faults = json.value("faults", std::string());
  model.nodes = json.value("nodes", std::map<std::string, int>{{"f32", static_cast<int>(model.outputs.size())}});
  model.json = std::move(json);
  return model;
}

}  // namespace

FakeModel read_fake_model(const std::filesystem::path& path) {
  std::string text = base::read_file(path);
  if (!text.starts_with('{')) {
    const std::size_t marker = text.find(kMarker);
    if (marker == std::string::npos)
      throw Error(Cause::model, base::printable(path.string()) + " is no model of the fake runtime",
                  "write '" + std::string(kMarker) + " {…}' into its doc_string");
    text.erase(0, marker + kMarker.size());
  }
  try {
    return model_from(first_value(text));
  } catch (const Json::exception& error) {
    throw Error(Cause::model, base::printable(path.string()) + ": " + error.what());
  }
}

}  // namespace autoaccel::runtime::fake
