#include <fmt/format.h>

#include "base/files.h"
#include "config/config.h"
#include "model/model.h"
#include "pipeline/optimize.h"
#include "samples/samples.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

const plan::RuntimeDescription& find_runtime(const OptimizeJob& job, const std::string& name) {
  for (const plan::RuntimeDescription& runtime : job.runtimes)
    if (runtime.name == name) return runtime;
  throw Error(Cause::usage, fmt::format("unknown runtime '{}'", name));
}

/// A model that only declares inputs, for files that are not ONNX: samples then come from names and types alone.
model::Model declaration_of(const std::vector<TensorInfo>& inputs) {
  onnx::ModelProto proto;
  proto.set_ir_version(onnx::IR_VERSION_2019_9_19);
  proto.add_opset_import()->set_version(17);
  for (const TensorInfo& input : inputs) {
    onnx::ValueInfoProto* value = proto.mutable_graph()->add_input();
    value->set_name(input.name);
    auto* tensor = value->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(static_cast<int>(input.type));
    for (const std::int64_t axis : input.shape.value_or(Shape{})) {
      auto* dim = tensor->mutable_shape()->add_dim();
      if (axis >= 0) dim->set_dim_value(axis);
    }
  }
  return model::Model::from_proto(std::move(proto));
}

struct Declared {
  model::Model model;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
};

/// The config for a file that may take bytes already: those are samples as they are.
Config config_for(Config config, const Declared& declared) {
  const auto forget = [](auto& configured, const std::vector<TensorInfo>& tensors) {
    for (auto& tensor : configured)
      for (const TensorInfo& info : tensors)
        if (info.name == tensor.name && info.type == ElementType::uint8) tensor.bytes.reset();
  };
  forget(config.inputs, declared.inputs);
  forget(config.outputs, declared.outputs);
  return config;
}

/// One bench: a worker's folder, its limits, and the calls in order.
class Bench {
 public:
  Bench(const OptimizeJob& job, const BenchJob& what, const base::CancelToken& cancel)
      : job_(job), what_(what), cancel_(cancel), folder_("autoaccel-bench-"), readable_{folder_.path()} {
    const fs::path file = fs::absolute(what.file);
    readable_.push_back(file);
    readable_.push_back(fs::path(file).replace_extension(".bin"));  // the weights of an .xml
  }

  Record go() {
    Record record;
    record.variant = what_.variant;
    try {
      measure(record);
      record.outcome = Outcome::ok;
    } catch (const worker::Failure& failure) {
      record.outcome = failure.outcome();
      record.reason = failure.reason();
      record.details = failure.details();
    }
    return record;
  }

 private:
  worker::Client start(const std::string& name) {
    return {job_.workers / find_runtime(job_, what_.variant.runtime).worker,
            folder_.path() / name,
            {.memory_bytes = job_.config.limits.memory_bytes,
             .seconds = job_.config.limits.variant_seconds,
             .is_sandboxed = job_.is_sandboxed,
             .gpu = what_.variant.device.gpu.has_value(),
             .readable = readable_},
            cancel_};
  }

  runtime::Job load_job(std::vector<runtime::InputShapes> inputs) const {
    return {.model = fs::absolute(what_.file),
            .artifact = {},
            .device = what_.variant.device,
            .settings = what_.variant.settings,
            .inputs = std::move(inputs)};
  }

  Declared declared() {
    if (what_.file.extension() == ".onnx") {
      model::Model model = model::Model::load(what_.file);
      for (const fs::path& file : model.files()) readable_.push_back(fs::absolute(file));
      auto inputs = model.inputs();
      auto outputs = model.outputs();
      return {std::move(model), std::move(inputs), std::move(outputs)};
    }
    worker::Client client = start("declared");
    worker::Loaded loaded = client.load(load_job({}));
    client.quit();
    return {declaration_of(loaded.inputs), loaded.inputs, loaded.outputs};
  }

  void measure(Record& record) {
    const Declared declared = this->declared();
    Config config = config_for(job_.config, declared);
    const auto shapes = config::bind_shapes(config, declared.inputs, declared.outputs);
    config = config::bind_bytes(std::move(config), declared.inputs, declared.outputs, shapes);
    std::map<std::string, Shape> use;
    std::vector<runtime::InputShapes> inputs;
    std::vector<std::string> names;
    for (const TensorInfo& input : declared.inputs) {
      const config::InputShapes& shape = shapes.at(input.name);
      use[input.name] = shape.use;
      inputs.push_back({input.name, shape.use, shape.min, shape.max});
      names.push_back(input.name);
    }
    const samples::Samples samples = samples::make_samples(declared.model, use, config);
    std::vector<fs::path> folders;
    for (const TensorSet& set : samples.sets) {
      folders.push_back(folder_.path() / "samples" / std::to_string(folders.size()));
      worker::write_sample_set(folders.back(), set);
    }
    worker::Client client = start("worker");
    const worker::Loaded loaded = client.load(load_job(inputs));
    client.bind(folders, names);
    const auto first = client.run(0, 0, folder_.path() / "outputs");
    record.measurement = client.measure(
        job_.rules, {.requests_in_flight = loaded.requests, .samples = static_cast<int>(folders.size()), .batch = 1});
    record.measurement->load_seconds = loaded.load_seconds;
    record.measurement->first_inference_seconds = first.seconds;
    record.measurement->peak_bytes = client.peak_bytes();
    record.placement = client.placement();
    client.quit();
  }

  const OptimizeJob& job_;
  const BenchJob& what_;
  const base::CancelToken& cancel_;
  base::TemporaryFolder folder_;
  std::vector<fs::path> readable_;  ///< by the worker
};

}  // namespace

Record bench(const OptimizeJob& job, const BenchJob& what, const base::CancelToken& cancel) {
  return Bench(job, what, cancel).go();
}

}  // namespace autoaccel::pipeline
