#include "contract/random_values.h"

#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "base/numeric.h"
#include "model/graph.h"
#include "support/models.h"

namespace autoaccel::contract {

Tensor elements_of(ElementType type, const Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  const bool is_float = type == ElementType::float32 || type == ElementType::float16 || type == ElementType::float64;
  Tensor made(ElementType::float32, shape);
  for (float& value : made.as<float>()) value = is_float ? uniform(random) : static_cast<float>(random() % 6);
  return type == ElementType::float32 ? made : base::cast(made, type);
}

void add_named_weights(onnx::ModelProto& proto) {
  std::set<std::string> names;
  model::for_each_graph(proto, [&](onnx::GraphProto& graph) {
    for (const onnx::NodeProto& node : graph.node()) names.insert(node.input().begin(), node.input().end());
  });
  for (const std::string& name : names) {
    if (!std::regex_match(name, std::regex("[VW][0-9]+(x[0-9]+)*"))) continue;
    Shape shape;
    std::istringstream dims(name.substr(1));
    for (std::string dim; std::getline(dims, dim, 'x');) shape.push_back(std::stoll(dim));
    test_support::add_random_initializer(*proto.mutable_graph(), name, ElementType::float32, shape, name[0]);
  }
}

}  // namespace autoaccel::contract
