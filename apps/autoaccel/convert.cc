#include <fmt/format.h>

#include <filesystem>

#include "base/json_values.h"
#include "base/text.h"
#include "command.h"
#include "job_options.h"
#include "progress.h"
#include "recipe/recipe.h"

namespace autoaccel::cli {

namespace {

struct Options {
  JobOptions job;
  pipeline::ConvertJob what;
  std::string io = "original";
  std::vector<std::string> exclude;
  std::string output;
  std::string ranges;
  bool list = false;
};

int list_recipes(bool json) {
  base::Json list = base::Json::array();
  for (const recipe::Recipe& recipe : recipe::recipes()) {
    list.push_back({{"name", recipe.name},
                    {"what", recipe.what},
                    {"for_runtime", recipe.is_for_runtime},
                    {"reduces_io", recipe.io_type != ElementType::undefined},
                    {"sqnr_db", recipe.tolerance.sqnr_db},
                    {"probability_error", recipe.tolerance.probability_error}});
    if (!json) fmt::print("{:<16}  {}\n", recipe.name, recipe.what);
  }
  if (json) fmt::print("{}\n", list.dump(1));
  return 0;
}

void print_result(const pipeline::Conversion& made, bool json) {
  std::uint64_t bytes = 0;
  for (const auto& file : made.files) bytes += std::filesystem::file_size(file);
  if (json) {
    base::Json names = base::Json::array();
    for (const auto& file : made.files) names.push_back(file.string());
    fmt::print("{}\n", base::Json{{"files", names},
                                  {"bytes", bytes},
                                  {"nodes_converted", made.nodes_converted},
                                  {"nodes_kept", made.nodes_kept},
                                  {"kept_by_reason", made.kept_by_reason},
                                  {"notes", made.notes}}
                           .dump(1));
    return;
  }
  fmt::print("wrote {} ({})\n", made.files.front().string(), base::human_bytes(bytes));
  if (made.nodes_converted + made.nodes_kept > 0)
    fmt::print("{} nodes converted, {} kept\n", made.nodes_converted, made.nodes_kept);
  for (const auto& [reason, count] : made.kept_by_reason) fmt::print("  {} kept: {}\n", count, base::printable(reason));
  for (const std::string& note : made.notes) fmt::print("  {}\n", base::printable(note));
}

int convert(Options options, const Session& session) {
  if (options.list) return list_recipes(options.job.json);
  if (options.job.model.empty() || options.what.recipe.empty() || options.output.empty())
    throw Error(Cause::usage, "convert needs MODEL, --recipe and -o",
                "autoaccel convert --list-recipes lists the recipes");
  options.what.io = io_types_from_text(options.io).value();  // --io takes these names only
  options.what.exclude = {options.exclude.begin(), options.exclude.end()};
  options.what.output = options.output;
  pipeline::OptimizeJob job = options.job.job(session);
  if (!options.ranges.empty()) job.ranges = options.ranges;
  const auto observer = make_progress();
  print_result(pipeline::convert(job, options.what, *observer, session.cancel), options.job.json);
  return 0;
}

}  // namespace

void add_convert(CLI::App& app, const Session& session, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("convert", "convert a model by one recipe, without measuring");
  const auto options = std::make_shared<Options>();
  options->job.add_model_to(*command);
  command->add_option("--recipe", options->what.recipe, "how to convert; --list-recipes lists them")
      ->type_name("RECIPE");
  command->add_option("-o,--output", options->output, "ONNX file to write")->type_name("FILE");
  command->add_option("--io", options->io, "float inputs and outputs: as the model has them, in the recipe's type, or uint8 "
                              "where they hold bytes of pictures")
      ->type_name("TYPES")
      ->check(CLI::IsMember(io_types_names()))
      ->capture_default_str();
  command->add_option("--runtime", options->what.runtime, "the runtime it is for, where the recipe depends on it")
      ->type_name("RUNTIME");
  command
      ->add_option("--calibrate", options->what.calibrate,
                   "folder or file of samples to calibrate with (.npy, .npz, .pb); default: those of config.yml")
      ->type_name("DATA");
  command->add_option("--ranges", options->ranges, "file of what calibration saw: read where it exists, and written")
      ->type_name("FILE");
  command->add_option("--exclude", options->exclude, "nodes that stay as they are, by name or by their first output")
      ->type_name("NODES")
      ->delimiter(',');
  command->add_flag("--list-recipes", options->list, "list the recipes and stop");
  command->callback([=, &session, &action] { action = [=, &session] { return convert(*options, session); }; });
}

}  // namespace autoaccel::cli
