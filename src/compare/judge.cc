#include "compare/judge.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/text.h"

namespace autoaccel::compare {
namespace {

using Figure = OutputAgreement::Figure;

constexpr double kWorstSampleSlackDb = 10;  // how far one sample may fall below the limit of the mean
constexpr double kSignalFloor = 1e-6;       // of the mean power: -60 dB, where a sample of an output is dead

Figure figure(const std::vector<double>& per_sample, bool is_larger_better) {
  const double sum = std::accumulate(per_sample.begin(), per_sample.end(), 0.0);
  const auto [least, most] = std::minmax_element(per_sample.begin(), per_sample.end());
  return {sum / static_cast<double>(per_sample.size()), is_larger_better ? *least : *most};
}

template <typename Of>
std::vector<double> per_sample(const std::vector<Sums>& samples, const Of& of) {
  std::vector<double> values(samples.size());
  std::transform(samples.begin(), samples.end(), values.begin(),
                 [&](const Sums& sums) { return std::invoke(of, sums); });
  return values;
}

/// Signal to noise of every sample. The signal of a sample is at least kSignalFloor of the mean over the samples, so
/// that an output that is dead on some samples is not judged by the rounding of zeros; one that is zero on all of them
/// is held against a signal of ones.
std::vector<double> sqnr_per_sample(const std::vector<Sums>& samples) {
  double power = 0, pairs = 0;
  for (const Sums& sums : samples) {
    power += sums.reference_power;
    pairs += static_cast<double>(sums.pairs);
  }
  const double mean_power = pairs == 0 ? 0 : power / pairs;  // per element
  return per_sample(samples, [&](const Sums& sums) {
    const double floor = static_cast<double>(sums.pairs) * (mean_power > 0 ? mean_power * kSignalFloor : 1.0);
    return sqnr_db(std::max(sums.reference_power, floor), sums.error_power);
  });
}

double equal_fraction(const Sums& sums) {
  const auto elements =
      static_cast<double>(sums.pairs + static_cast<std::int64_t>(sums.new_nan + sums.new_inf + sums.lost));
  return elements > 0 ? std::min(1.0, static_cast<double>(sums.equal) / elements) : 1;
}

std::string kind_of(const Evidence& evidence) {
  if (!evidence.is_float) return "labels";
  double least = HUGE_VAL, most = -HUGE_VAL;
  for (const Sums& sums : evidence.samples) {
    least = std::min(least, sums.min_reference);
    most = std::max(most, sums.max_reference);
  }
  return least >= 0 && most <= 1 && most >= kSilentBelow ? "probabilities" : "values";
}

/// A rule as it was applied: `figure value ≥ limit`.
struct Verdict {
  bool is_within = true;
  std::string text;
};

/// Decimals enough to see on which side of the limit the value is.
std::string number_text(double value, double limit, int digits) {
  for (; digits < 17; ++digits) {
    if (value == limit || base::significant(value, digits) != base::significant(limit, digits)) break;
  }
  return base::significant(value, digits);
}

Verdict hold(const std::string& what, double value, double limit, bool is_larger_better) {
  constexpr int kDigits = 3;
  const bool is_within = is_larger_better ? value >= limit : value <= limit;  // false for NaN
  const std::string sign = is_larger_better ? (is_within ? " ≥ " : " < ") : (is_within ? " ≤ " : " > ");
  return {is_within, what + " " + number_text(value, limit, kDigits) + sign + base::significant(limit, 6)};
}

Verdict hold_sqnr(const Figure& sqnr, double limit) {
  const Verdict mean = hold("sqnr_db", sqnr.mean, limit, true);
  const Verdict worst = hold("sqnr_db of the worst sample", sqnr.worst, limit - kWorstSampleSlackDb, true);
  return mean.is_within ? (worst.is_within ? mean : worst) : mean;
}

Verdict hold_labels(const OutputAgreement& output, const Limit& limit) {
  return hold("fraction of equal labels", output.top1_agreement->mean, 1 - limit.probability_error, true);
}

Verdict by_kind(const OutputAgreement& output, const std::vector<Sums>& samples, const Limit& limit) {
  if (output.kind == "labels") return hold_labels(output, limit);
  if (output.kind == "values") return hold_sqnr(output.sqnr_db, limit.sqnr_db);
  const double worst = figure(per_sample(samples, probability_error), false).worst;
  const Verdict error = hold("error of the probabilities", worst, limit.probability_error, false);
  const Verdict sqnr = hold_sqnr(output.sqnr_db, limit.sqnr_db);
  return error.is_within && !sqnr.is_within ? sqnr : error;
}

/// The user's metric where it has a meaning for this output; else the rule of the kind holds.
std::optional<AccuracyMetric> users_metric(const OutputAgreement& output, const Limit& limit) {
  if (!limit.user) return std::nullopt;
  const AccuracyMetric metric = limit.user->metric;
  const bool is_relative = metric == AccuracyMetric::sqnr_db || metric == AccuracyMetric::cosine_similarity ||
                           metric == AccuracyMetric::relative_error;
  if (output.kind == "labels" && is_relative) return std::nullopt;
  if (metric == AccuracyMetric::top1 && !output.top1_agreement) return std::nullopt;
  return metric;
}

Verdict by_user(const OutputAgreement& output, const AccuracyLimit& user) {
  const std::string what = to_text(user.metric);
  switch (user.metric) {
    case AccuracyMetric::mean_absolute_error:
      return hold(what, output.mean_absolute_error.mean, user.limit, false);
    case AccuracyMetric::max_absolute_error:
      return hold(what, output.max_absolute_error.worst, user.limit, false);
    case AccuracyMetric::relative_error:
      return hold(what, output.relative_error.mean, user.limit, false);
    case AccuracyMetric::cosine_similarity:
      return hold(what, output.cosine_similarity.mean, user.limit, true);
    case AccuracyMetric::sqnr_db:
      return hold_sqnr(output.sqnr_db, user.limit);
    case AccuracyMetric::top1:
      return hold(what, output.top1_agreement->mean, user.limit, true);
  }
  return {};
}

/// Shares of the power that an SQNR of `limit` allows.
std::vector<double> sqnr_shares(const std::vector<Sums>& samples, double limit) {
  std::vector<double> shares = sqnr_per_sample(samples);
  for (double& share : shares) share = std::pow(10, (limit - share) / 10);
  return shares;
}

/// value / limit; where nothing is allowed, far too much of anything.
double share_of(double value, double limit) {
  constexpr double kFarTooMuch = 1e20;
  return limit > 0 ? value / limit : value > 0 ? kFarTooMuch : 0;
}

double error_share(double error, double limit) { return share_of(error * error, limit * limit); }

double similarity_share(double similarity, double limit) { return share_of(1 - similarity, 1 - limit); }

std::vector<double> probability_shares(const std::vector<Sums>& samples, double limit) {
  return per_sample(samples, [limit](const Sums& sums) { return error_share(probability_error(sums), limit); });
}

double users_share(const OutputAgreement& output, const AccuracyLimit& user) {
  switch (user.metric) {
    case AccuracyMetric::mean_absolute_error:
      return error_share(output.mean_absolute_error.mean, user.limit);
    case AccuracyMetric::max_absolute_error:
      return error_share(output.max_absolute_error.worst, user.limit);
    case AccuracyMetric::relative_error:
      return error_share(output.relative_error.mean, user.limit);
    case AccuracyMetric::cosine_similarity:
      return similarity_share(output.cosine_similarity.mean, user.limit);
    case AccuracyMetric::top1:
      return similarity_share(output.top1_agreement->mean, user.limit);
    case AccuracyMetric::sqnr_db:
      break;  // by sample
  }
  return 0;
}

/// The limit on the mean SQNR, where there is one.
std::optional<double> sqnr_limit(const OutputAgreement& output, const Limit& limit) {
  const auto metric = users_metric(output, limit);
  if (metric) return metric == AccuracyMetric::sqnr_db ? std::optional(limit.user->limit) : std::nullopt;
  return output.kind == "labels" ? std::nullopt : std::optional(limit.sqnr_db);
}

/// What fails under any limit; empty text: nothing.
std::string broken_values(const std::vector<Sums>& samples) {
  std::uint64_t nan = 0, inf = 0, lost = 0;
  for (const Sums& sums : samples) {
    nan += sums.new_nan;
    inf += sums.new_inf;
    lost += sums.lost;
  }
  if (nan > 0) return std::to_string(nan) + " NaN where the original has none";
  if (inf > 0) return std::to_string(inf) + " infinities where the original has none";
  if (lost > 0) return std::to_string(lost) + " values where the original has NaN or another infinity";
  return {};
}

}  // namespace

OutputAgreement judge(const Evidence& evidence, const Limit& limit) {
  OutputAgreement output;
  output.name = evidence.name;
  output.kind = kind_of(evidence);
  if (!evidence.failure.empty() || evidence.samples.empty()) {
    output.within_limit = false;
    output.judged_by = evidence.failure.empty() ? "no sample was compared" : evidence.failure;
    return output;
  }
  const std::vector<Sums>& samples = evidence.samples;
  output.mean_absolute_error = figure(per_sample(samples, mean_absolute_error), false);
  output.max_absolute_error = figure(per_sample(samples, &Sums::max_absolute_error), false);
  output.relative_error = figure(per_sample(samples, relative_error), false);
  output.cosine_similarity = figure(per_sample(samples, cosine_similarity), true);
  output.sqnr_db = figure(sqnr_per_sample(samples), true);
  if (!evidence.is_float)
    output.top1_agreement = figure(per_sample(samples, equal_fraction), true);
  else if (evidence.top1.size() == samples.size())
    output.top1_agreement = figure(evidence.top1, true);
  for (const Sums& sums : samples) {
    output.nan_count += sums.new_nan;
    output.inf_count += sums.new_inf;
  }

  const std::string broken = broken_values(samples);
  const Verdict verdict = !broken.empty()               ? Verdict{false, broken}
                          : users_metric(output, limit) ? by_user(output, *limit.user)
                                                        : by_kind(output, samples, limit);
  output.within_limit = verdict.is_within;
  output.judged_by = verdict.text;
  if (const auto mean = sqnr_limit(output, limit)) output.worst_sqnr_limit_db = *mean - kWorstSampleSlackDb;
  return output;
}

std::vector<Margin> margins(const Evidence& evidence, const Limit& limit) {
  Margin margin{.agreement = judge(evidence, limit), .noise = {}, .failure = broken_values(evidence.samples)};
  const OutputAgreement& output = margin.agreement;
  const std::vector<Sums>& samples = evidence.samples;
  if (!evidence.failure.empty() || samples.empty()) margin.failure = output.judged_by;
  if (!margin.failure.empty()) return {margin};
  const bool is_probability = output.kind == "probabilities";
  if (is_probability) margin.probability_error = figure(per_sample(samples, probability_error), false).worst;
  const auto metric = users_metric(output, limit);
  std::vector<Margin> result;
  const auto add = [&](std::vector<double> noise, double one_sample_more_db) {
    margin.noise = std::move(noise);
    margin.one_sample_more_db = one_sample_more_db;
    result.push_back(margin);
  };
  if (const auto mean = sqnr_limit(output, limit)) add(sqnr_shares(samples, *mean), kWorstSampleSlackDb);
  if (metric && metric != AccuracyMetric::sqnr_db) add({users_share(output, *limit.user)}, 0);
  if (!metric && is_probability) add(probability_shares(samples, limit.probability_error), 0);
  if (!metric && output.kind == "labels")
    add({similarity_share(output.top1_agreement->mean, 1 - limit.probability_error)}, 0);
  return result;
}

std::string reason_text(const OutputAgreement& output) {
  return "output '" + base::printable(output.name) + "': " + output.judged_by;
}

}  // namespace autoaccel::compare
