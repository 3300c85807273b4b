#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "autoaccel/record.h"
#include "autoaccel/run.h"
#include "autoaccel/tensor.h"
#include "autoaccel/variant.h"

namespace autoaccel::runtime {

/// Shapes of one input: what is measured (use) and the range that the artifact must accept.
struct InputShapes {
  std::string name;
  Shape use, min, max;
};

/// What a worker is asked to load or convert.
struct Job {
  std::filesystem::path model;     ///< convert: the recipe's ONNX file; load: the artifact
  std::filesystem::path artifact;  ///< convert: where to write
  Device device;
  Settings settings;
  std::vector<InputShapes> inputs;
};

/// A loaded model. Not thread-safe, except that run() may be called for different requests from different threads.
class Session {
 public:
  virtual ~Session() = default;

  virtual const std::vector<TensorInfo>& inputs() const = 0;
  virtual const std::vector<TensorInfo>& outputs() const = 0;

  /// How many requests can be in flight under these settings; at least 1.
  virtual int requests() const = 0;

  /// Keeps the pool of inputs, copied to where the runtime wants them. Tensors match inputs() by name and type.
  virtual void bind(std::vector<TensorSet> samples) = 0;

  /// One inference of pool entry `sample` on `request`; returns when the outputs are there. This is what is timed.
  virtual void run(int request, int sample) = 0;

  /// Output number `output` of the last run on `request`, where it is until the next run or bind.
  virtual TensorView view(int request, std::size_t output) = 0;

  /// Copies of all outputs of the last run on `request`.
  TensorSet fetch(int request) {
    TensorSet set;
    for (std::size_t i = 0; i < outputs().size(); ++i) set.push_back({outputs()[i].name, Tensor(view(request, i))});
    return set;
  }

  /// What ran each node, from the runtime's own report; may run the model once more to learn it.
  virtual Placement placement() = 0;
};

/// A runtime on this machine. Vendors' exceptions do not leave it: they become Error(vendor) with the vendor's words,
/// or Error(environment) for a missing library or memory.
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual RuntimeInfo probe() = 0;

  /// Writes job.artifact from job.model; returns the files written, the artifact first.
  /// errors  unsupported for a runtime that runs ONNX files as they are
  virtual std::vector<std::filesystem::path> convert(const Job& job) = 0;

  virtual std::unique_ptr<Session> load(const Job& job) = 0;
};

/// Defined once in each runtime's folder; the worker executable that links it gets that runtime.
std::unique_ptr<Runtime> make_runtime();

/// Folders of libraries that the runtime loads by itself, now or later: what its worker must be able to read.
std::vector<std::filesystem::path> library_folders();

}  // namespace autoaccel::runtime
