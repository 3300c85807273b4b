#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/record.h"

namespace autoaccel {

/// The machine, as far as it matters for speed.
struct Host {
  std::string processor;              ///< model name
  std::vector<std::string> features;  ///< of those that matter: avx2, avx512f, avx512_vnni, avx512_bf16, amx_bf16, …
  int processors_online = 0;
  int processors_allowed = 0;             ///< affinity mask
  std::optional<double> processor_quota;  ///< cgroup: processors' worth of time; absent without a limit
  int threads = 1;                        ///< what a runtime should use: min of the above, at least 1
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_available_bytes = 0;
  std::string operating_system;
  std::string kernel;
  std::optional<std::string> governor;

  bool has(std::string_view feature) const;
};

/// A runtime as its worker's probe reports it. A runtime that is missing is listed with the reason.
struct RuntimeInfo {
  std::string name;
  bool available = false;
  std::string version;
  std::string reason;  ///< why it is not available, and how to get it
  std::vector<std::string> devices;
  std::vector<std::string> precisions;  ///< e.g. f32, f16, bf16, i8: what the device has kernels for
  std::string sandbox;                  ///< what its workers are kept from, or that they are not; empty: not told
  std::string library;                  ///< path of the runtime's library, where the worker looks for it itself
  std::vector<std::string> providers;   ///< ways to compute beside the runtime's own that were found: `openvino`
  std::string no_gpu_reason;            ///< why no GPU is among devices, and what helps; empty where one is
};

struct ModelSummary {
  std::string file;    ///< as given
  std::string sha256;  ///< of the .onnx file and its external files
  std::uint64_t bytes = 0;
  std::int64_t opset = 0;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
};

struct SampleSummary {
  std::uint64_t seed = 0;
  int count = 0;
  std::vector<std::string> origins;   ///< per input: `images, generated`, `integers in [0, 30522)`, `data/a.npz`, …
  std::vector<std::string> warnings;  ///< e.g. the original's outputs hardly vary
};

/// The front-runners and the original measured in turn, in an order drawn anew for each round, on sessions that stay
/// open.
struct FinalRounds {
  struct Finalist {
    std::string id;
    std::vector<double> seconds;  ///< by round: what the objective goes by, median latency or seconds a sample
  };
  std::vector<Finalist> finalists;  ///< the original first; all have the same number of rounds
};

/// A trial in the order of the search.
struct SearchStep {
  std::string id;      ///< of the variant
  double seconds = 0;  ///< from the start of the search to its end; one kept from an earlier run takes no time
};

/// How the variants were chosen, and what is left.
struct SearchSummary {
  std::string strategy;  ///< `racing`, `exhaustive`, `random`; empty: no search took place
  double seconds = 0;    ///< from the first trial to the last, without the final
  int trials = 0;
  std::uint64_t points = 0;             ///< variants that the space holds
  std::string stopped_because;          ///< a clause: `no further trial is expected to gain 0.5 %`
  std::optional<double> expected_gain;  ///< of the most promising trial that was left, relative to the best time
  std::vector<SearchStep> course = {};  ///< in the order of the trials
};

/// A variant at another shape than use_shape.
struct ShapePoint {
  std::string id;                        ///< of the variant
  std::string where;                     ///< `min_shape`, `between`, `max_shape`
  std::vector<Shape> inputs;             ///< in the model's order
  std::optional<double> seconds;         ///< median latency of one request
  std::optional<double> change_seconds;  ///< what the first request at this shape took longer than that
  std::optional<double> sqnr_db;         ///< against the original at the same shape, worst output of the worst sample
  bool within_limit = true;
  std::string reason;  ///< why there is no figure, or what is outside its limit
};

/// A record that answers a question of its own: `fastest`, `most faithful that is faster`, `smallest`.
struct Pick {
  std::string question;
  std::string id;
};

/// Everything a report needs: what run.json holds.
struct Run {
  int schema_version = 1;
  std::string tool_version;
  std::string started;   ///< ISO 8601, UTC
  std::string finished;  ///< empty while it goes on
  std::string command;
  ModelSummary model;
  std::string config_sha256;
  Config config;
  Host host;
  std::vector<RuntimeInfo> runtimes;
  SampleSummary samples;
  std::string original;                    ///< id of the original's record
  std::optional<std::string> recommended;  ///< id, or none
  std::string verdict;                     ///< one or two sentences for people
  std::vector<Pick> picks;                 ///< of those that qualify
  SearchSummary search;
  std::optional<FinalRounds> final_rounds;
  std::vector<ShapePoint> shapes;  ///< of the original and the recommended, where shapes may vary
  std::optional<double> drift;     ///< original at the end / at the start − 1
  std::vector<std::string> warnings;
  std::vector<Record> records;
};

}  // namespace autoaccel
