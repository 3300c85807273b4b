// The worker of one runtime: the same for all; the runtime it is linked with makes the difference.

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "autoaccel/error.h"
#include "runtime/runtime.h"
#include "worker/sandbox.h"
#include "worker/server.h"

#if defined(__SANITIZE_ADDRESS__)
/// The search for leaks at the end starts a process that traces this one, which the sandbox refuses.
extern "C" const char* __lsan_default_options() { return "detect_leaks=0"; }
#endif

int main(int count, char** arguments) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a vendor's last words before a crash reach the log
  try {
    std::optional<autoaccel::worker::Grants> grants =
        autoaccel::worker::grants_from(std::span<const char* const>(arguments, count).subspan(1));
    if (grants)
      for (std::filesystem::path& folder : autoaccel::runtime::library_folders())
        grants->readable.push_back(std::move(folder));
    const std::string sandbox = grants ? autoaccel::worker::enter_sandbox(*grants) : autoaccel::worker::kNoSandbox;
    const std::unique_ptr<autoaccel::runtime::Runtime> runtime = autoaccel::runtime::make_runtime();
    return autoaccel::worker::serve(*runtime, sandbox);
  } catch (const autoaccel::Error& error) {
    std::fputs(autoaccel::render(error).c_str(), stderr);
    return autoaccel::exit_code(error.cause());
  }
}
