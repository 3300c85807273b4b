#include "report/columns.h"

#include <algorithm>

#include "base/text.h"
#include "plan/label.h"

namespace autoaccel::report {
namespace {

constexpr double kMilli = 1e3;  // seconds to milliseconds
constexpr double kMega = 1e-6;  // bytes to megabytes

template <typename Number>
Cell cell(const std::optional<Number>& value, double scale = 1) {
  return value ? Cell(static_cast<double>(*value) * scale) : Cell();
}

/// A member of the measurement or the agreement, where the record has one.
template <typename Read>
Cell measured(const Row& row, Read read) {
  return row.record.measurement ? read(*row.record.measurement) : Cell();
}
template <typename Read>
Cell compared(const Row& row, Read read) {
  return row.record.agreement ? read(*row.record.agreement) : Cell();
}

Cell size_of(const Row& row) {
  if (row.record.artifact) return static_cast<double>(row.record.artifact->bytes) * kMega;
  if (row.is_original && row.run.model.bytes > 0) return static_cast<double>(row.run.model.bytes) * kMega;
  return {};
}

Cell placement_of(const Row& row) {
  if (!row.record.placement || row.record.placement->summary.empty()) return {};
  return row.record.placement->summary;
}

Cell reason_of(const Row& row) { return row.record.reason.empty() ? Cell() : Cell(row.record.reason); }

using M = Measurement;
using A = Agreement;

// clang-format off
const Column kColumns[] = {
    {"task", "task", "runtime, precision and types; the settings where they tell rows apart", kText, 38,
     [](const Row& row) { return Cell(row.task); }},
    {"size", "file size (MB)", "all files of the artifact, in units of 10^6 bytes", kTwoDecimals, 10, size_of},
    {"throughput", "throughput (samples/second)", "batch × runs / wall time", kTwoDecimals, 19,
     [](const Row& row) { return measured(row, [](const M& m) { return Cell(m.throughput_per_second); }); }},
    {"mae", "mae", "mean absolute error against the original: worst output, mean over the samples", kScientific, 11,
     [](const Row& row) { return compared(row, [](const A& a) { return Cell(a.mean_absolute_error); }); }},
    {"median", "latency median (ms)", "of one request; blank where the samples are too few (11)", kThreeDecimals, 11,
     [](const Row& row) { return measured(row, [](const M& m) { return cell(m.latency_seconds.median, kMilli); }); }},
    {"mean", "latency mean (ms)", "of one request", kThreeDecimals, 11,
     [](const Row& row) { return measured(row, [](const M& m) { return cell(m.latency_seconds.mean, kMilli); }); }},
    {"p90", "latency p90 (ms)", "nine of ten requests are faster; blank below 64 samples", kThreeDecimals, 11,
     [](const Row& row) { return measured(row, [](const M& m) { return cell(m.latency_seconds.p90, kMilli); }); }},
    {"p99", "latency p99 (ms)", "99 of 100 requests are faster; blank below 662 samples", kThreeDecimals, 11,
     [](const Row& row) { return measured(row, [](const M& m) { return cell(m.latency_seconds.p99, kMilli); }); }},
    {"speed_up", "speed-up", "against the original: its latency / this latency, or the ratio of throughputs when throughput is the objective; from the rounds of the final for those that took part", kFactor, 11,
     [](const Row& row) { return cell(row.record.speed_up); }},
    {"speed_up_low", "speed-up, low", "with 95 % confidence the speed-up is at least this; known for those of the final", kFactor, 11,
     [](const Row& row) { return row.record.speed_up_interval ? Cell(row.record.speed_up_interval->low) : Cell(); }},
    {"speed_up_high", "speed-up, high", "and at most this", kFactor, 11,
     [](const Row& row) { return row.record.speed_up_interval ? Cell(row.record.speed_up_interval->high) : Cell(); }},
    {"pareto", "Pareto front", "yes: no other variant that qualifies is faster, more faithful and smaller at once", kText, 9,
     [](const Row& row) { return row.record.on_pareto_front ? Cell("yes") : Cell(); }},
    {"sqnr", "SQNR (dB)", "signal to quantization noise, 10 log10(Σ b² / Σ (a − b)²): worst output and sample; 200 where outputs are equal", kDecibels, 11,
     [](const Row& row) { return compared(row, [](const A& a) { return Cell(a.sqnr_db); }); }},
    {"cosine", "cosine similarity", "of the worst output and sample", kFiveDecimals, 11,
     [](const Row& row) { return compared(row, [](const A& a) { return Cell(a.cosine_similarity); }); }},
    {"max_error", "max absolute error", "of the worst output and sample", kScientific, 11,
     [](const Row& row) { return compared(row, [](const A& a) { return Cell(a.max_absolute_error); }); }},
    {"memory", "peak memory (MB)", "peak resident memory of the process that ran it, in units of 10^6 bytes", kWhole, 10,
     [](const Row& row) { return measured(row, [](const M& m) { return cell(m.peak_bytes, kMega); }); }},
    {"load", "load (s)", "to load and compile the artifact", kThreeDecimals, 9,
     [](const Row& row) { return measured(row, [](const M& m) { return Cell(m.load_seconds); }); }},
    {"first", "first inference (ms)", "before any warm-up", kTwoDecimals, 11,
     [](const Row& row) { return measured(row, [](const M& m) { return Cell(m.first_inference_seconds * kMilli); }); }},
    {"convert", "convert (s)", "to make the artifact from the original", kTwoDecimals, 9,
     [](const Row& row) { return measured(row, [](const M& m) { return Cell(m.convert_seconds); }); }},
    {"rank", "rank", "1 is the best; what did not run has none", kWhole, 7,
     [](const Row& row) { return cell(row.record.rank); }},
    {"placement", "what ran", "nodes by what executed them, as the runtime reports it", kText, 44, placement_of},
    {"outcome", "outcome", "ok, or how the trial ended", kText, 14,
     [](const Row& row) { return Cell(outcome_text(row.record)); }},
    {"reason", "reason", "why it is not ok", kText, 64, reason_of},
    {"id", "id", "names the variant's folder; autoaccel trial takes it", kText, 44,
     [](const Row& row) { return Cell(row.record.variant.id()); }},
};
// clang-format on

}  // namespace

std::vector<Row> rows_of(const Run& run) {
  std::vector<Variant> variants;
  for (const Record& record : run.records) variants.push_back(record.variant);
  std::vector<std::string> tasks = plan::labels(variants);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const std::string id = variants[i].id();
    rows.push_back({.run = run,
                    .record = run.records[i],
                    .task = std::move(tasks[i]),
                    .is_recommended = run.recommended == id,
                    .is_original = run.original == id});
  }
  return rows;
}

const Row* find_recommended(std::span<const Row> rows) {
  const auto found = std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.is_recommended; });
  return found == rows.end() ? nullptr : &*found;
}

const Row* find_original(std::span<const Row> rows) {
  const auto found = std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.is_original; });
  return found == rows.end() ? nullptr : &*found;
}

std::span<const Column> columns() { return kColumns; }

const Column& column(std::string_view key) {
  const auto found =
      std::find_if(std::begin(kColumns), std::end(kColumns), [&](const Column& c) { return c.key == key; });
  if (found == std::end(kColumns)) throw Error(Cause::defect, "no column '" + std::string(key) + "'");
  return *found;
}

std::string shown_text(const Column& column, const Row& row) {
  const Cell value = column.value(row);
  if (const auto* number = std::get_if<double>(&value)) return column.format.text(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return base::printable(*text);
  return {};
}

std::string outcome_text(const Record& record) {
  std::string text = to_text(record.outcome);
  std::replace(text.begin(), text.end(), '_', ' ');
  const bool is_noisy = record.measurement && record.measurement->noisy;
  return record.outcome == Outcome::ok && is_noisy ? text + ", noisy" : text;
}

}  // namespace autoaccel::report
