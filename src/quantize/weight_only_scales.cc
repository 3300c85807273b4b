#include "quantize/weight_only_scales.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <future>
#include <mutex>
#include <thread>

#include "quantize/block_kernels.h"

namespace autoaccel::quantize {

namespace {

constexpr std::size_t kPieceBytes = 512 << 10;  // read at a time: stays in a core's own cache
constexpr unsigned kMostThreads = 8;            // more than these wait for memory

// Of a block's range, zero in it. Best of eight for 4 bits on real weights and on normal and Laplace numbers, blocks of
// 32: 0.42, 0.44 and 0.34 dB above the range as it is; ranges above 1 let both ends round inwards. 8 bits have steps
// so small that a block of 32 gains nothing by clipping, and a channel of thousands does.
constexpr std::array kParts4{1.08F, 1.03F, 0.98F, 0.93F, 0.87F, 0.82F, 0.77F, 0.72F};
constexpr std::array kParts8{1.0F, 0.99F, 0.97F, 0.94F, 0.88F};

const BlockKernels& fastest() { return block_kernels().back(); }

/// Whole groups of a tensor with room for their scales.
struct Piece {
  BlockLayout layout;
  std::span<const float> values;
  float* scale;
  std::uint8_t* zero_point;
};

struct Sums {
  double error = 0, energy = 0;
  bool is_usable = true;
};

/// Brings kTileBlocks blocks from number `first` on side by side; zeros where there are no more.
void fill_tile(const Piece& piece, std::size_t first, std::size_t blocks, std::vector<float>& tile) {
  const auto [block, inner] = piece.layout;
  const float* values = piece.values.data() + first / inner * piece.layout.group() + first % inner;
  if (blocks == kTileBlocks && first % inner + kTileBlocks <= inner) {
    for (std::size_t t = 0; t < block; ++t)
      std::memcpy(&tile[t * kTileBlocks], values + t * inner, kTileBlocks * sizeof(float));
    return;
  }
  if (blocks < kTileBlocks) std::ranges::fill(tile, 0.0F);
  for (std::size_t lane = 0; lane < blocks; ++lane) {
    const std::size_t number = first + lane;
    const float* from = piece.values.data() + number / inner * piece.layout.group() + number % inner;
    for (std::size_t t = 0; t < block; ++t) tile[t * kTileBlocks + lane] = from[t * inner];
  }
}

Sums choose(const Piece& piece, const BlockSearch& search, std::vector<float>& tile) {
  Sums sums;
  tile.resize(piece.layout.block * kTileBlocks);
  const std::size_t count = piece.values.size() / piece.layout.block;
  for (std::size_t first = 0; first < count; first += kTileBlocks) {
    const std::size_t blocks = std::min(kTileBlocks, count - first);
    fill_tile(piece, first, blocks, tile);
    BlockChoice choice;
    fastest().choose(tile.data(), piece.layout.block, search, choice);
    if (!choice.is_usable) return {.is_usable = false};
    for (std::size_t lane = 0; lane < blocks; ++lane) {
      piece.scale[first + lane] = choice.scale[lane];
      piece.zero_point[first + lane] = choice.zero_point[lane];
      sums.error += choice.error[lane];
      sums.energy += choice.energy[lane];
    }
  }
  return sums;
}

BlockScales room_for(const BlockLayout& layout, int bits, std::size_t elements) {
  BlockScales scales{.bits = bits, .scale = {}, .zero_point = {}};
  scales.scale.resize(elements / layout.block);
  scales.zero_point.resize(scales.scale.size());
  return scales;
}

/// The jobs in pieces, which threads take one after the other.
class Chooser {
 public:
  Chooser(const model::Model& model, std::span<const ScaleJob> jobs) : model_(model), jobs_(jobs) {
    for (const ScaleJob& job : jobs) {
      const std::size_t elements = model::Model::weight_bytes(*job.tensor) / sizeof(float);
      results_.push_back(room_for(job.layout, job.bits, elements));
      const std::size_t step = piece_elements(job, elements);
      for (std::size_t from = 0; from < elements; from += step)
        pieces_.push_back({results_.size() - 1, from, std::min(step, elements - from)});
    }
    sums_.resize(pieces_.size());
  }

