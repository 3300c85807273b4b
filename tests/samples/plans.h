#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/config.h"
#include "samples/recognise.h"
#include "samples/samples.h"
#include "support/models.h"

namespace autoaccel::samples {

/// A model in ONNX's text form with the facts of its inputs, for asking what they are taken for.
class Subject {
 public:
  explicit Subject(std::string_view text, std::map<std::string, Shape> shapes = {})
      : model_(test_support::model_from_text(text)), trails_(model_), facts_{trails_, {}, model_.outputs()} {
    for (const TensorInfo& info : model_.inputs()) {
      const auto given = shapes.find(info.name);
      const Shape shape = given != shapes.end() ? given->second : info.shape.value();
      facts_.inputs.push_back({info, shape, trails_.follow(info.name)});
    }
  }

  const ModelFacts& facts() const { return facts_; }
  const Trails& trails() const { return trails_; }
  const InputFacts& input(std::string_view name) const {
    return *std::find_if(facts_.inputs.begin(), facts_.inputs.end(),
                         [&](const auto& each) { return each.info.name == name; });
  }
  Plan plan(std::string_view name) const { return plan_input(input(name), facts_); }
  std::string origin(std::string_view name) const { return plan(name).origin; }
  Tensor make(std::string_view name, std::uint64_t set = 0) const {
    Random random{1, 0, set};
    return plan(name).make(set, random);
  }

 private:
  model::Model model_;
  Trails trails_;
  ModelFacts facts_;
};

/// The elements of a tensor that a plan made, as int64 (which it must be).
inline std::vector<std::int64_t> integers(const Tensor& tensor) {
  const auto values = tensor.as<std::int64_t>();
  return tensor.type() == ElementType::int64 ? std::vector<std::int64_t>(values.begin(), values.end())
                                             : std::vector<std::int64_t>{};
}

/// The elements of a plan for one number, as double (which it must be).
inline std::vector<double> doubles(const Tensor& tensor) {
  const auto values = tensor.as<double>();
  return tensor.type() == ElementType::float64 ? std::vector<double>(values.begin(), values.end())
                                               : std::vector<double>{};
}

}  // namespace autoaccel::samples
