#include "model/inspection.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/text.h"
#include "command.h"
#include "config/config.h"

namespace autoaccel::cli {

namespace {

struct Options {
  std::string model;
  std::string config;  ///< file to write; empty: none
  bool json = false;
};

void require_new(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return;
  throw Error(Cause::usage, fmt::format("{} exists already", base::printable(file.string())),
              "remove it, or give --write-config another name");
}

void write_starter_config(const model::Inspection& inspection, const std::filesystem::path& file) {
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  base::write_file_atomically(file, config::starter_config(inspection.inputs, inspection.outputs));
}

int inspect(const Options& options) {
  if (!options.config.empty()) require_new(options.config);
  const model::Inspection inspection = model::inspect(model::Model::load(options.model));
  if (!options.config.empty()) write_starter_config(inspection, options.config);
  fmt::print("{}", options.json ? model::to_json(inspection).dump(1) + "\n" : model::render(inspection));
  if (!options.config.empty() && !options.json) {
    fmt::print("\nwrote {}: look at the sizes of dynamic axes, then\n  autoaccel optimize {} --config {}\n",
               options.config, options.model, options.config);
  }
  return 0;
}

}  // namespace

void add_inspect(CLI::App& app, const Session&, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("inspect", "inputs, outputs, operators and weights of a model");
  const auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->model, "ONNX file")->type_name("")->required();
  command->add_option("--write-config", options->config, "write a starter config.yml for this model")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "print as JSON");
  command->callback([=, &action] { action = [=] { return inspect(*options); }; });
}

}  // namespace autoaccel::cli
