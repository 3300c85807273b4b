#include "quantize/error_feedback.h"

#include <algorithm>
#include <array>

#include "base/parallel.h"
#include "quantize/block_kernels.h"

namespace autoaccel::quantize {

namespace {

// Of the mean of H's diagonal, added to it: what calibration saw is not all there is. 0.001 to 0.1 tried on MiniLM and
// a ViT in 4 bits: within 0.5 and 1.5 dB of the best.
constexpr double kDamping = 0.01;

// Rows of U that are worked off together: of 4096 channels they stay in a core's second-level cache.
constexpr std::size_t kPanel = 32;
constexpr std::size_t kRows = 128;  // that a thread takes at a time

const BlockKernels& fastest() { return block_kernels().back(); }

/// Columns, rows or what else the output channels of a weight are, kTileBlocks of them at a time.
class FeedbackRounder {
 public:
  FeedbackRounder(const BlockLayout& layout, std::span<const float> weights, const ErrorFeedback& feedback,
                  RoundedWeight& result)
      : layout_(layout),
        weights_(weights),
        feedback_(feedback),
        result_(result),
        outs_(weights.size() / feedback.channels()),
        search_(search_for(result.scales.bits)) {}

  /// False: the weight has no scales.
  bool round() {
    const std::size_t tiles = (outs_ + kTileBlocks - 1) / kTileBlocks;
    std::vector<char> is_usable(tiles, 1);
    std::vector<double> errors(tiles), energies(tiles);
    base::for_each_parallel(tiles, [&](std::size_t tile) {
      Tile at(tile * kTileBlocks, std::min(kTileBlocks, outs_ - tile * kTileBlocks), feedback_.channels());
      is_usable[tile] = round_tile(at);
      errors[tile] = at.error;
      energies[tile] = at.energy;
    });
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      result_.scales.error += errors[tile];
      result_.scales.energy += energies[tile];
    }
    return std::ranges::all_of(is_usable, [](char usable) { return usable != 0; });
  }

 private:
  using Lanes = std::array<float, kTileBlocks>;

  struct Tile {
    Tile(std::size_t first_out, std::size_t lane_count, std::size_t channels)
        : first(first_out), lanes(lane_count), errors(channels * kTileBlocks) {}

    std::size_t first, lanes;
    std::vector<float> errors;  ///< e_k of each lane, [channels][kTileBlocks]
    double error = 0, energy = 0;
  };

  /// Where weight k of an output channel is, and its block.
  std::size_t place(std::size_t out, std::size_t k) const {
    return layout_.inner == 1 ? out * feedback_.channels() + k : k * layout_.inner + out;
  }
  std::size_t block(std::size_t out, std::size_t k) const {
    const std::size_t number = k / layout_.block;
    return layout_.inner == 1 ? out * (feedback_.channels() / layout_.block) + number : number * layout_.inner + out;
  }

  bool round_tile(Tile& tile) {
    std::vector<float> updated(layout_.block * kTileBlocks);  // for the errors before the block
    for (std::size_t start = 0; start < feedback_.channels(); start += layout_.block) {
      std::ranges::fill(updated, 0.0F);
      for (std::size_t t = 0; t < layout_.block; ++t) {
        float* lanes = &updated[t * kTileBlocks];
        for (std::size_t lane = 0; lane < tile.lanes; ++lane)
          lanes[lane] = weights_[place(tile.first + lane, start + t)];
        fastest().add_rows(feedback_.row(start + t).data(), start, tile.errors.data(), lanes);
      }
      BlockChoice choice;
      fastest().choose(updated.data(), layout_.block, search_, choice);
      if (!choice.is_usable) return false;
      for (std::size_t lane = 0; lane < tile.lanes; ++lane) {
        result_.scales.scale[block(tile.first + lane, start)] = choice.scale[lane];
        result_.scales.zero_point[block(tile.first + lane, start)] = choice.zero_point[lane];
      }
      round_block(tile, start, choice, updated);
    }
    return true;
  }

