#include "job_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/files.h"
#include "command_line.h"
#include "config/config.h"
#include "runtime/catalogue.h"

namespace autoaccel::cli {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDefaultModels = "input/model";
constexpr const char* kDefaultConfig = "input/config/config.yml";

/// The one model below input/model. errors  usage: none or several
fs::path default_model() {
  std::vector<fs::path> models;
  if (fs::is_directory(kDefaultModels))
    for (const auto& entry : fs::directory_iterator(kDefaultModels))
      if (entry.path().extension() == ".onnx") models.push_back(entry.path());
  if (models.size() == 1) return models.front();
  std::sort(models.begin(), models.end());
  if (models.empty())
    throw Error(Cause::usage, fmt::format("no model: {}/*.onnx does not exist here", kDefaultModels),
                "name one: autoaccel optimize MODEL.onnx, or put it there");
  throw Error(Cause::usage,
              fmt::format("{} holds {} models ({}, {}, …)", kDefaultModels, models.size(),
                          models[0].filename().string(), models[1].filename().string()),
              "name one: autoaccel optimize " + models.front().string());
}

Device device_from_text(const std::string& text) {
  if (text == "cpu") return {};
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0)
    throw Error(Cause::usage, fmt::format("--device '{}' is neither cpu nor the number of a GPU", text),
                "for example --device cpu or --device 0");
  return {number};
}

}  // namespace

void JobOptions::add_model_to(CLI::App& command) {
  command.add_option("MODEL", model, fmt::format("ONNX file (default: the one in {})", kDefaultModels))->type_name("");
  command.add_option("--config", config, fmt::format("config.yml (default: {} if it is there)", kDefaultConfig))
      ->type_name("FILE");
  command.add_option("--device", device, "cpu, or the number of a GPU; overrides config.yml")->type_name("DEVICE");
  command.add_option("--workers", workers, "folder of the worker executables (default: beside autoaccel)")
      ->type_name("FOLDER");
  command.add_flag("--no-sandbox", no_sandbox, "let workers do whatever you may; for models that you trust");
  command.add_flag("--json", json, "print the result as JSON on stdout");
}

void JobOptions::add_to(CLI::App& command, bool with_out) {
  add_model_to(command);
  if (with_out) command.add_option("--out", out, "folder for the results")->type_name("FOLDER")->capture_default_str();
  command.add_flag("--allow-cpu-fallback", allow_cpu_fallback,
                   "take the CPU where no runtime serves the GPU that is asked for; every row then says so");
  command.add_option("--time-limit", time_limit, "most seconds to measure one variant")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->check(CLI::Validator(check_seconds, ""));
}

std::string JobOptions::arguments() const {
  std::string text;
  if (!model.empty()) text += " " + shell_quoted(model);
  const auto add = [&](const char* name, const std::string& value, const std::string& without) {
    if (value != without) text += fmt::format(" {} {}", name, shell_quoted(value));
  };
  add("--config", config, "");
  add("--device", device, "");
  if (allow_cpu_fallback) text += " --allow-cpu-fallback";
  add("--out", out, kDefaultOut);
  add("--workers", workers, "");
  add("--time-limit", fmt::format("{}", time_limit), fmt::format("{}", kDefaultTimeLimit));
  if (no_sandbox) text += " --no-sandbox";
  return text;
}

pipeline::OptimizeJob JobOptions::job(const Session& session) const {
  pipeline::OptimizeJob job;
  job.model = model.empty() ? default_model() : fs::path(model);
  if (!config.empty()) {
    job.config = config::read_config(config);
  } else if (fs::exists(kDefaultConfig) && model.empty()) {
    job.config = config::read_config(kDefaultConfig);
  }
  if (!device.empty()) job.config.device = device_from_text(device);
  job.out = out;
  job.workers = workers_folder(workers);
  job.runtimes = runtime::catalogue();
  job.rules.max_seconds = time_limit;
  job.rules.min_seconds = std::min(job.rules.min_seconds, time_limit);
  job.is_sandboxed = !no_sandbox;
  job.allow_cpu_fallback = allow_cpu_fallback;
  job.fresh = fresh;
  job.command = session.command_line;
  job.program = session.program;
  job.arguments = arguments();
  return job;
}

fs::path workers_folder(const std::string& given) {
  return given.empty() ? base::executable_folder() : fs::path(given);
}

}  // namespace autoaccel::cli
