// Names of the closed sets in include/autoaccel, and the few functions of its values.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/record.h"
#include "autoaccel/run.h"
#include "autoaccel/variant.h"
#include "base/files.h"

namespace autoaccel {
namespace {

template <typename Value>
struct NameRow {
  Value value;
  std::string_view name;
};

constexpr NameRow<Objective> kObjectives[] = {
    {Objective::latency, "latency"},
    {Objective::throughput, "throughput"},
    {Objective::size, "size"},
    {Objective::memory, "memory"},
    {Objective::first_inference, "first_inference"},
};

struct MetricRow {
  AccuracyMetric value;
  std::string_view name;
  bool larger_is_better;
};

constexpr MetricRow kMetrics[] = {
    {AccuracyMetric::mean_absolute_error, "mean_absolute_error", false},
    {AccuracyMetric::max_absolute_error, "max_absolute_error", false},
    {AccuracyMetric::relative_error, "relative_error", false},
    {AccuracyMetric::cosine_similarity, "cosine_similarity", true},
    {AccuracyMetric::sqnr_db, "sqnr_db", true},
    {AccuracyMetric::top1, "top1", true},
};

constexpr NameRow<IoTypes> kIoTypes[] = {
    {IoTypes::original, "original"},
    {IoTypes::reduced, "reduced"},
    {IoTypes::uint8, "uint8"},
};

constexpr NameRow<Outcome> kOutcomes[] = {
    {Outcome::ok, "ok"},
    {Outcome::skipped, "skipped"},
    {Outcome::not_converted, "not_converted"},
    {Outcome::not_compiled, "not_compiled"},
    {Outcome::crashed, "crashed"},
    {Outcome::timed_out, "timed_out"},
    {Outcome::out_of_memory, "out_of_memory"},
    {Outcome::disagreed, "disagreed"},
    {Outcome::suspect, "suspect"},
};

template <typename Table, typename Value>
std::string name_in(const Table& table, Value value) {
  const auto row = std::find_if(std::begin(table), std::end(table), [&](const auto& r) { return r.value == value; });
  if (row == std::end(table)) throw Error(Cause::defect, "a value outside its enumeration");
  return std::string(row->name);
}

template <typename Table>
auto value_in(const Table& table, std::string_view name) -> std::optional<decltype(table[0].value)> {
  const auto row = std::find_if(std::begin(table), std::end(table), [&](const auto& r) { return r.name == name; });
  if (row == std::end(table)) return std::nullopt;
  return row->value;
}

template <typename Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& row : table) names.emplace_back(row.name);
  return names;
}

/// Shorter than the 255 bytes of a file name, so that suffixes fit.
constexpr std::size_t kMaxId = 200;
constexpr std::size_t kDigestDigits = 16;

/// `part` with everything escaped that could be taken for a separator of the id or of a path.
std::string escaped(std::string_view part) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  for (const char c : part) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    if (is_plain) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return text;
}

}  // namespace

std::string to_text(Objective objective) { return name_in(kObjectives, objective); }
std::optional<Objective> objective_from_text(std::string_view text) { return value_in(kObjectives, text); }
std::vector<std::string> objective_names() { return names_of(kObjectives); }

std::string to_text(AccuracyMetric metric) { return name_in(kMetrics, metric); }
std::optional<AccuracyMetric> accuracy_metric_from_text(std::string_view text) { return value_in(kMetrics, text); }
std::vector<std::string> accuracy_metric_names() { return names_of(kMetrics); }

bool larger_is_better(AccuracyMetric metric) {
  return std::any_of(std::begin(kMetrics), std::end(kMetrics),
                     [&](const MetricRow& row) { return row.value == metric && row.larger_is_better; });
}

std::string to_text(IoTypes io) { return name_in(kIoTypes, io); }
std::optional<IoTypes> io_types_from_text(std::string_view text) { return value_in(kIoTypes, text); }
std::vector<std::string> io_types_names() { return names_of(kIoTypes); }

std::string to_text(Outcome outcome) { return name_in(kOutcomes, outcome); }
std::optional<Outcome> outcome_from_text(std::string_view text) { return value_in(kOutcomes, text); }
std::vector<std::string> outcome_names() { return names_of(kOutcomes); }

std::string Variant::id() const {
  std::string id = escaped(runtime) + "-" + escaped(recipe);
  if (io == IoTypes::reduced) id += "-io16";
  if (io == IoTypes::uint8) id += "-io8";
  if (device.gpu) id += "-gpu" + std::to_string(*device.gpu);
  for (const auto& [name, value] : settings) id += "-" + escaped(name) + "=" + escaped(value);
  if (id.size() <= kMaxId) return id;
  return id.substr(0, kMaxId - kDigestDigits - 1) + "~" + base::sha256_of_text(id).substr(0, kDigestDigits);
}

bool Host::has(std::string_view feature) const {
  return std::find(features.begin(), features.end(), feature) != features.end();
}

}  // namespace autoaccel
