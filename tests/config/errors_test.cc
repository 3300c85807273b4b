// Every message about config.yml, as the terminal shows it: tests/golden/config_errors.txt.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/config.h"
#include "support/golden.h"

namespace autoaccel::config {
namespace {

std::string message_for(const std::string& text) {
  try {
    parse_config(text, "config.yml");
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::usage) << text;
    return render(error);
  }
  ADD_FAILURE() << "accepted:\n" << text;
  return "accepted\n";
}

std::string with_sample(const std::string& shapes) { return "input:\n  sample: {" + shapes + "}\n"; }

const std::string kBelowSearch = "device: cpu\nsearch:\n  ";

const std::vector<std::pair<std::string, std::vector<std::string>>> kSections = {
    {"not a mapping, not YAML",
     {"just words\n", "- a\n- b\n", "device:0\n", "input: {sample: [1, 2\n", "input: {a: {use_shape: [1]}\ndevice: 0\n",
      "device: \"cpu\n", "device: cpu]\n", "device: a: b\n", "device: cpu\n  objective: size\n",
      "input:\n\tsample: 1\n", "input:\n  a: {use_shape: [1]}\n b: {use_shape: [1]}\n", "device: @cpu\n",
      "device: *gpu\n", "device: cpu\n---\ndevice: 0\n", "device: !mine cpu\n",
      "input:\n  'sample: {use_shape: [1]}\n  other': 1\n", "input:\n  a: {use_shape: [1, {b: 1]}\n"}},
    {"not text",
     {"device: cpu\nobjective: \xFFsize\n",
      "\xFF\xFE"
      "d\0",
      "device: c\x01pu\n", "device: \xC0\x80\n"}},
    {"keys",
     {"devise: cpu\n", "threads: 2\n", "use_shape: [1]\n", "frobnicate: 2\n", "device: cpu\ndevice: 0\n",
      "input:\n  a: {use_shape: [1]}\n  b: {use_shape: [1]}\n  'a': {use_shape: [2]}\n", with_sample("use_shap: [1]"),
      with_sample("use_shape: [1], use_shape: [2]"), "output:\n  o: {min_shape: [1]}\n",
      kBelowSearch + "runtime: [openvino]\n", "limits: {memory_gb: 8}\n", "accuracy: {metrik: mae, limit: 1}\n",
      with_sample("device: cpu, use_shape: [1]"), "~: 1\n", "? [a, b]\n: 1\n", "<<: {a: 1}\n", "\"\x1b[31mred\": 1\n",
      "\"\\e[31mred\": 1\n"}},
    {"device",
     {"device: gpu\n", "device: cuda:1\n", "device: -1\n", "device: 1.5\n", "device: [0]\n",
      "device:\nobjective: size\n", "device: 99999999999\n", "device: ''\n"}},
    {"shapes",
     {"input:\n  sample: [1, 9, 64, 64]\n",
      "input:\n  - sample\n",
      "input: sample\n",
      with_sample("use_shape: 8"),
      with_sample("use_shape: 1x9"),
      with_sample("use_shape: [1, 1.5]"),
      with_sample("use_shape: [1, batch]"),
      with_sample("use_shape: [1, '2']"),
      with_sample("use_shape: [1, 0]"),
      with_sample("use_shape: [-1, 3]"),
      with_sample("use_shape: [1, 2147483648]"),
      with_sample("use_shape: [99999999999999999999]"),
      with_sample("use_shape: [2000000, 2000000]"),
      with_sample("use_shape: [1, [2]]"),
      with_sample("use_shape: [1, ~]"),
      with_sample("use_shape: [1 2]"),
      with_sample("use_shape:"),
      with_sample("min_shape: [1]"),
      with_sample("min_shape: [1, 9], use_shape: [1, 9, 64]"),
      with_sample("use_shape: [1, 9], max_shape: [1, 9, 64]"),
      with_sample("min_shape: [2, 9], use_shape: [1, 9]"),
      with_sample("use_shape: [1, 9], max_shape: [1, 8]"),
      "output:\n  o: {use_shape: [0]}\n"}},
    {"samples",
     {with_sample("data: x.txt"), with_sample("data: []"), with_sample("data: {a: 1}"), with_sample("range: 1"),
      with_sample("range: [1, 2, 3]"), with_sample("range: [a, 1]"), with_sample("range: [1, 0]"),
      with_sample("range: [0, .inf]"), with_sample("value: x"), with_sample("value: '1'"),
      with_sample("value: 1, range: [0, 1]")}},
    {"bytes",
     {with_sample("type: int8"), with_sample("type: [uint8]"), with_sample("type: uint8, scale: 0"),
      with_sample("type: uint8, scale: [0.1, 0, 0.1]"), with_sample("type: uint8, scale: 1e-50"),
      with_sample("type: uint8, scale: 1/255"), with_sample("type: uint8, mean: [a]"),
      with_sample("type: uint8, mean: []"), with_sample("type: uint8, mean: 1e50"),
      with_sample("type: uint8, mean: [1, 2], scale: [1, 2, 3]"), with_sample("scale: 0.5"),
      with_sample("mean: 127.5, use_shape: [1]"), with_sample("type: uint8, range: [0, 1]"),
      with_sample("type: uint8, value: 1"), "output:\n  o: {type: uint8, scale: [1, -0.0]}\n",
      "output:\n  o: {mean: 3}\n", "scale: 1\n"}},
    {"objective and accuracy",
     {"objective: speed\n", "objective: Latency\n", "objective: [size]\n", "accuracy: 30\n",
      "accuracy: {metric: sqnr}\n", "accuracy: {metric: sqnr_db}\n", "accuracy: {metric: psychic, limit: 1}\n",
      "accuracy: {metric: cosine_similarity, limit: 99}\n", "accuracy: {metric: top1, limit: -0.5}\n",
      "accuracy: {metric: mae, limit: -1}\n", "accuracy: {limit: nan}\n"}},
    {"constraints",
     {"constraints: 20\n", "constraints: {latency_p99: 20}\n", "constraints: {latency_p99_ms: 20 ms}\n",
      "constraints: {memory_mb: 0}\n", "constraints: {size_mb: -3}\n", "constraints: {size_mb: 1e13}\n",
      "constraints: {batch: [1, 2]}\n", "constraints: {batch: 0}\n", "size_mb: 3\n",
      "constraints: {accuracy: {limit: 20}}\naccuracy: {limit: 30}\n",
      "accuracy: {limit: 30}\nconstraints:\n  accuracy: {limit: 20}\n",
      "constraints: {batch: 4}\nsearch:\n  batches: [4]\n", "search: {batches: [4]}\nconstraints: {batch: 4}\n",
      "constraints: {accuracy: {metric: mae}}\n"}},
    {"search and limits",
     {"search: fast\n", kBelowSearch + "budget: soon\n", kBelowSearch + "budget: 5 parsecs\n",
      kBelowSearch + "budget: -5\n", kBelowSearch + "budget: 0\n", kBelowSearch + "budget: 0 trials\n",
      kBelowSearch + "budget: 2.5 trials\n", kBelowSearch + "budget: [40]\n", kBelowSearch + "precisions: []\n",
      kBelowSearch + "runtimes: {a: 1}\n", kBelowSearch + "batches: [0]\n", kBelowSearch + "threads: [1, many]\n",
      kBelowSearch + "threads: 4096\n", kBelowSearch + "seed: -1\n", kBelowSearch + "samples: 0\n",
      "limits: {memory: 8}\n", "limits: {memory: 8 elephants}\n", "limits: {seconds: 0}\n", "limits: 600\n"}},
    {"aliases", {"device: &a [*a]\n"}},
};

TEST(ConfigErrors, AreAsInTheGoldenFile) {
  std::string all;
  for (const auto& [title, texts] : kSections) {
    all += "=== " + title + "\n\n";
    for (const std::string& text : texts) all += message_for(text) + "\n";
  }
  testing::expect_golden("config_errors.txt", all);
}

}  // namespace
}  // namespace autoaccel::config
