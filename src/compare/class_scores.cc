#include "compare/class_scores.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "base/numeric.h"

namespace autoaccel::compare {
namespace {

constexpr std::int64_t kChunk = 4096;   // elements read at a time
constexpr double kSumTolerance = 0.01;  // float16 softmax over thousands of classes stays within

/// A tensor seen as outer × classes × inner; a row is the classes at one (outer, inner).
struct Rows {
  std::int64_t outer = 1, classes = 1, inner = 1;
};

Rows rows_along(const Shape& shape, std::size_t axis) {
  Rows rows;
  for (std::size_t i = 0; i < shape.size(); ++i)
    (i < axis ? rows.outer : i == axis ? rows.classes : rows.inner) *= shape[i];
  return rows;
}

/// Reads all rows, class by class. `load(first, count)` fetches contiguous elements, `visit(lane, at)` is told of each,
/// with its row within the group and its place in what was fetched; `close(lanes)` ends a group, and the walk when it
/// is false.
///
/// Where the classes are contiguous a group is one row and a fetch holds many classes; elsewhere a fetch holds one
/// class of many rows. Either way the tensor is read in long pieces.
template <typename Load, typename Visit, typename Close>
void walk(const Rows& rows, const Load& load, const Visit& visit, const Close& close) {
  for (std::int64_t o = 0; o < rows.outer; ++o) {
    if (rows.inner == 1) {
      for (std::int64_t c = 0; c < rows.classes; c += kChunk) {
        const std::int64_t count = std::min(kChunk, rows.classes - c);
        load(o * rows.classes + c, count);
        for (std::int64_t i = 0; i < count; ++i) visit(0, i);
      }
      if (!close(1)) return;
      continue;
    }
    for (std::int64_t begin = 0; begin < rows.inner; begin += kChunk) {
      const std::int64_t count = std::min(kChunk, rows.inner - begin);
      for (std::int64_t c = 0; c < rows.classes; ++c) {
        load((o * rows.classes + c) * rows.inner + begin, count);
        for (std::int64_t i = 0; i < count; ++i) visit(i, i);
      }
      if (!close(count)) return;
    }
  }
}

bool is_softmax_along(const Tensor& reference, std::size_t axis) {
  const Rows rows = rows_along(reference.shape(), axis);
  if (rows.classes < 2 || reference.size() == 0) return false;
  std::vector<double> values(kChunk), sums(kChunk, 0.0);
  bool is_softmax = true;
  const auto load = [&](std::int64_t first, std::int64_t count) {
    base::copy_as_doubles(reference, first, std::span(values).first(static_cast<std::size_t>(count)));
  };
  const auto visit = [&](std::int64_t lane, std::int64_t at) {
    const double value = values[static_cast<std::size_t>(at)];
    is_softmax = is_softmax && value >= 0;  // false for NaN
    sums[static_cast<std::size_t>(lane)] += value;
  };
  const auto close = [&](std::int64_t lanes) {
    for (std::int64_t i = 0; i < lanes; ++i) {
      double& sum = sums[static_cast<std::size_t>(i)];
      is_softmax = is_softmax && std::abs(sum - 1) <= kSumTolerance;
      sum = 0;
    }
    return is_softmax;
  };
  walk(rows, load, visit, close);
  return is_softmax;
}

/// What is known of a row on the way through its classes.
struct Best {
  double reference = -HUGE_VAL;  ///< highest score of the original
  double candidate = -HUGE_VAL;  ///< highest score of the candidate …
  double reference_there = NAN;  ///< … and the original's score of that class
};

}  // namespace

std::optional<std::size_t> class_axis(const Tensor& reference) {
  const std::size_t rank = reference.shape().size();
  if (!is_float(reference.type()) || rank == 0) return std::nullopt;
  if (is_softmax_along(reference, rank - 1)) return rank - 1;
  if (rank > 2 && is_softmax_along(reference, 1)) return 1;
  if (rank == 2 && reference.shape()[1] >= 2) return 1;
  return std::nullopt;
}

double top1_agreement(const Tensor& reference, const Tensor& candidate, std::size_t axis) {
  const Rows rows = rows_along(reference.shape(), axis);
  std::vector<double> r(kChunk), c(kChunk);
  std::vector<Best> best(kChunk);
  std::int64_t same = 0, total = 0;
  const auto load = [&](std::int64_t first, std::int64_t count) {
    base::copy_as_doubles(reference, first, std::span(r).first(static_cast<std::size_t>(count)));
    base::copy_as_doubles(candidate, first, std::span(c).first(static_cast<std::size_t>(count)));
  };
  const auto visit = [&](std::int64_t lane, std::int64_t at) {
    Best& row = best[static_cast<std::size_t>(lane)];
    const double reference_score = r[static_cast<std::size_t>(at)];
    const double candidate_score = c[static_cast<std::size_t>(at)];
    if (reference_score > row.reference) row.reference = reference_score;
    if (candidate_score > row.candidate || (std::isnan(row.reference_there) && candidate_score == row.candidate)) {
      row.candidate = candidate_score;
      row.reference_there = reference_score;
    }
  };
  const auto close = [&](std::int64_t lanes) {
    for (std::int64_t i = 0; i < lanes; ++i) {
      Best& row = best[static_cast<std::size_t>(i)];
      same += row.reference_there == row.reference;
      ++total;
      row = Best{};
    }
    return true;
  };
  if (reference.size() > 0) walk(rows, load, visit, close);
  return total > 0 ? static_cast<double>(same) / static_cast<double>(total) : 1;
}

}  // namespace autoaccel::compare
