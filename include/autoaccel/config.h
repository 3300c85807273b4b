#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "autoaccel/error.h"
#include "autoaccel/tensor.h"

namespace autoaccel {

/// `cpu`, or the number of a GPU.
struct Device {
  std::optional<int> gpu;  ///< nullopt: the CPU
  bool is_cpu() const { return !gpu.has_value(); }
  std::string to_text() const { return gpu ? std::to_string(*gpu) : "cpu"; }
  friend bool operator==(const Device&, const Device&) = default;
};

/// A value with the place in config.yml it came from, so that a later check can still point there.
template <typename T>
struct Located {
  T value{};
  std::optional<SourceLocation> location;
};

/// Which number each byte of a picture stands for: x = (u - mean) * scale for u = 0 … 255.
///
/// scale, mean  one for all, or one per channel (then as many as there are channels); no scale is 0
/// axis         of the channels; means nothing where scale and mean are one for all
struct ByteMapping {
  std::vector<double> scale = {1};
  std::vector<double> mean = {0};
  int axis = 1;

  /// Elements of the longer list: 1, or the number of channels.
  std::size_t channels() const { return scale.size() > mean.size() ? scale.size() : mean.size(); }
  double scale_of(std::size_t channel) const { return scale.size() == 1 ? scale[0] : scale[channel]; }
  double mean_of(std::size_t channel) const { return mean.size() == 1 ? mean[0] : mean[channel]; }

  /// `(u - 127.5) * 0.00784314`, lists in brackets.
  std::string to_text() const;
  friend bool operator==(const ByteMapping&, const ByteMapping&) = default;
};

/// What config.yml says of one input.
///
/// use_shape  measured and checked at; absent: as the model declares it
/// min_shape, max_shape  the range that an artifact must accept; absent: use_shape
/// data       files with samples (.npy, .npz, .pb); relative paths are already joined to config.yml's folder
/// range      [low, high] of generated values; value: every element is that number
/// bytes      the input holds bytes (`type: uint8`), or the model's own arithmetic says so: every sample is of numbers
///            that bytes stand for, and variants are offered that take the bytes themselves
struct InputConfig {
  std::string name;
  std::optional<SourceLocation> location;  ///< of the name
  std::optional<Located<Shape>> use_shape;
  std::optional<Located<Shape>> min_shape;
  std::optional<Located<Shape>> max_shape;
  std::vector<Located<std::filesystem::path>> data;
  std::optional<std::pair<double, double>> range;
  std::optional<double> value;
  std::optional<Located<ByteMapping>> bytes;
};

struct OutputConfig {
  std::string name;
  std::optional<SourceLocation> location;
  std::optional<Located<Shape>> use_shape;  ///< checked against the original's output when given
  std::optional<Located<ByteMapping>>
      bytes;  ///< variants with bytes give it as u = clip(round(y / scale + mean), 0, 255)
};

enum class Objective { latency, throughput, size, memory, first_inference };
std::string to_text(Objective objective);
std::optional<Objective> objective_from_text(std::string_view text);
std::vector<std::string> objective_names();  ///< all of them, for "did you mean"

/// The figures that agreement can be limited by.
enum class AccuracyMetric { mean_absolute_error, max_absolute_error, relative_error, cosine_similarity, sqnr_db, top1 };
std::string to_text(AccuracyMetric metric);
std::optional<AccuracyMetric> accuracy_metric_from_text(std::string_view text);
std::vector<std::string> accuracy_metric_names();

/// True where a larger value is better (cosine similarity, signal to noise, top-1 agreement).
bool larger_is_better(AccuracyMetric metric);

struct AccuracyLimit {
  AccuracyMetric metric = AccuracyMetric::sqnr_db;
  double limit = 0;
};

/// What a variant has to keep to be recommended, besides being faithful; absent: no bound.
struct Constraints {
  std::optional<double> latency_p99_seconds;
  std::optional<std::uint64_t> memory_bytes;  ///< peak resident memory of the worker
  std::optional<std::uint64_t> size_bytes;    ///< of the artifact
};

struct SearchConfig {
  std::optional<double> budget_seconds;
  std::vector<Located<std::string>> precisions;  ///< empty: all
  std::vector<Located<std::string>> runtimes;    ///< empty: all that the device can use
  std::vector<std::int64_t> batches;             ///< empty: the batch of use_shape
  std::vector<int> threads;                      ///< empty: what the machine gives
  std::uint64_t seed = 1;                        ///< of samples and of the order of trials
  int samples = 8;                               ///< generated sample sets
  std::optional<int> budget_trials;
};

struct LimitsConfig {
  std::optional<std::uint64_t> memory_bytes;  ///< resident memory of one worker; default: 90 % of what is available
  double variant_seconds = 600;               ///< wall time of one trial
};

/// config.yml as values: syntax, types and names of keys are checked, nothing is checked against a model yet.
struct Config {
  std::optional<std::filesystem::path> file;  ///< nullopt: no config was given
  Device device;
  std::vector<InputConfig> inputs;
  std::vector<OutputConfig> outputs;
  Objective objective = Objective::latency;
  std::optional<AccuracyLimit> accuracy;  ///< overrides the recipe's own limit
  Constraints constraints;
  SearchConfig search;
  LimitsConfig limits;

  /// Does any input or output hold bytes?
  bool holds_bytes() const;
};

}  // namespace autoaccel