  void round_block(Tile& tile, std::size_t start, const BlockChoice& choice, const std::vector<float>& updated) {
    for (std::size_t t = 0; t < layout_.block; ++t) {
      const std::size_t k = start + t;
      Lanes value;
      std::copy_n(&updated[t * kTileBlocks], kTileBlocks, value.begin());
      fastest().add_rows(feedback_.row(k).data() + start, t, &tile.errors[start * kTileBlocks], value.data());
      std::array<std::uint8_t, kTileBlocks> level;
      fastest().quantize(value.data(), kTileBlocks, choice.scale.data(), choice.zero_point.data(), search_.steps,
                         level.data());
      for (std::size_t lane = 0; lane < tile.lanes; ++lane) {
        const std::size_t at = place(tile.first + lane, k);
        const float stored = static_cast<float>(level[lane] - choice.zero_point[lane]) * choice.scale[lane];
        const float error = weights_[at] - stored;
        result_.integers[at] = level[lane];
        tile.errors[k * kTileBlocks + lane] = error;
        tile.error += static_cast<double>(error) * error;
        tile.energy += static_cast<double>(weights_[at]) * weights_[at];
      }
    }
  }

  const BlockLayout layout_;
  const std::span<const float> weights_;
  const ErrorFeedback& feedback_;
  RoundedWeight& result_;
  const std::size_t outs_;
  const BlockSearch search_;
};

}  // namespace

ErrorFeedback::ErrorFeedback(const ChannelProducts& products)
    : channels_(products.channels), rows_(channels_ * channels_) {
  // H = Tᵀ D T with T lower triangular: row k of T is column k of U. From the last row on, in panels.
  std::vector<double> h(products.sums.begin(), products.sums.end());
  const auto at = [&](std::size_t row, std::size_t column) -> double& { return h[row * channels_ + column]; };
  double trace = 0;
  for (std::size_t k = 0; k < channels_; ++k) trace += at(k, k);
  // All channels zero on every sample: no error of theirs is seen, and none is made up for.
  const double damping = trace > 0 ? kDamping * trace / static_cast<double>(channels_) : 1;
  for (std::size_t k = 0; k < channels_; ++k) at(k, k) += damping;
  for (std::size_t end = channels_; end > 0;) {
    const std::size_t begin = end - std::min(end, kPanel);
    std::array<double, kPanel> diagonal{};
    for (std::size_t j = end; j-- > begin;) {
      diagonal[j - begin] = at(j, j);
      const std::vector<double> scaled(&at(j, 0), &at(j, j));  // D_j T_j
      for (std::size_t i = 0; i < j; ++i) at(j, i) /= at(j, j);
      for (std::size_t i = begin; i < j; ++i) fastest().subtract_rows(&at(i, 0), i + 1, &scaled[i], 1, &at(j, 0), 0);
    }
    base::for_each_parallel((begin + kRows - 1) / kRows, [&](std::size_t part) {
      for (std::size_t i = part * kRows; i < std::min(begin, (part + 1) * kRows); ++i) {
        std::array<double, kPanel> factors{};
        for (std::size_t j = begin; j < end; ++j) factors[j - begin] = diagonal[j - begin] * at(j, i);
        fastest().subtract_rows(&at(i, 0), i + 1, factors.data(), end - begin, &at(begin, 0), channels_);
      }
    });
    end = begin;
  }
  std::ranges::copy(h, rows_.begin());
}

RoundedWeight round_with_feedback(const BlockLayout& layout, int bits, std::span<const float> weights,
                                  const ErrorFeedback& feedback) {
  RoundedWeight result{std::vector<std::uint8_t>(weights.size()), {.bits = bits, .scale = {}, .zero_point = {}}};
  result.scales.scale.resize(weights.size() / layout.block);
  result.scales.zero_point.resize(result.scales.scale.size());
  if (!FeedbackRounder(layout, weights, feedback, result).round())
    result.scales = {.bits = bits, .scale = {}, .zero_point = {}};
  return result;
}

}  // namespace autoaccel::quantize
