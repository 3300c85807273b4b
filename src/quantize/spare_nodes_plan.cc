#include "quantize/spare_nodes_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace autoaccel::quantize {
namespace {

constexpr double kSilent = 1e-18;      // of the limit: no ratio is taken of less
constexpr double kBrokenShare = 1e20;  // as kBrokenSlackDb
constexpr double kSilentDb = 200;      // slack without noise, as slack_db_of has it
constexpr double kClearlyMore = 1.25;  // part / whole: above it, the two have cancelled each other out

double geometric_mean(const std::vector<double>& shares) {
  double sum = 0;
  for (const double share : shares) sum += std::log(std::max(share, kSilent));
  return std::exp(sum / static_cast<double>(shares.size()));
}

/// How much more noise there is on each sample than on a typical one, as most of these have it.
std::vector<double> hardness_of_samples(const std::vector<const Noise*>& noises, std::size_t output) {
  std::vector<double> logs(noises.front()->outputs[output].by_sample.size(), 0);
  for (const Noise* noise : noises) {
    const std::vector<double>& shares = noise->outputs[output].by_sample;
    const double level = geometric_mean(shares);
    for (std::size_t k = 0; k < logs.size(); ++k) logs[k] += std::log(std::max(shares[k], kSilent) / level);
  }
  for (double& each : logs) each = std::exp(each / static_cast<double>(noises.size()));
  return logs;
}

void require_same(const Noise& a, const Noise& b) {
  bool same = a.outputs.size() == b.outputs.size();
  for (std::size_t i = 0; same && i < a.outputs.size(); ++i)
    same = a.outputs[i].by_sample.size() == b.outputs[i].by_sample.size();
  if (!same) throw Error(Cause::defect, "a judge has scored other outputs or samples than before");
}

template <typename Of>
Noise element_wise(const Noise& a, const Noise& b, const Of& of) {
  require_same(a, b);
  Noise result = a;
  for (std::size_t i = 0; i < a.outputs.size(); ++i) {
    std::transform(a.outputs[i].by_sample.begin(), a.outputs[i].by_sample.end(), b.outputs[i].by_sample.begin(),
                   result.outputs[i].by_sample.begin(), of);
  }
  return result;
}

}  // namespace

Noise noise_of(const Score& score) {
  Noise noise;
  noise.is_broken = !score.failure.empty();
  if (noise.is_broken) return noise;
  for (const OutputScore& output : score.outputs) noise.outputs.push_back({output.noise, output.one_sample_more_db});
  return noise;
}

Noise operator+(const Noise& a, const Noise& b) {
  if (a.is_broken || b.is_broken) return {.is_broken = true, .outputs = {}};
  if (a.outputs.empty()) return b;
  if (b.outputs.empty()) return a;
  return element_wise(a, b, [](double x, double y) { return x + y; });
}

Noise divided(Noise noise, std::size_t count) {
  for (Noise::Output& output : noise.outputs)
    for (double& share : output.by_sample) share /= static_cast<double>(count);
  return noise;
}

double slack_db(const Noise& noise) {
  if (noise.is_broken) return kBrokenSlackDb;
  double least = kSilentDb;
  for (const Noise::Output& output : noise.outputs)
    least = std::min(least, slack_db_of(output.by_sample, output.one_sample_more_db));
  return least;
}

double share_of_limit(const Noise& noise) { return std::pow(10, -slack_db(noise) / 10); }

double typical_share(const Noise& noise) {
  if (noise.is_broken) return kBrokenShare;
  double most = 0;
  for (const Noise::Output& output : noise.outputs) most = std::max(most, geometric_mean(output.by_sample));
  return most;
}

double expected_slack_db(const Noise& foretold, const Noise& judged) {
  if (foretold.is_broken || judged.is_broken || foretold.outputs.empty()) return slack_db(judged);
  require_same(foretold, judged);
  Noise expected = foretold;
  for (std::size_t o = 0; o < expected.outputs.size(); ++o) {
    std::vector<double>& shares = expected.outputs[o].by_sample;
    const std::vector<double>& seen = judged.outputs[o].by_sample;
    double sum = 0, count = 0;
    for (std::size_t k = 0; k < shares.size(); ++k) {
      if (shares[k] < kSilent || seen[k] < kSilent) continue;
      sum += std::log(seen[k] / shares[k]);
      ++count;
    }
    for (std::size_t k = 0; k < shares.size(); ++k) shares[k] = count > 0 ? shares[k] * std::exp(sum / count) : seen[k];
  }
  return slack_db(expected);
}

Noise foretold(const std::vector<NodeGroup>& groups, const std::vector<bool>& low) {
  Noise sum;
  std::vector<const Noise*> all, counted;
  for (const NodeGroup& group : groups) {
    const auto begin = low.begin() + static_cast<std::ptrdiff_t>(group.first);
    const auto end = low.begin() + static_cast<std::ptrdiff_t>(group.end);
    const bool is_low = std::find(begin, end, true) != end;
    if (is_low) sum = sum + group.alone;
    if (group.alone.is_broken || group.alone.outputs.empty()) continue;
    all.push_back(&group.alone);
    if (is_low) counted.push_back(&group.alone);
  }
  for (std::size_t o = 0; o < sum.outputs.size(); ++o) {
    double level = 0;
    for (const Noise* noise : counted) level += geometric_mean(noise->outputs[o].by_sample);
    const std::vector<double> hardness = hardness_of_samples(all, o);
    std::vector<double>& shares = sum.outputs[o].by_sample;
    for (std::size_t k = 0; k < shares.size(); ++k) shares[k] = std::max(shares[k], level * hardness[k]);
  }
  return sum;
}

std::optional<Noise> remainder(const Noise& whole, const Noise& part) {
  if (part.is_broken) return std::nullopt;
  if (whole.is_broken) return whole;
  if (share_of_limit(part) > kClearlyMore * share_of_limit(whole)) return std::nullopt;
  return element_wise(whole, part, [](double w, double p) { return std::max(w - p, 0.0); });
}

double cost_of(const NodeGroup& group, const std::vector<double>& costs) {
  const auto begin = costs.begin();
  return std::accumulate(begin + static_cast<std::ptrdiff_t>(group.first),
                         begin + static_cast<std::ptrdiff_t>(group.end), 0.0);
}

std::vector<std::size_t> by_damage(const std::vector<NodeGroup>& groups, const std::vector<double>& costs) {
  std::vector<double> density;
  for (const NodeGroup& group : groups) density.push_back(typical_share(group.alone) / cost_of(group, costs));
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return density[a] < density[b]; });
  return order;
}

SparePlan plan_of(const std::vector<NodeGroup>& groups, const std::vector<double>& costs,
                  const std::vector<bool>& forced, double target_db) {
  SparePlan plan{.low = std::vector<bool>(costs.size(), false), .foretold_db = kSilentDb};
  Noise sum;
  for (const std::size_t index : by_damage(groups, costs)) {
    const NodeGroup& group = groups[index];
    Noise with = sum + group.alone;
    const double slack = slack_db(with);
    if (slack < target_db) continue;
    sum = std::move(with);
    plan.foretold_db = slack;
    for (std::size_t i = group.first; i < group.end; ++i) plan.low[i] = !forced[i];
  }
  return plan;
}

}  // namespace autoaccel::quantize
