#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"

namespace autoaccel::cli {

/// What every command is given besides its own options.
struct Session {
  base::CancelToken& cancel;
  std::string program;       ///< as typed, quoted for a shell
  std::string command_line;  ///< likewise, with all arguments
};

/// A command: adds itself to the parser; its action runs after parsing and returns the exit code.
struct Command {
  void (*add)(CLI::App& app, const Session& session, std::function<int()>& action);
};

void add_optimize(CLI::App& app, const Session& session, std::function<int()>& action);
void add_inspect(CLI::App& app, const Session& session, std::function<int()>& action);
void add_doctor(CLI::App& app, const Session& session, std::function<int()>& action);
void add_convert(CLI::App& app, const Session& session, std::function<int()>& action);
void add_bench(CLI::App& app, const Session& session, std::function<int()>& action);
void add_plan(CLI::App& app, const Session& session, std::function<int()>& action);
void add_trial(CLI::App& app, const Session& session, std::function<int()>& action);
void add_report(CLI::App& app, const Session& session, std::function<int()>& action);
void add_verify(CLI::App& app, const Session& session, std::function<int()>& action);
void add_compare(CLI::App& app, const Session& session, std::function<int()>& action);

}  // namespace autoaccel::cli
