#include <memory>
#include <vector>

#include "runtime/openvino/session.h"
#include "runtime/runtime.h"

namespace autoaccel::runtime {

namespace {

class OpenVino final : public Runtime {
 public:
  RuntimeInfo probe() override { return openvino::probe_library(); }
  std::vector<std::filesystem::path> convert(const Job& job) override { return openvino::convert_model(job); }
  std::unique_ptr<Session> load(const Job& job) override { return openvino::open_session(job); }
};

}  // namespace

std::unique_ptr<Runtime> make_runtime() { return std::make_unique<OpenVino>(); }

/// Plug-ins are beside the library that is linked.
std::vector<std::filesystem::path> library_folders() { return {}; }

}  // namespace autoaccel::runtime
