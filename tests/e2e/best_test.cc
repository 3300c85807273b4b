// The programs of best/ give what the trial gave, bit for bit: with real runtimes, a C++ compiler, and Python where a
// virtual environment has the runtimes' packages.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "base/npy.h"
#include "config/config.h"
#include "e2e/tool.h"
#include "pipeline/best.h"
#include "pipeline/best_manifest.h"
#include "pipeline/optimize.h"
#include "pipeline/verify_best.h"
#include "runtime/catalogue.h"
#include "support/models.h"
#include "worker/client.h"

namespace autoaccel::e2e {
namespace {

namespace fs = std::filesystem;

const fs::path kDeps = fs::path(AUTOACCEL_MODELS_DIR).parent_path();
const fs::path kPython = kDeps / "bench-venv/bin/python";  // bench/ makes it; there need not be one

class Silent final : public pipeline::Observer {
 public:
  void planned(int, std::uint64_t, int, int) override {}
  void started(const Variant&, int, int) override {}
  void stage(const std::string&) override {}
  void finished(const Record&, int, int) override {}
  void note(const std::string&) override {}
};

int shell(const std::string& command) { return std::system(command.c_str()); }

class Best : public WithRuntimes {
 protected:
  void SetUp() override {
    WithRuntimes::SetUp();
    if (IsSkipped()) return;
    onnx::ModelProto proto = test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17]>
      net (float[n, 3, 8, 8] x, int64[n, 4] ids) => (float[n, 16] y, float[n, 4, 8] rows) {
        flat = Flatten<axis = 1>(x)
        y = MatMul(flat, w)
        rows = Gather(table, ids)
      })");
    test_support::add_random_initializer(*proto.mutable_graph(), "w", ElementType::float32, {192, 16}, 1);
    test_support::add_random_initializer(*proto.mutable_graph(), "table", ElementType::float32, {10, 8}, 2);
    test_support::write_proto(proto, at("net.onnx"));
    write("config.yml",
          "input:\n"
          "  x: {min_shape: [1, 3, 8, 8], max_shape: [4, 3, 8, 8], use_shape: [1, 3, 8, 8], type: uint8, scale: 0.01}\n"
          "  ids: {min_shape: [1, 4], max_shape: [4, 4], use_shape: [1, 4]}\n"
          "search: {samples: 2}\n");
  }

  pipeline::OptimizeJob job() const {
    pipeline::OptimizeJob job{.model = at("net.onnx"),
                              .config = config::read_config(at("config.yml")),
                              .out = at("out"),
                              .workers = AUTOACCEL_BIN_DIR,
                              .runtimes = runtime::catalogue()};
    job.rules.max_seconds = job.rules.min_seconds = 0.05;
    job.rules.max_warm_up_seconds = 0.1;
    job.foreign_load_limit = 1e9;
    job.final.most_seconds = 1;
    return job;
  }

  /// The planned variant whose id begins so, with one setting more.
  std::string variant(const std::string& start, const Settings& more = {}) {
    for (const plan::PlannedVariant& planned : pipeline::list_plan(job(), cancel_)) {
      Variant variant = planned.variant;
      if (!variant.id().starts_with(start)) continue;
      for (const auto& [name, value] : more) variant.settings[name] = value;
      return variant.id();
    }
    throw std::out_of_range("no variant " + start);
  }

  fs::path best() const { return at("out/best"); }

  /// What the worker gives for the sample in best/check, as a trial runs it.
  std::vector<Tensor> outputs_of_trial() {
    const pipeline::BestManifest manifest = pipeline::read_manifest(best());
    const Variant& variant = manifest.record().variant;
    worker::Client client(fs::path(AUTOACCEL_BIN_DIR) / ("autoaccel-worker-" + variant.runtime), at("worker"),
                          worker::Limits{.readable = {best()}}, cancel_);
    std::vector<runtime::InputShapes> shapes;
    std::vector<std::string> names;
    for (const TensorInfo& input : pipeline::inputs_of_best(manifest.run, variant)) {
      shapes.push_back({input.name, *input.shape, *input.shape, *input.shape});
      names.push_back(input.name);
    }
    client.load({.model = best() / manifest.record().artifact->path,
                 .artifact = {},
                 .device = variant.device,
                 .settings = variant.settings,
                 .inputs = shapes});
    client.bind({best() / "check/inputs"}, names);
    const auto ran = client.run(0, 0, at("outputs"));
    EXPECT_EQ(ran.names, (std::vector<std::string>{"y", "rows"}));
    return {base::read_npy(at("outputs/0.npy")), base::read_npy(at("outputs/1.npy"))};
  }

