#include "pipeline/best_manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/json_values.h"
#include "base/text.h"
#include "config/batches.h"
#include "pipeline/sample_sets.h"
#include "report/facts.h"
#include "report/loading_code.h"
#include "report/report.h"
#include "rewrite/take_uint8.h"
#include "select/figures.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;
using base::Json;

namespace {

constexpr int kVersion = 1;  // of manifest.json
constexpr const char* kName = "manifest.json";
constexpr std::uint64_t kMostCheckBytes = 32'000'000;  // a picture of 1080p in float32 is 25 MB
constexpr const char* kAgain = "run autoaccel optimize or report again, or copy the whole folder anew";

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

/// The run's samples in requests as the variant takes them, as sample_sets_of makes them.
SampleSets stored_samples(const RunFolder& folder, const Run& run, std::int64_t batch, int parts) {
  const fs::path root = parts == 1 ? folder.samples() : folder.samples() / fmt::format("batch={}", batch);
  return {root, run.model.inputs, run.samples.count, rewrite::byte_tensors(run.config).inputs};
}

/// Names of the original's outputs on disk; empty: they are not there, or of another variant.
std::vector<std::string> stored_outputs(const RunFolder& folder, const Run& run) {
  const fs::path file = folder.reference() / "reference.json";
  if (!fs::exists(file)) return {};
  const Json json = Json::parse(base::read_file(file), nullptr, false);
  if (!json.is_object() || json.value("id", std::string()) != run.original) return {};
  return json.value("names", std::vector<std::string>());
}

std::string relative_text(const fs::path& file, const fs::path& folder) {
  return file.lexically_relative(folder).generic_string();
}

/// A path that leaves the folder would make verify read, and judge, something else.
bool stays_inside(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return !normal.empty() && normal.is_relative() && *normal.begin() != "..";
}

Json json_from(const BestManifest& manifest) {
  const Record& record = manifest.record();
  Json files = Json::array();
  for (const BestFile& file : manifest.files)
    files.push_back({{"path", base::valid_utf8(file.path)}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  Json inputs = Json::array();
  for (const TensorInfo& input : inputs_of_best(manifest.run, record.variant)) inputs.push_back(base::to_json(input));
  Json check;
  if (manifest.check) {
    Json names = Json::array();
    for (const std::string& name : manifest.check->outputs) names.push_back(base::valid_utf8(name));
    check = {{"parts", manifest.check->parts}, {"outputs", names}};
  }
  return {{"schema_version", kVersion},
          {"artifact", base::valid_utf8(record.artifact->path.string())},
          {"inputs", inputs},
          {"files", files},
          {"check", check},
          {"why_no_check", manifest.why_no_check},
          {"run", base::to_json(manifest.run)}};
}

BestManifest manifest_from(const Json& json, const std::string& name) {
  if (json.at("schema_version") != kVersion)
    throw Error(Cause::model, name + " is of another version of autoaccel", kAgain);
  BestManifest manifest;
  for (const Json& file : json.at("files"))
    manifest.files.push_back({file.at("path"), file.at("bytes"), file.at("sha256")});
  manifest.why_no_check = json.at("why_no_check");
  if (!json.at("check").is_null())
    manifest.check = BestCheck{json.at("check").at("parts"), json.at("check").at("outputs")};
  base::from_json(json.at("run"), manifest.run, name + ": /run");
  return manifest;
}

/// What is written is trusted no more than any other file.
void check_manifest(const BestManifest& manifest, const std::string& name) {
  const Record& record = manifest.record();
  const bool has_artifact = std::any_of(manifest.files.begin(), manifest.files.end(), [&](const BestFile& file) {
    return record.artifact && file.path == record.artifact->path.string();
  });
  if (!has_artifact) throw Error(Cause::model, name + " lists no artifact", kAgain);
  if (manifest.check && manifest.check->parts < 1)
    throw Error(Cause::model, name + ": /check/parts is below 1", kAgain);
  for (const BestFile& file : manifest.files)
    if (!stays_inside(file.path))
      throw Error(Cause::model, name + " names a file outside its folder: " + base::printable(file.path));
}

}  // namespace

const Record& BestManifest::record() const {
  const Record* found = run.recommended ? select::find_record(run, *run.recommended) : nullptr;
  if (found == nullptr) throw Error(Cause::model, std::string(kName) + " holds no recommended record", kAgain);
  return *found;
}

Run run_of_best(const Run& run, const Record& record) {
  Run cut = run;
  cut.records.clear();
  cut.recommended = record.variant.id();
  for (const Record& each : run.records)
    if (&each == &record || each.variant.id() == run.original) cut.records.push_back(each);
  for (Record& each : cut.records) {
    if (each.measurement) each.measurement->samples_seconds.clear();
    if (each.variant.id() != cut.recommended || !each.artifact) continue;
    each.artifact->path = each.artifact->path.filename();
    for (fs::path& file : each.artifact->files) file = file.filename();
  }
  cut.search.course.clear();
  return cut;
}

std::vector<TensorInfo> inputs_of_best(const Run& run, const Variant& variant) {
  std::vector<TensorInfo> inputs = run.model.inputs;
  for (TensorInfo& input : inputs) {
    input.shape = report::measured_shape(run, input, variant);
    input.type = report::io_type_of(run, variant, input);
    input.axes.assign(input.shape->size(), "");
  }
  return inputs;
}

void keep_check(const RunFolder& folder, const Run& run, const Record& record, const fs::path& best,
                BestManifest& manifest) {
  const std::int64_t batch = record.measurement ? record.measurement->batch : 1;
  const auto shapes = config::bind_shapes(run.config, run.model.inputs, run.model.outputs);
  const int parts = static_cast<int>(batch / config::samples_in_request(run.model.inputs, shapes));
  const std::vector<std::string> outputs = stored_outputs(folder, run);
  if (outputs.empty() || parts < 1 || run.samples.count < 1) {
    manifest.why_no_check = "the run folder has no outputs of the original any more";
    return;
  }
  const SampleSets samples = stored_samples(folder, run, batch, parts);
  const fs::path check = best / "check";
  fs::create_directories(check / "outputs");
  fs::copy(samples.folders(inputs_of_best(run, record.variant)).front(), check / "inputs", fs::copy_options::recursive);
  for (int part = 0; part < parts; ++part)
    fs::copy(folder.reference() / std::to_string(part % run.samples.count), check / "outputs" / std::to_string(part),
             fs::copy_options::recursive);
  manifest.check = BestCheck{parts, outputs};
  const std::uint64_t bytes = bytes_below(check);
  if (bytes <= kMostCheckBytes) return;
  fs::remove_all(check);
  manifest.check.reset();
  manifest.why_no_check = fmt::format("a sample takes {}, more than the {} that are kept", base::human_bytes(bytes),
                                      base::human_bytes(kMostCheckBytes));
}

void write_manifest(const fs::path& best, BestManifest manifest) {
  manifest.files.clear();
  for (const auto& entry : fs::recursive_directory_iterator(best))
    if (entry.is_regular_file())
      manifest.files.push_back(
          {relative_text(entry.path(), best), entry.file_size(), base::sha256_of_file(entry.path())});
  std::sort(manifest.files.begin(), manifest.files.end(),
            [](const BestFile& a, const BestFile& b) { return a.path < b.path; });
  base::write_file_atomically(best / kName, json_from(manifest).dump(2) + "\n");
}

BestManifest read_manifest(const fs::path& best) {
  const fs::path path = best / kName;
  const std::string name = base::printable(path.string());
  if (!fs::exists(path))
    throw Error(Cause::usage,
                fmt::format("{} is no best/ folder: it holds no {}", base::printable(best.string()), kName),
                "name the folder that autoaccel optimize has written");
  try {
    BestManifest manifest = manifest_from(Json::parse(base::read_file(path)), name);
    check_manifest(manifest, name);
    return manifest;
  } catch (const Json::exception& error) {
    throw Error(Cause::model, name + " is damaged: " + base::printable(error.what()), kAgain);
  }
}

void check_files(const fs::path& best, const BestManifest& manifest) {
  std::vector<std::string> wrong;
  for (const BestFile& file : manifest.files) {
    const fs::path path = best / file.path;
    const std::string name = base::printable(file.path);
    if (!fs::is_regular_file(path)) {
      wrong.push_back(name + " is missing");
    } else if (fs::file_size(path) != file.bytes) {
      wrong.push_back(fmt::format("{} has changed ({} bytes instead of {})", name, fs::file_size(path), file.bytes));
    } else if (base::sha256_of_file(path) != file.sha256) {
      wrong.push_back(name + " has changed (its bytes are others)");
    }
  }
  if (!wrong.empty())
    throw Error(Cause::model, base::printable(best.string()) + ": " + base::join(wrong, "; "), kAgain);
}

}  // namespace autoaccel::pipeline
