#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "autoaccel/error.h"
#include "autoaccel/version.h"
#include "command.h"
#include "command_line.h"

namespace autoaccel::cli {

namespace {

constexpr std::array kCommands = {add_optimize, add_inspect, add_doctor, add_convert, add_bench,
                                  add_plan,     add_trial,   add_report, add_verify,  add_compare};

base::CancelToken cancel_token;  // a signal handler has no other way to reach it

/// The first signal asks for an orderly end; the second ends the process, and with it the workers.
extern "C" void on_signal(int signal_number) {
  if (cancel_token.cancelled()) _exit(128 + signal_number);
  cancel_token.cancel();
}

void install_signal_handlers() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

int run(int argc, char** argv) {
  Session session{cancel_token, shell_quoted(argv[0]), {}};
  for (int i = 0; i < argc; ++i) session.command_line += (i == 0 ? "" : " ") + shell_quoted(argv[i]);
  CLI::App app("Auto Acceleration: the fastest faithful way to run an ONNX model on this machine", "autoaccel");
  app.set_version_flag("--version", fmt::format("autoaccel {}", kVersion));
  app.require_subcommand(1);
  std::function<int()> action;
  for (const auto add : kCommands) add(app, session, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw usage_error(app, error);
    return app.exit(error);  // --help and --version
  }
  return action();
}

}  // namespace

}  // namespace autoaccel::cli

int main(int argc, char** argv) {
  using autoaccel::cli::run;
  autoaccel::cli::install_signal_handlers();
  try {
    return run(argc, argv);
  } catch (const autoaccel::Error& error) {
    std::fputs(autoaccel::render(error).c_str(), stderr);
    return autoaccel::exit_code(error.cause());
  } catch (const std::bad_alloc&) {
    std::fputs("error: out of memory\n", stderr);
    return autoaccel::exit_code(autoaccel::Cause::environment);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n  this is a defect of autoaccel; please report it with the command\n",
                 error.what());
    return autoaccel::exit_code(autoaccel::Cause::defect);
  }
}