  static std::string bytes_of(const Tensor& tensor) {
    const auto bytes = tensor.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  void expect_python_gives(const std::vector<Tensor>& wanted) {
    if (!fs::exists(kPython)) return;
    fs::create_directories(at("python"));
    ASSERT_EQ(shell("cd / && '" + kPython.string() + "' '" + (best() / "load.py").string() + "' '" +
                    at("python").string() + "' > '" + at("python.log").string() + "' 2>&1"),
              0)
        << base::read_file(at("python.log"));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Tensor got = base::read_npy(at("python") / (std::to_string(i) + ".npy"));
      EXPECT_EQ(got.type(), wanted[i].type());
      EXPECT_EQ(got.shape(), wanted[i].shape());
      EXPECT_EQ(bytes_of(got), bytes_of(wanted[i])) << "output " << i;
    }
  }

  void expect_cpp_gives(const std::string& runtime, const std::vector<Tensor>& wanted) {
    const fs::path libraries = kDeps / (runtime == "openvino" ? "openvino/libs" : "onnxruntime/lib");
    fs::path library;
    for (const auto& entry : fs::directory_iterator(libraries))
      if (entry.path().filename().string().starts_with("lib" + runtime + ".so")) library = entry.path();
    const fs::path program = at("load");
    ASSERT_EQ(shell("c++ -std=c++17 -o '" + program.string() + "' '" + (best() / "load.cc").string() + "' -I'" +
                    (kDeps / runtime / "include").string() + "' '" + library.string() + "' -Wl,-rpath,'" +
                    libraries.string() + "'"),
              0);
    fs::create_directories(at("cpp"));
    ASSERT_EQ(shell("'" + program.string() + "' '" + best().string() + "' '" + at("cpp").string() + "'"), 0);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_EQ(base::read_file(at("cpp") / (std::to_string(i) + ".bin")), bytes_of(wanted[i])) << "output " << i;
  }

  base::CancelToken cancel_;
};

TEST_F(Best, ProgramsGiveTheOutputsOfTheTrial) {
  const std::string reduced = variant("onnxruntime-fp16-io16"), bytes = variant("onnxruntime-original-io8");
  const std::string batched = variant("openvino-original-precision=f32", {{"batch", "2"}});
  const std::string bytes_batched = variant("openvino-original-io8-precision=f32", {{"batch", "2"}});
  pipeline::OptimizeJob job = this->job();
  job.only = {reduced, bytes, batched, bytes_batched};
  Silent observer;
  autoaccel::Run run = pipeline::optimize(job, observer, cancel_);
  for (const std::string& id : job.only) {
    SCOPED_TRACE(id);
    run.recommended = id;  // whatever was the fastest
    pipeline::write_best(pipeline::RunFolder(job.out), run);
    const pipeline::Verified verified =
        pipeline::verify_best({.best = best(), .workers = job.workers, .runtimes = job.runtimes}, cancel_);
    EXPECT_TRUE(verified.is_ok()) << verified.reason;
    ASSERT_TRUE(verified.agreement);
    EXPECT_EQ(verified.agreement->outputs.size(), 2u);
    const std::vector<Tensor> wanted = outputs_of_trial();
    expect_python_gives(wanted);
    // Two compilations are enough to see every kind of line: they take seconds.
    if (id == reduced) expect_cpp_gives("onnxruntime", wanted);
    if (id == bytes_batched) expect_cpp_gives("openvino", wanted);
  }
}

}  // namespace
}  // namespace autoaccel::e2e
