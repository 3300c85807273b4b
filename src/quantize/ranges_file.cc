#include "quantize/ranges_file.h"

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/text.h"

namespace autoaccel::quantize {
namespace {

constexpr int kVersion = 1;                         // raised whenever a member changes its meaning
constexpr std::uint64_t kLargestFile = 1ull << 30;  // bytes; about 40 kB a value

[[noreturn]] void refuse(Cause cause, const std::filesystem::path& path, std::string_view what) {
  throw Error(cause, base::printable(path.string()) + " " + std::string(what),
              "leave out --ranges, or name another file, to calibrate again");
}

}  // namespace

void write_statistics(const std::filesystem::path& path, const Statistics& statistics,
                      const std::string& model_sha256) {
  base::Json json{{"ranges_version", kVersion}, {"model_sha256", model_sha256}};
  json.update(to_json(statistics));
  base::write_file_atomically(path, json.dump() + "\n");
}

Statistics read_statistics(const std::filesystem::path& path, const std::string& model_sha256) {
  const base::Json json = base::Json::parse(base::read_file(path, kLargestFile), nullptr, /*allow_exceptions=*/false);
  const auto version = json.is_object() ? json.find("ranges_version") : json.end();
  if (!json.is_object() || version == json.end()) refuse(Cause::model, path, "is no file of ranges");
  if (*version != kVersion)
    refuse(Cause::model, path,
           "has ranges_version " + base::printable(version->dump()) + ", not " + std::to_string(kVersion));
  const auto digest = json.find("model_sha256");
  if (digest == json.end() || !digest->is_string())
    refuse(Cause::model, path, "does not say of which model it is: /model_sha256");
  if (*digest != model_sha256) refuse(Cause::usage, path, "has the ranges of another model");
  return statistics_from(json, base::printable(path.string()) + ": ");
}

}  // namespace autoaccel::quantize