  std::vector<BlockScales> run() {
    const std::size_t threads =
        std::min<std::size_t>({std::max(1U, std::thread::hardware_concurrency()), kMostThreads, pieces_.size()});
    std::vector<std::future<void>> others;
    for (std::size_t i = 1; i < threads; ++i) others.push_back(std::async(std::launch::async, [this] { work(); }));
    work();
    for (std::future<void>& other : others) other.get();
    for (std::size_t i = 0; i < pieces_.size(); ++i) {  // in this order whatever the threads did: sums are the same
      BlockScales& result = results_[pieces_[i].job];
      result.error += sums_[i].error;
      result.energy += sums_[i].energy;
      if (!sums_[i].is_usable) result.scale.clear();
    }
    for (BlockScales& result : results_)
      if (result.scale.empty()) result.zero_point.clear();
    return std::move(results_);
  }

 private:
  struct Place {
    std::size_t job, from, elements;
  };

  /// Whole groups, about kPieceBytes; all of a tensor that is made as a whole.
  std::size_t piece_elements(const ScaleJob& job, std::size_t elements) const {
    const std::size_t group = job.layout.group();
    if (model_.granularity(*job.tensor) > group * sizeof(float)) return elements;
    return std::max<std::size_t>(1, kPieceBytes / sizeof(float) / group) * group;
  }

  void work() {
    std::vector<float> values, tile;
    for (std::size_t i = next_++; i < pieces_.size(); i = next_++) {
      const Place& place = pieces_[i];
      const ScaleJob& job = jobs_[place.job];
      values.resize(place.elements);
      model_.read_bytes(*job.tensor, place.from * sizeof(float), std::as_writable_bytes(std::span(values)));
      const std::size_t block = place.from / job.layout.block;
      BlockScales& result = results_[place.job];
      sums_[i] =
          choose({job.layout, values, &result.scale[block], &result.zero_point[block]}, search_for(job.bits), tile);
    }
  }

  const model::Model& model_;
  std::span<const ScaleJob> jobs_;
  std::vector<BlockScales> results_;
  std::vector<Place> pieces_;
  std::vector<Sums> sums_;  ///< by piece
  std::atomic<std::size_t> next_{0};
};

}  // namespace

BlockSearch search_for(int bits) {
  return bits == 4 ? BlockSearch{.steps = 15, .parts = kParts4} : BlockSearch{.steps = 255, .parts = kParts8};
}

std::vector<BlockScales> choose_scales(const model::Model& model, std::span<const ScaleJob> jobs) {
  return Chooser(model, jobs).run();
}

BlockScales choose_scales(const BlockLayout& layout, int bits, std::span<const float> values) {
  BlockScales scales = room_for(layout, bits, values.size());
  std::vector<float> tile;
  const Sums sums = choose({layout, values, scales.scale.data(), scales.zero_point.data()}, search_for(bits), tile);
  if (!sums.is_usable) return {.bits = bits, .scale = {}, .zero_point = {}};
  scales.error = sums.error;
  scales.energy = sums.energy;
  return scales;
}

void quantize(const BlockLayout& layout, const BlockScales& scales, std::size_t first, std::span<const float> from,
              std::span<std::uint8_t> to) {
  const float steps = search_for(scales.bits).steps;
  const auto [block, inner] = layout;
  for (std::size_t done = 0; done < from.size();) {
    const std::size_t at = first + done;
    if (inner == 1) {
      const std::size_t number = at / block;
      fastest().quantize_run(from.data() + done, block, scales.scale[number], scales.zero_point[number], steps,
                             to.data() + done);
      done += block;
    } else {
      const std::size_t number = at / layout.group() * inner;
      fastest().quantize(from.data() + done, inner, &scales.scale[number], &scales.zero_point[number], steps,
                         to.data() + done);
      done += inner;
    }
  }
}

void pack_nibbles(std::span<const std::uint8_t> from, std::span<std::uint8_t> to) {
  std::size_t i = 0;
  for (; i + 8 <= from.size(); i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, &from[i], sizeof(eight));
    eight = (eight | eight >> 4) & 0x00ff00ff00ff00ff;  // pairs, little-endian as ONNX's data
    eight = (eight | eight >> 8) & 0x0000ffff0000ffff;
    const auto four = static_cast<std::uint32_t>(eight | eight >> 16);
    std::memcpy(&to[i / 2], &four, sizeof(four));
  }
  for (; i < from.size(); i += 2) {
    const unsigned upper = i + 1 < from.size() ? from[i + 1] : 0U;
    to[i / 2] = static_cast<std::uint8_t>(from[i] | upper << 4);
  }
}

}  // namespace autoaccel::quantize
