#include "rewrite/precision_rules.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/numeric.h"
#include "gtest/gtest.h"
#include "onnx/defs/schema.h"

namespace autoaccel::rewrite {
namespace {

onnx::NodeProto node_of(const std::string& op, const std::string& domain = "") {
  onnx::NodeProto node;
  node.set_op_type(op);
  node.set_domain(domain);
  return node;
}

std::vector<std::string> all_operators() {
  std::vector<std::string> names;
  for (const onnx::OpSchema& schema : onnx::OpSchemaRegistry::get_all_schemas_with_history()) {
    if (schema.domain().empty()) names.push_back(schema.Name());
  }
  return names;
}

bool has_input(const std::string& op, int input) {
  for (const onnx::OpSchema& schema : onnx::OpSchemaRegistry::get_all_schemas_with_history()) {
    if (schema.Name() == op && input < static_cast<int>(schema.inputs().size())) return true;
  }
  return false;
}

TEST(PrecisionRules, SpeakOfOperatorsThatExist) {
  // A misspelt row would silently never apply: count the operators that each table names.
  int kept = 0;
  int heavy = 0;
  int movement = 0;
  int light = 0;
  std::vector<std::string> seen;
  for (const std::string& name : all_operators()) {
    if (std::ranges::find(seen, name) != seen.end()) continue;
    seen.push_back(name);
    kept += !reason_to_keep(node_of(name)).empty();
    heavy += is_heavy(node_of(name));
    movement += is_movement(node_of(name));
    light += is_light(node_of(name));
  }
  EXPECT_EQ(kept, 77);
  EXPECT_EQ(heavy, 10);
  EXPECT_EQ(movement, 24);
  EXPECT_EQ(light, 24 + 28);
}

TEST(PrecisionRules, SpeakOfInputsThatExist) {
  for (const ExactInput& exact : exact_inputs()) EXPECT_TRUE(has_input(std::string(exact.op), exact.input)) << exact.op;
  EXPECT_TRUE(stays_float32(node_of("Resize"), 1));
  EXPECT_TRUE(stays_float32(node_of("Resize"), 2));
  EXPECT_FALSE(stays_float32(node_of("Resize"), 0));
  EXPECT_TRUE(takes_either(node_of("Shape"), 0));
  EXPECT_TRUE(is_additive(node_of("Conv"), 2));
  EXPECT_FALSE(is_additive(node_of("Conv"), 1));
}

TEST(PrecisionRules, AreAboutOnnxsOwnDomain) {
  EXPECT_FALSE(is_heavy(node_of("Conv", "custom")));
  EXPECT_FALSE(stays_float32(node_of("Resize", "custom"), 2));
  EXPECT_EQ(reason_to_keep(node_of("Conv", "custom")), "operators of other domains keep their types");
  EXPECT_TRUE(is_heavy(node_of("Conv", "ai.onnx")));
  EXPECT_EQ(reason_to_keep(node_of("Conv")), "");
}

/// The limits are those of the conversion itself.
void expect_limits(ElementType type, std::uint16_t (*narrow)(float), float (*widen)(std::uint16_t)) {
  const FloatLimits& limits = limits_of(type);
  const auto largest = static_cast<float>(limits.largest);
  EXPECT_EQ(widen(narrow(largest)), largest);
  const auto vanishes = static_cast<float>(limits.vanishes);
  EXPECT_EQ(narrow(vanishes), 0);
  EXPECT_EQ(narrow(std::nextafter(vanishes, 1.0f)), 1);
  EXPECT_EQ(widen(1), static_cast<float>(limits.subnormal_step));
  const auto normal = static_cast<float>(limits.smallest_normal);
  EXPECT_EQ(widen(narrow(normal)), normal);
  // One step below the smallest normal is a subnormal: its exponent bits are 0.
  EXPECT_EQ(widen(static_cast<std::uint16_t>(narrow(normal) - 1)), normal - static_cast<float>(limits.subnormal_step));
}

TEST(FloatLimits, MatchTheConversion) {
  expect_limits(ElementType::float16, base::float16_from_float32, base::float32_from_float16);
  expect_limits(ElementType::bfloat16, base::bfloat16_from_float32, base::float32_from_bfloat16);
  EXPECT_TRUE(std::isinf(base::float32_from_float16(base::float16_from_float32(65520.0f))));
}

}  // namespace
}  // namespace autoaccel::rewrite
