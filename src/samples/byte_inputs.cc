#include "samples/byte_inputs.h"

#include <algorithm>
#include <iterator>

#include "base/byte_mapping.h"
#include "base/numeric.h"
#include "samples/image_scale.h"

namespace autoaccel::samples {

Plan plan_bytes(const InputFacts& input, const ModelFacts& model, const ByteMapping& mapping) {
  constexpr int kLargestByte = 255;
  InputFacts of_bytes = input;
  of_bytes.info.type = ElementType::uint8;
  const auto pictures = plan_images(of_bytes, model);
  const Plan plan = pictures ? *pictures : integer_plan(input.shape, 0, kLargestByte, "bytes");
  return {plan.origin + " u as " + mapping.to_text(),
          [make = plan.make, mapping, type = input.info.type](std::uint64_t set, Random& random) {
            return base::numbers_from_bytes(base::cast(make(set, random), ElementType::uint8), mapping, type);
          }};
}

Config with_recognised_bytes(Config config, const model::Model& model, const std::map<std::string, Shape>& shapes) {
  const Trails trails(model);
  const ModelFacts facts = facts_of(model, trails, shapes);
  for (const InputFacts& input : facts.inputs) {
    if (!is_float(input.info.type) || !counts_bytes(input) || !is_taken_for_images(input, facts)) continue;
    auto known = std::ranges::find(config.inputs, input.info.name, &InputConfig::name);
    if (known == config.inputs.end()) {
      config.inputs.push_back({.name = input.info.name});
      known = std::prev(config.inputs.end());
    }
    if (known->data.empty() && !known->range && !known->value && !known->bytes) known->bytes.emplace();
  }
  return config;
}

}  // namespace autoaccel::samples
