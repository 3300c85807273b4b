#include "pipeline/artifacts.h"

#include <fmt/format.h>

#include "autoaccel/version.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/json_values.h"
#include "pipeline/batches.h"
#include "pipeline/why.h"
#include "rewrite/take_uint8.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

/// Beside each artifact: what it was made from, so that a later run can tell whether it still holds.
fs::path stamp_path(const fs::path& artifact) { return artifact.string() + ".made.json"; }

Artifact describe(const RunFolder& folder, const std::vector<fs::path>& files) {
  Artifact artifact;
  artifact.path = folder.relative(files.front());
  for (const fs::path& file : files) {
    artifact.bytes += fs::file_size(file);
    artifact.files.push_back(folder.relative(file));
  }
  return artifact;
}

std::optional<Converted> read_stamp(const RunFolder& folder, const fs::path& artifact, const std::string& key) {
  const fs::path stamp = stamp_path(artifact);
  if (!fs::exists(stamp)) return std::nullopt;
  const base::Json json = base::Json::parse(base::read_file(stamp), nullptr, false);
  if (!json.is_object() || json.value("key", std::string()) != key) return std::nullopt;
  std::vector<fs::path> files;
  for (const std::string& name : json.value("files", std::vector<std::string>())) files.push_back(folder.root() / name);
  for (const fs::path& file : files)
    if (!fs::exists(file)) return std::nullopt;
  if (files.empty()) return std::nullopt;
  return Converted{describe(folder, files), json.value("seconds", 0.0),
                   json.value("notes", std::vector<std::string>())};
}

void write_stamp(const fs::path& artifact, const Converted& converted, const std::string& key) {
  std::vector<std::string> files;
  for (const fs::path& file : converted.artifact.files) files.push_back(file.string());
  base::write_file_atomically(
      stamp_path(artifact),
      base::Json{{"key", key}, {"files", files}, {"seconds", converted.seconds}, {"notes", converted.notes}}.dump(1) +
          "\n");
}

std::string key_of(const Workspace& workspace, const std::string& runtime_version, const Variant& variant) {
  base::Json key{kVersion, workspace.summary.sha256, runtime_version, artifact_stem(variant), workspace.shapes_text()};
  if (variant.io == IoTypes::uint8) key.push_back(workspace.bytes_text());
  const recipe::Recipe& recipe = recipe_of(variant);
  if (recipe.needs_judge || recipe.needs_statistics) {
    // Samples decide, the user's or generated ones, and how close their outputs have to be.
    const compare::Limit limit = limit_of(workspace.config, variant);
    key.push_back(workspace.samples_digest);
    key.push_back({limit.sqnr_db, limit.probability_error});
    if (limit.user) key.push_back({to_text(limit.user->metric), limit.user->limit});
  }
  return base::sha256_of_text(key.dump());
}

std::vector<std::string> notes_of(const rewrite::PassReport& report) {
  std::vector<std::string> notes = report.notes;
  for (const auto& [reason, count] : report.kept_by_reason) notes.push_back(kept_note(reason, count));
  return notes;
}

std::string io_suffix(IoTypes io) { return io == IoTypes::reduced ? "-io16" : io == IoTypes::uint8 ? "-io8" : ""; }

}  // namespace

std::string Artifacts::form_stem(const Variant& variant) const {
  std::string stem = artifact_stem(variant);
  for (const std::string_view name : workspace_.description(variant.runtime).settings_of_artifact) {
    const auto setting = variant.settings.find(std::string(name));
    if (setting != variant.settings.end()) stem += fmt::format("-{}={}", name, setting->second);
  }
  return stem;
}

std::string artifact_stem(const Variant& variant) {
  const recipe::Recipe& recipe = recipe_of(variant);
  const auto precision = variant.settings.find("precision");
  const bool is_judged = recipe.needs_judge && precision != variant.settings.end();  // … in that precision
  return variant.recipe + (recipe.is_for_runtime ? "-" + variant.runtime : "") +
         (is_judged ? "-" + precision->second : "") + io_suffix(variant.io);
}

Converted Artifacts::of(const Variant& variant) {
  const std::string key = variant.runtime + "/" + form_stem(variant);
  throw_known(variant);
  try {
    return make(variant);
  } catch (const Error& error) {
    failed_.emplace(key, error);
    throw;
  } catch (const worker::Failure& failure) {
    failed_.emplace(key, failure);
    throw;
  }
}

