#include <fmt/format.h>

#include <filesystem>

#include "base/json_values.h"
#include "base/text.h"
#include "command.h"
#include "recipe/recipe.h"

namespace autoaccel::cli {

namespace {

struct Options {
  std::string model;
  std::string recipe;
  std::string output;
  std::string io = "original";
  std::vector<std::string> exclude;
  bool list = false;
  bool json = false;
};

int list_recipes(bool json) {
  base::Json list = base::Json::array();
  for (const recipe::Recipe& recipe : recipe::recipes()) {
    list.push_back({{"name", recipe.name}, {"what", recipe.what}});
    if (!json) fmt::print("{:<16}  {}\n", recipe.name, recipe.what);
  }
  if (json) fmt::print("{}\n", list.dump(1));
  return 0;
}

const recipe::Recipe& require_recipe(const std::string& name) {
  if (const recipe::Recipe* recipe = recipe::find_recipe(name)) return *recipe;
  std::vector<std::string> names;
  for (const recipe::Recipe& recipe : recipe::recipes()) names.emplace_back(recipe.name);
  throw Error(Cause::usage, fmt::format("unknown recipe '{}'", base::printable(name)), base::suggestion(name, names));
}

void print_report(const Options& options, const rewrite::PassReport& report,
                  const std::vector<std::filesystem::path>& files) {
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += std::filesystem::file_size(file);
  if (options.json) {
    base::Json names = base::Json::array();
    for (const auto& file : files) names.push_back(file.string());
    fmt::print("{}\n", base::Json{{"files", names},
                                  {"bytes", bytes},
                                  {"nodes_converted", report.nodes_converted},
                                  {"nodes_kept", report.nodes_kept},
                                  {"kept_by_reason", report.kept_by_reason},
                                  {"notes", report.notes}}
                           .dump(1));
    return;
  }
  fmt::print("wrote {} ({})\n", files.front().string(), base::human_bytes(bytes));
  if (report.nodes_converted + report.nodes_kept > 0)
    fmt::print("{} nodes converted, {} kept\n", report.nodes_converted, report.nodes_kept);
  for (const auto& [reason, count] : report.kept_by_reason)
    fmt::print("  {} kept: {}\n", count, base::printable(reason));
  for (const std::string& note : report.notes) fmt::print("  {}\n", base::printable(note));
}

int convert(const Options& options) {
  if (options.list) return list_recipes(options.json);
  if (options.model.empty() || options.recipe.empty() || options.output.empty())
    throw Error(Cause::usage, "convert needs MODEL, --recipe and -o",
                "autoaccel convert --list-recipes lists the recipes");
  const recipe::Recipe& recipe = require_recipe(options.recipe);
  const IoTypes io = options.io == "reduced" ? IoTypes::reduced : IoTypes::original;
  if (io == IoTypes::reduced && recipe.io_type == ElementType::undefined)
    throw Error(Cause::usage, fmt::format("recipe '{}' cannot reduce inputs and outputs", recipe.name),
                "leave out --io");
  const std::filesystem::path output(options.output);
  if (output.has_parent_path()) std::filesystem::create_directories(output.parent_path());
  const model::Model original = model::Model::load(options.model);
  rewrite::PassReport report;
  const model::Model converted = recipe::apply(
      recipe, original, {.io = io, .input_shapes = {}, .keep_nodes = {options.exclude.begin(), options.exclude.end()}},
      report);
  print_report(options, report, converted.save(output));
  return 0;
}

}  // namespace

void add_convert(CLI::App& app, const Session&, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("convert", "convert a model by one recipe, without measuring");
  const auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->model, "ONNX file")->type_name("");
  command->add_option("--recipe", options->recipe, "how to convert; --list-recipes lists them")->type_name("RECIPE");
  command->add_option("-o,--output", options->output, "ONNX file to write")->type_name("FILE");
  command->add_option("--io", options->io, "float inputs and outputs: as the model has them, or in the recipe's type")
      ->type_name("TYPES")
      ->check(CLI::IsMember({"original", "reduced"}))
      ->capture_default_str();
  command->add_option("--exclude", options->exclude, "nodes that stay as they are, by name or by their first output")
      ->type_name("NODES")
      ->delimiter(',');
  command->add_flag("--list-recipes", options->list, "list the recipes and stop");
  command->add_flag("--json", options->json, "print as JSON");
  command->callback([=, &action] { action = [=] { return convert(*options); }; });
}

}  // namespace autoaccel::cli
