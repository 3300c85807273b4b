#include <fmt/format.h>

#include "base/files.h"
#include "pipeline/optimize.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

namespace {

constexpr double kProbeSeconds = 60;

RuntimeInfo probe(const plan::RuntimeDescription& runtime, const std::filesystem::path& workers,
                  const base::CancelToken& cancel, bool is_sandboxed) {
  RuntimeInfo info;
  info.name = runtime.name;
  const std::filesystem::path executable = workers / runtime.worker;
  if (!std::filesystem::exists(executable)) {
    info.reason = fmt::format("{} is missing; {}", executable.string(), runtime.install_hint);
    return info;
  }
  const base::TemporaryFolder folder("autoaccel-probe-");
  try {
    const worker::Limits limits{
        .memory_bytes = std::nullopt, .seconds = kProbeSeconds, .is_sandboxed = is_sandboxed, .gpu = true};
    worker::Client client(executable, folder.path(), limits, cancel);
    info = client.probe();
    client.quit();
    info.name = runtime.name;
  } catch (const worker::Failure& failure) {
    info.available = false;
    info.reason = failure.reason() + "; " + std::string(runtime.install_hint);
  }
  return info;
}

}  // namespace

std::vector<RuntimeInfo> probe_runtimes(std::span<const plan::RuntimeDescription> runtimes,
                                        const std::filesystem::path& workers, const base::CancelToken& cancel,
                                        bool is_sandboxed) {
  std::vector<RuntimeInfo> found;
  for (const plan::RuntimeDescription& runtime : runtimes)
    found.push_back(probe(runtime, workers, cancel, is_sandboxed));
  return found;
}

}  // namespace autoaccel::pipeline
