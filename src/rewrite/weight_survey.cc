#include "rewrite/weight_survey.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/parallel.h"

namespace autoaccel::rewrite {

namespace {

constexpr std::uint64_t kSliceBytes = 1 << 20;      // stays in a core's own cache
constexpr std::size_t kLanes = 16;                  // independent sums, which the compiler may keep in vector registers
constexpr std::size_t kBlock = 4096;                // float sums of squares are moved to double after so many
constexpr std::uint64_t kParallelBytes = 64 << 20;  // below, starting threads costs more than it saves

constexpr std::uint32_t kMagnitude = 0x7fff'ffff;  // a binary32 without its sign orders like an integer
constexpr std::uint32_t kInfinity = 0x7f80'0000;

/// The largest binary32 pattern whose value is ≤ `value`.
std::uint32_t pattern_up_to(double value) {
  const auto nearest = static_cast<float>(value);
  return std::bit_cast<std::uint32_t>(nearest) - (static_cast<double>(nearest) > value ? 1u : 0u);
}

struct Counts {
  std::array<std::uint32_t, kLanes> largest{}, infinite{}, nan{}, outside{}, vanishing{}, subnormal{};
};

struct Thresholds {
  std::uint32_t largest, vanishes, below_normal;
};

/// One block without branches, lane by lane.
void add_block(const float* values, std::size_t rows, const Thresholds& at, Counts& counts, double& energy) {
  std::array<float, kLanes> squares{};
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float value = values[row * kLanes + lane];
      const std::uint32_t bits = std::bit_cast<std::uint32_t>(value) & kMagnitude;
      const bool finite = bits < kInfinity;
      const std::uint32_t kept = finite ? bits : 0;
      counts.largest[lane] = std::max(counts.largest[lane], kept);
      counts.infinite[lane] += bits == kInfinity;
      counts.nan[lane] += bits > kInfinity;
      counts.outside[lane] += kept > at.largest;
      counts.vanishing[lane] += (kept != 0) & (kept <= at.vanishes);
      counts.subnormal[lane] += (kept != 0) & (kept <= at.below_normal);
      const float magnitude = std::bit_cast<float>(kept);
      squares[lane] += magnitude * magnitude;
    }
  }
  for (const float square : squares) energy += square;
}

std::int64_t sum(const std::array<std::uint32_t, kLanes>& lanes) {
  std::int64_t total = 0;
  for (const std::uint32_t lane : lanes) total += lane;
  return total;
}

/// Where the tensor's bytes are; nullptr when it holds them itself.
const std::string* location_of(const onnx::TensorProto& tensor) {
  if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return nullptr;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") return &entry.value();
  }
  return nullptr;
}

}  // namespace

bool WeightFigures::underflows(const FloatLimits& limits) const {
  const double step_error = limits.subnormal_step * limits.subnormal_step / 4;
  return subnormal > 0 && static_cast<double>(subnormal) * step_error > 1e-5 * energy;
}

WeightFigures& operator+=(WeightFigures& sum, const WeightFigures& part) {
  sum.elements += part.elements;
  sum.largest = std::max(sum.largest, part.largest);
  sum.energy += part.energy;
  sum.infinite += part.infinite;
  sum.nan += part.nan;
  sum.outside += part.outside;
  sum.vanishing += part.vanishing;
  sum.subnormal += part.subnormal;
  return sum;
}

WeightFigures figures_of(std::span<const float> values, const FloatLimits& limits) {
  const Thresholds at{pattern_up_to(limits.largest), pattern_up_to(limits.vanishes),
                      std::bit_cast<std::uint32_t>(static_cast<float>(limits.smallest_normal)) - 1};
  Counts counts;
  double energy = 0;
  const std::size_t whole = values.size() / kLanes * kLanes;
  for (std::size_t done = 0; done < whole; done += kBlock) {
    add_block(values.data() + done, std::min(kBlock, whole - done) / kLanes, at, counts, energy);
  }
  std::array<float, kLanes> rest{};  // padded with zeros, which count nowhere
  std::copy(values.begin() + static_cast<std::ptrdiff_t>(whole), values.end(), rest.begin());
  add_block(rest.data(), 1, at, counts, energy);
  // Squares beyond binary32 (values above 1.8e19) make the sum infinite; that is large enough for what it is used for.
  return {.elements = static_cast<std::int64_t>(values.size()),
          .largest = std::bit_cast<float>(std::ranges::max(counts.largest)),
          .energy = energy,
          .infinite = sum(counts.infinite),
          .nan = sum(counts.nan),
          .outside = sum(counts.outside),
          .vanishing = sum(counts.vanishing),
          .subnormal = sum(counts.subnormal)};
}

WeightFigures WeightSurvey::survey(const onnx::TensorProto& tensor) const {
  WeightFigures figures;
  model_->for_each_slice(tensor, kSliceBytes, [&](std::span<const std::byte> bytes) {
    // Slices start at multiples of the element's size, in memory from the allocator.
    const auto* values = reinterpret_cast<const float*>(bytes.data());
    figures += figures_of({values, bytes.size() / sizeof(float)}, *limits_);
  });
  return figures;
}

WeightFigures WeightSurvey::of(const onnx::TensorProto& tensor) {
  const std::string* location = location_of(tensor);
  if (location == nullptr) return survey(tensor);
  const auto found = known_.find(*location);
  return found != known_.end() ? found->second : known_.emplace(*location, survey(tensor)).first->second;
}

void WeightSurvey::read_ahead(std::span<const onnx::TensorProto* const> tensors) {
  std::map<std::string, const onnx::TensorProto*> unread;
  std::uint64_t bytes = 0;
  for (const auto* tensor : tensors) {
    const std::string* location = location_of(*tensor);
    if (location == nullptr || known_.contains(*location)) continue;
    if (unread.emplace(*location, tensor).second) bytes += model::Model::weight_bytes(*tensor);
  }
  std::vector<std::pair<const onnx::TensorProto*, WeightFigures*>> jobs;
  for (const auto& [location, tensor] : unread) jobs.emplace_back(tensor, &known_[location]);
  const auto read = [&](std::size_t i) { *jobs[i].second = survey(*jobs[i].first); };
  if (bytes >= kParallelBytes) return base::for_each_parallel(jobs.size(), read);
  for (std::size_t i = 0; i < jobs.size(); ++i) read(i);
}

}  // namespace autoaccel::rewrite
