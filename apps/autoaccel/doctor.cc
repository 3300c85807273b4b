#include <fmt/format.h>

#include <algorithm>

#include "autoaccel/version.h"
#include "base/host.h"
#include "base/json_values.h"
#include "base/text.h"
#include "command.h"
#include "job_options.h"
#include "runtime/catalogue.h"

namespace autoaccel::cli {

namespace {

/// What makes measurements doubtful now; empty when nothing is seen.
std::vector<std::string> condition_warnings(const Host& host) {
  std::vector<std::string> warnings;
  const auto load = base::load_average();
  if (load && *load > 0.5 * host.processors_online)
    warnings.push_back(fmt::format("load average {:.1f} on {} processors: measure on a quieter machine", *load,
                                   host.processors_online));
  if (host.governor && *host.governor != "performance")
    warnings.push_back(fmt::format("frequency governor is {}; performance measures more evenly", *host.governor));
  if (host.threads < host.processors_online)
    warnings.push_back(
        fmt::format("{} of {} processors may be used (affinity or quota)", host.threads, host.processors_online));
  return warnings;
}

void print_host(const Host& host) {
  fmt::print("host\n");
  fmt::print("  processor   {}\n", base::printable(host.processor));
  fmt::print("  features    {}\n", base::join(host.features, " "));
  fmt::print("  processors  {} online, {} allowed{}, {} used\n", host.processors_online, host.processors_allowed,
             host.processor_quota ? fmt::format(", quota {:.2f}", *host.processor_quota) : "", host.threads);
  fmt::print("  memory      {}, {} available\n", base::human_bytes(host.memory_bytes),
             base::human_bytes(host.memory_available_bytes));
  fmt::print("  system      {}, kernel {}\n", host.operating_system, host.kernel);
}

void print_runtimes(const std::vector<RuntimeInfo>& runtimes) {
  fmt::print("runtimes\n");
  for (const RuntimeInfo& runtime : runtimes) {
    if (runtime.available) {
      fmt::print("  {:<14}found  {}; devices {}; precisions {}\n", runtime.name, runtime.version,
                 base::join(runtime.devices, ", "), base::join(runtime.precisions, ", "));
      const auto add = [](const char* what, const std::string& text) {
        if (!text.empty()) fmt::print("  {:<14}{}  {}\n", "", what, base::printable(text, 1000));
      };
      add("library", runtime.library);
      add("plug-ins", base::join(runtime.providers, ", "));
      add("no GPU", runtime.no_gpu_reason);
    } else {
      fmt::print("  {:<14}missing  {}\n", runtime.name, base::printable(runtime.reason, 1000));
    }
  }
}

/// What keeps a worker in, as each says itself; they differ only where a library started threads before.
void print_sandbox(const std::vector<RuntimeInfo>& runtimes) {
  std::vector<std::string> seen;
  for (const RuntimeInfo& runtime : runtimes)
    if (!runtime.sandbox.empty() && std::find(seen.begin(), seen.end(), runtime.sandbox) == seen.end())
      seen.push_back(runtime.sandbox);
  fmt::print("sandbox\n");
  for (const std::string& words : seen) fmt::print("  workers have {}\n", base::printable(words, 1000));
  if (seen.empty()) fmt::print("  not known: no worker runs\n");
}

int doctor(bool json, const std::string& workers, const Session& session) {
  const Host host = base::read_host();
  const auto runtimes = pipeline::probe_runtimes(runtime::catalogue(), workers_folder(workers), session.cancel);
  const auto warnings = condition_warnings(host);
  const bool usable =
      std::any_of(runtimes.begin(), runtimes.end(), [](const RuntimeInfo& runtime) { return runtime.available; });
  if (json) {
    base::Json list = base::Json::array();
    for (const RuntimeInfo& runtime : runtimes) list.push_back(base::to_json(runtime));
    fmt::print(
        "{}\n",
        base::Json{{"version", kVersion}, {"host", base::to_json(host)}, {"runtimes", list}, {"measuring", warnings}}
            .dump(1));
  } else {
    fmt::print("autoaccel {}\n", kVersion);
    print_host(host);
    print_runtimes(runtimes);
    print_sandbox(runtimes);
    fmt::print("measuring\n");
    for (const std::string& warning : warnings) fmt::print("  {}\n", warning);
    if (warnings.empty()) fmt::print("  quiet: nothing speaks against measuring now\n");
  }
  return usable ? 0 : exit_code(Cause::environment);
}

}  // namespace

void add_doctor(CLI::App& app, const Session& session, std::function<int()>& action) {
  CLI::App* command =
      app.add_subcommand("doctor", "runtimes, devices, processors and measuring conditions of this machine");
  const auto json = std::make_shared<bool>(false);
  const auto workers = std::make_shared<std::string>();
  command->add_flag("--json", *json, "print as JSON");
  command->add_option("--workers", *workers, "folder of the worker executables (default: beside autoaccel)")
      ->type_name("FOLDER");
  command->callback([=, &action] { action = [=] { return doctor(*json, *workers, session); }; });
}

}  // namespace autoaccel::cli
