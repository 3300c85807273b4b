#include "select/wording.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "base/text.h"
#include "select/figures.h"

namespace autoaccel::select {
namespace {

constexpr double kEqualDb = 200;      // how sqnr_db writes outputs that are equal bit for bit
constexpr double kWorthSaying = 0.1;  // of the original's figure

std::string rate(double per_second) {
  return per_second >= 100 ? base::fixed(per_second, 0) : base::significant(per_second, 3);
}

std::string instead_of(const std::string& mine, const std::string& its) { return mine + " instead of " + its; }

double cold_start_seconds(const Record& record) {
  return record.measurement->load_seconds + record.measurement->first_inference_seconds;
}

bool is_worth_saying(double mine, double its) { return its > 0 && std::abs(mine / its - 1) > kWorthSaying; }

/// `512 MB instead of 212 MB`; empty where one is not known or they hardly differ.
std::string bytes_instead(const std::optional<std::uint64_t>& mine, const std::optional<std::uint64_t>& its) {
  if (!mine || !its || !is_worth_saying(static_cast<double>(*mine), static_cast<double>(*its))) return {};
  return instead_of(base::human_bytes(*mine), base::human_bytes(*its));
}

}  // namespace

std::string times(double factor, const std::optional<Interval>& interval) {
  const std::string text = base::fixed(factor, 2) + " ×";
  if (!interval) return text;
  return text + " (" + base::fixed(interval->low, 2) + "–" + base::fixed(interval->high, 2) + ")";
}

std::string gain(const Run& run, const Record& original, const Record& record) {
  const std::string speed = times(record.speed_up.value_or(1), record.speed_up_interval);
  const Measurement& mine = *record.measurement;
  const Measurement& its = *original.measurement;
  const auto bytes = [](const std::optional<std::uint64_t>& value) { return base::human_bytes(value.value_or(0)); };
  switch (run.config.objective) {
    case Objective::throughput:
      return speed + " the throughput of the original, " +
             instead_of(rate(mine.throughput_per_second), rate(its.throughput_per_second)) + " samples a second";
    case Objective::size:
      return instead_of(bytes(size_bytes(run, record)), bytes(size_bytes(run, original))) + ", at " + speed +
             " the speed of the original";
    case Objective::memory:
      return instead_of(bytes(mine.peak_bytes), bytes(its.peak_bytes)) + " of memory, at " + speed +
             " the speed of the original";
    case Objective::first_inference:
      return instead_of(base::human_seconds(cold_start_seconds(record)),
                        base::human_seconds(cold_start_seconds(original))) +
             " to the first result, at " + speed + " the speed of the original";
    case Objective::latency:
      break;
  }
  return speed + " as fast as the original, " +
         instead_of(base::human_seconds(*latency_seconds(record)), base::human_seconds(*latency_seconds(original))) +
         " a request";
}

std::string fidelity(const Agreement& agreement) {
  if (agreement.sqnr_db >= kEqualDb) return "its outputs are equal to the original's";
  return "its outputs agree with the original's to " + base::fixed(agreement.sqnr_db, 1) + " dB (largest error " +
         base::significant(agreement.max_absolute_error, 2) + ")";
}

std::string costs(const Run& run, const Record& original, const Record& record) {
  const Objective objective = run.config.objective;
  std::vector<std::string> parts;
  const auto add = [&](Objective said, const std::string& text, std::string_view what) {
    if (objective != said && !text.empty()) parts.push_back(text + std::string(what));
  };
  add(Objective::memory, bytes_instead(record.measurement->peak_bytes, original.measurement->peak_bytes), " of memory");
  add(Objective::size, bytes_instead(size_bytes(run, record), size_bytes(run, original)), " of files");
  const double mine = cold_start_seconds(record), its = cold_start_seconds(original);
  if (is_worth_saying(mine, its))
    add(Objective::first_inference, instead_of(base::human_seconds(mine), base::human_seconds(its)),
        " to the first result");
  if (parts.empty()) return {};
  const std::string last = parts.back();
  parts.pop_back();
  return " It takes " + base::join(parts, ", ") + (parts.empty() ? "" : " and ") + last + ".";
}

std::string search_sentence(const SearchSummary& search) {
  if (search.strategy.empty() || search.trials == 0) return {};
  const auto trials = static_cast<std::uint64_t>(search.trials);
  if (trials >= search.points) return search.stopped_because.empty() ? "" : " All that there is was tried.";
  std::string text = fmt::format(" {} of {} variants were tried", trials, search.points);
  if (search.stopped_because.empty()) return text + " so far.";
  text += ": " + base::printable(search.stopped_because);
  if (search.expected_gain)
    text += fmt::format(", and the next trial was expected to gain {} %",
                        base::significant(*search.expected_gain * 100, 2));
  return text + ".";
}

}  // namespace autoaccel::select
