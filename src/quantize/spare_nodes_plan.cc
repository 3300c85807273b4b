#include "quantize/spare_nodes_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace autoaccel::quantize {
namespace {

constexpr double kSilentDb = 200;      // slack without noise, as slack_db_of has it
constexpr double kClearlyMore = 1.25;  // part / whole: above it, the two have cancelled each other out

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
  for (const NodeGroup& group : groups) density.push_back(share_of_limit(group.alone) / cost_of(group, costs));
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