void Artifacts::throw_known(const Variant& variant) const {
  const auto failed = failed_.find(variant.runtime + "/" + form_stem(variant));
  if (failed != failed_.end()) std::visit([](const auto& failure) { throw failure; }, failed->second);
}

Converted Artifacts::make(const Variant& variant) {
  const plan::RuntimeDescription& runtime = workspace_.description(variant.runtime);
  const Converted onnx = onnx_of(variant);
  return runtime.converts ? runtime_form_of(variant, onnx) : onnx;
}

Converted Artifacts::onnx_of(const Variant& variant) {
  const RunFolder& folder = workspace_.folder;
  if (variant.io == IoTypes::uint8) return with_bytes(variant);
  if (variant.recipe == "original") return {describe(folder, workspace_.original.files()), 0, {}};
  const fs::path path = folder.root() / "onnx" / (artifact_stem(variant) + ".onnx");
  const std::string version = recipe_of(variant).is_for_runtime ? workspace_.info(variant.runtime).version : "";
  const std::string key = key_of(workspace_, version, variant);
  return made_once(path, key, [&] {
    observer_.stage("converting");
    return rewrite(variant, path);
  });
}

Converted Artifacts::made_once(const fs::path& path, const std::string& key, const std::function<Converted()>& make) {
  if (const auto made = read_stamp(workspace_.folder, path, key)) return *made;
  fs::create_directories(path.parent_path());
  fs::remove(stamp_path(path));
  const Converted converted = make();
  write_stamp(path, converted, key);
  return converted;
}

/// What the same recipe makes for numbers, with the arithmetic of bytes around it.
Converted Artifacts::with_bytes(const Variant& variant) {
  Variant plain = variant;
  plain.io = IoTypes::original;
  throw_known(plain);
  const Converted numbers = onnx_of(plain);
  const RunFolder& folder = workspace_.folder;
  const fs::path path = folder.root() / "onnx" / (artifact_stem(variant) + ".onnx");
  const std::string version = recipe_of(variant).is_for_runtime ? workspace_.info(variant.runtime).version : "";
  const std::string key = key_of(workspace_, version, variant);
  return made_once(path, key, [&] {
    const base::MonotonicClock clock;
    const double start = clock.now();
    model::Model model = model::Model::load(folder.root() / numbers.artifact.path);
    const rewrite::ByteTensors bytes = rewrite::byte_tensors(workspace_.config);
    rewrite::take_uint8(model, bytes);
    const std::vector<fs::path> files = model.save(path);
    Converted converted{describe(folder, files), numbers.seconds + clock.now() - start,
                        rewrite::descriptions_of(bytes)};
    converted.notes.insert(converted.notes.end(), numbers.notes.begin(), numbers.notes.end());
    return converted;
  });
}

Converted Artifacts::rewrite(const Variant& variant, const fs::path& path) {
  const base::MonotonicClock clock;
  const double start = clock.now();
  const rewrite::PassContext context = data_.context_for(variant);
  rewrite::PassReport report;
  const model::Model converted = recipe::apply(recipe_of(variant), workspace_.original, context, report);
  const std::vector<fs::path> files = converted.save(path);
  return {describe(workspace_.folder, files), clock.now() - start, notes_of(report)};
}

Converted Artifacts::runtime_form_of(const Variant& variant, const Converted& onnx) {
  const plan::RuntimeDescription& runtime = workspace_.description(variant.runtime);
  const RunFolder& folder = workspace_.folder;
  const fs::path path =
      folder.root() / runtime.artifact_folder / (form_stem(variant) + std::string(runtime.artifact_extension));
  const bool is_for_settings = !runtime.settings_of_artifact.empty();
  const std::string key = key_of(workspace_, workspace_.info(variant.runtime).version, variant);
  return made_once(path, key, [&] {
    observer_.stage(fmt::format("converting to {}", runtime.artifact_extension));
    const base::MonotonicClock clock;
    const double start = clock.now();
    worker::Client client(workspace_.job.workers / runtime.worker, folder.variant(variant.id()) / "convert",
                          workspace_.limits(), workspace_.cancel);
    const auto files =
        client.convert({.model = folder.root() / onnx.artifact.path,
                        .artifact = path,
                        .device = variant.device,
                        .settings = variant.settings,
                        .inputs = is_for_settings ? input_shapes_of(workspace_, variant) : workspace_.input_shapes()});
    client.quit();
    return Converted{describe(folder, files), onnx.seconds + clock.now() - start, onnx.notes};
  });
}

}  // namespace autoaccel::pipeline
