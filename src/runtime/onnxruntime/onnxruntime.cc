#include <memory>
#include <string>
#include <vector>

#include "autoaccel/error.h"
#include "runtime/onnxruntime/session.h"
#include "runtime/runtime.h"

namespace autoaccel::runtime {

namespace {

class OnnxRuntime final : public Runtime {
 public:
  RuntimeInfo probe() override {
    RuntimeInfo info;
    info.name = "onnxruntime";
    info.devices = {"cpu"};
    info.precisions = {"f32", "i8"};
    try {
      info.version = onnxruntime::library_version();
      info.available = true;
    } catch (const Error& error) {
      info.reason = error.message() + "; " + error.hint();
    }
    return info;
  }

  std::vector<std::filesystem::path> convert(const Job&) override {
    throw Error(Cause::unsupported, "ONNX Runtime runs ONNX files as they are; there is nothing to convert");
  }

  std::unique_ptr<Session> load(const Job& job) override { return onnxruntime::open_session(job); }
};

}  // namespace

std::unique_ptr<Runtime> make_runtime() { return std::make_unique<OnnxRuntime>(); }

}  // namespace autoaccel::runtime
