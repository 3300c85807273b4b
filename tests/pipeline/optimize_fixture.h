#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/files.h"
#include "pipeline/optimize.h"
#include "runtime/fake/description.h"
#include "support/crashes.h"
#include "support/models.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

// What the two runtimes of these tests offer; descriptions hold plain functions, so the test's choice lies here.
inline std::vector<plan::Offer> first_offers;
inline std::vector<plan::Offer> second_offers;
inline std::vector<plan::Dimension> second_dimensions;

/// The fake worker under the names of real runtimes: `onnxruntime` runs the ONNX file, `openvino` converts it first.
inline std::vector<plan::RuntimeDescription> fake_runtimes() {
  plan::RuntimeDescription first = runtime::fake::describe();
  first.name = "onnxruntime";
  first.converts = false;
  first.artifact_folder = "onnx";
  first.artifact_extension = ".onnx";
  first.offers = [](const Host&, const RuntimeInfo&, const Config&) { return first_offers; };
  plan::RuntimeDescription second = runtime::fake::describe();
  second.name = "openvino";
  second.offers = [](const Host&, const RuntimeInfo&, const Config&) { return second_offers; };
  second.dimensions = [](const Host&, const RuntimeInfo&, const Config&) { return second_dimensions; };
  return {first, second};
}

inline plan::Offer offer(Settings settings, std::string skip_reason = {}) {
  return {.recipe = "original",
          .io = IoTypes::original,
          .settings = std::move(settings),
          .skip_reason = std::move(skip_reason)};
}

class Recorder final : public Observer {
 public:
  void planned(int forms, std::uint64_t points, int already_done, int skipped) override {
    forms_ = forms;
    points_ = points;
    already_done_ = already_done;
    skipped_ = skipped;
  }
  void started(const Variant& variant, int, int) override { started_.push_back(variant.id()); }
  void stage(const std::string&) override {}
  void finished(const Record&, int, int) override {
    if (on_finished_) on_finished_();
  }
  void note(const std::string& line) override { notes_.push_back(line); }

  int forms_ = 0, already_done_ = 0, skipped_ = 0;
  std::uint64_t points_ = 0;
  std::vector<std::string> started_;
  std::vector<std::string> notes_;
  std::function<void()> on_finished_;
};

class OptimizeTest : public ::testing::Test {
 protected:
  OptimizeTest() : folder_("optimize-test-") {
    test_support::keep_crashes_as_signals();
    // The text is what the fake runtime runs; the graph is what the rest of the pipeline sees.
    onnx::ModelProto proto = test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17]>
      net (float[2, 64] x) => (float[2, 64] y) { y = Identity(x) })");
    proto.set_doc_string(R"(autoaccel-fake-model: {"inputs": [{"name": "x", "type": "float32", "shape": [2, 64]}],
      "outputs": [{"name": "y", "from": "x", "scale": 3}], "run_seconds": 0.02})");
    test_support::write_proto(proto, model());
    first_offers = {};  // the original itself is always planned
    second_offers = {offer({{"precision", "f32"}, {"run_seconds", "0.001"}})};
    second_dimensions = {};
  }

  fs::path model() const { return folder_.path() / "model.onnx"; }
  fs::path out() const { return folder_.path() / "out"; }

  OptimizeJob job() const {
    OptimizeJob job;
    job.model = model();
    job.out = out();
    job.workers = AUTOACCEL_BIN_DIR;
    job.runtimes = runtimes_;
    job.config.search.samples = 2;
    job.rules = {.min_warm_up_runs = 1,
                 .min_warm_up_seconds = 0,
                 .max_warm_up_seconds = 0.05,
                 .warm_up_tolerance = 1,
                 .min_samples = 11,
                 .min_seconds = 0.01,
                 .target_half_width = 1,
                 .max_seconds = 0.2};
    job.final = {.least_rounds = 3, .most_rounds = 3, .half_width = 0.01, .turn_seconds = 0.01, .most_seconds = 5};
    job.foreign_load_limit = 1e9;  // other tests run at the same time
    job.command = "autoaccel optimize model.onnx";
    return job;
  }

  autoaccel::Run run() { return optimize(job(), recorder_, cancel_); }

  const Record& record(const autoaccel::Run& run, const std::string& part) {
    const auto found = std::find_if(run.records.begin(), run.records.end(),
                                    [&](const Record& r) { return r.variant.id().find(part) != std::string::npos; });
    if (found == run.records.end()) throw std::runtime_error("no record like " + part);
    return *found;
  }

  std::vector<plan::RuntimeDescription> runtimes_ = fake_runtimes();
  base::TemporaryFolder folder_;
  Recorder recorder_;
  base::CancelToken cancel_;
};

}  // namespace autoaccel::pipeline
