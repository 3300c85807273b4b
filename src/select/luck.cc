#include "select/luck.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"

namespace autoaccel::select {
namespace {

constexpr double kAlikeDb = 10;         // means so near are of about as much noise
constexpr std::size_t kFewest = 3;      // variants whose median says something
constexpr double kSameFigures = 0.005;  // dB: the same outputs, with other settings

const OutputAgreement* find_output(const Record& record, const std::string& name) {
  if (!record.agreement) return nullptr;
  const auto found = std::ranges::find(record.agreement->outputs, name, &OutputAgreement::name);
  return found == record.agreement->outputs.end() ? nullptr : &*found;
}

bool is_same(const OutputAgreement::Figure& a, const OutputAgreement::Figure& b) {
  return std::abs(a.mean - b.mean) < kSameFigures && std::abs(a.worst - b.worst) < kSameFigures;
}

/// How far below their mean the worst samples of variants like this one are, those of the same figures once.
std::vector<double> gaps_of_others(const Run& run, const OutputAgreement& output) {
  std::vector<OutputAgreement::Figure> seen = {output.sqnr_db};
  std::vector<double> gaps;
  for (const Record& other : run.records) {
    const OutputAgreement* its = find_output(other, output.name);
    if (its == nullptr || std::abs(its->sqnr_db.mean - output.sqnr_db.mean) > kAlikeDb) continue;
    if (std::ranges::any_of(seen, [&](const auto& figure) { return is_same(figure, its->sqnr_db); })) continue;
    seen.push_back(its->sqnr_db);
    gaps.push_back(its->sqnr_db.mean - its->sqnr_db.worst);
  }
  return gaps;
}

}  // namespace

std::string luck_reason(const Run& run, const Record& record) {
  if (!record.agreement || !record.agreement->within_limit) return {};
  for (const OutputAgreement& output : record.agreement->outputs) {
    if (!output.worst_sqnr_limit_db) continue;
    std::vector<double> gaps = gaps_of_others(run, output);
    if (gaps.size() < kFewest) continue;
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
    std::ranges::nth_element(gaps, middle);
    const double expected = output.sqnr_db.mean - *middle;
    if (expected >= *output.worst_sqnr_limit_db) continue;
    return fmt::format(
        "output '{}': agrees by luck: its worst sample has {} dB, but {} variants of about as much noise fall {} dB "
        "below their mean there (the median), so {} < {} has to be expected",
        base::printable(output.name), base::fixed(output.sqnr_db.worst, 1), gaps.size(), base::fixed(*middle, 1),
        base::fixed(expected, 1), base::fixed(*output.worst_sqnr_limit_db, 1));
  }
  return {};
}

}  // namespace autoaccel::select
