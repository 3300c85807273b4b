// The worker of one runtime: the same for all; the runtime it is linked with makes the difference.

#include <cstdio>
#include <memory>

#include "autoaccel/error.h"
#include "runtime/runtime.h"
#include "worker/server.h"

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a vendor's last words before a crash reach the log
  try {
    const std::unique_ptr<autoaccel::runtime::Runtime> runtime = autoaccel::runtime::make_runtime();
    return autoaccel::worker::serve(*runtime);
  } catch (const autoaccel::Error& error) {
    std::fputs(autoaccel::render(error).c_str(), stderr);
    return autoaccel::exit_code(error.cause());
  }
}
