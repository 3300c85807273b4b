#include "pipeline/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>
#include <type_traits>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "pipeline/calibration_groups.h"
#include "pipeline/judging.h"
#include "quantize/ranges_file.h"
#include "samples/samples.h"
#include "worker/tensor_files.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

// Far from the seeds that people try in turn, so that no validation sample is one of these.
constexpr std::uint64_t kSeedDistance = 1'000'003;

// Generated sets that are in this process at a time.
constexpr int kSetsAtATime = 8;

std::map<std::string, Shape> use_shapes(const CalibrationJob& job) {
  std::map<std::string, Shape> use;
  for (const auto& [name, shape] : job.shapes) use[name] = shape.use;
  return use;
}

/// The user's where every input has files or a fixed value.
quantize::SampleOrigin origin_of(const CalibrationJob& job) {
  const auto& given = job.config.inputs;
  for (const TensorInfo& input : job.model.inputs()) {
    const bool is_given = std::any_of(given.begin(), given.end(), [&](const InputConfig& config) {
      return config.name == input.name && (!config.data.empty() || config.value);
    });
    if (!is_given) return quantize::SampleOrigin::generated;
  }
  return quantize::SampleOrigin::user;
}

/// Numbers of the sets that are looked at: of the user's, all but those that conversions are judged on, where that
/// leaves any.
std::vector<std::size_t> calibration_share(std::size_t sets, bool of_user) {
  std::vector<std::size_t> all(sets), share;
  std::iota(all.begin(), all.end(), std::size_t{0});
  const std::vector<std::size_t> judged = of_user ? judging_share(sets) : std::vector<std::size_t>();
  std::ranges::set_difference(all, judged, std::back_inserter(share));
  return share.empty() ? all : share;
}

/// Makes or reads the sample sets, and calls `take` for each.
void for_each_sample(const CalibrationJob& job, const std::function<void(const TensorSet&)>& take) {
  const std::map<std::string, Shape> shapes = use_shapes(job);
  const auto has_data = [](const InputConfig& input) { return !input.data.empty(); };
  const bool is_read = std::any_of(job.config.inputs.begin(), job.config.inputs.end(), has_data);
  const int parts = is_read ? 1 : kGeneratedCalibrationSets / kSetsAtATime;
  Config config = job.config;
  // What is made up is made up so many times; where nothing is, the files alone say how many sets there are.
  config.search.samples = origin_of(job) == quantize::SampleOrigin::user ? 1 : kGeneratedCalibrationSets / parts;
  for (int part = 0; part < parts; ++part) {
    config.search.seed = job.config.search.seed + kSeedDistance + static_cast<std::uint64_t>(part);
    const samples::Samples made = samples::make_samples(job.model, shapes, config);
    for (const std::size_t set : calibration_share(made.sets.size(), is_read)) take(made.sets[set]);
  }
}

/// A runtime and device that may run the model.
struct Place {
  const plan::RuntimeDescription* runtime;
  Device device;
};

std::vector<Place> places(const CalibrationJob& job) {
  std::vector<Place> places;
  const auto add = [&](const Device& device) {
    for (const plan::RuntimeDescription& runtime : job.runtimes)
      if (fs::exists(job.workers / runtime.worker)) places.push_back({&runtime, device});
  };
  add(job.config.device);
  if (!job.config.device.is_cpu()) add(Device{});
  if (places.empty())
    throw Error(Cause::environment, "no runtime is there to calibrate with",
                job.runtimes.empty() ? "" : std::string(job.runtimes.front().install_hint));
  return places;
}

/// One calibration: samples and weights on disk, and the worker that looks at one group after another.
class Calibration {
 public:
  Calibration(const CalibrationJob& job, Observer& observer, const base::CancelToken& cancel)
      : job_(job), observer_(observer), cancel_(cancel), types_(model::infer_types(job.model, use_shapes(job))) {
    for (const TensorInfo& input : job.model.inputs()) {
      const Shape& use = job.shapes.at(input.name).use;
      inputs_.push_back({input.name, use, use, use});
      names_.push_back(input.name);
    }
  }

  quantize::Statistics go(const worker::Axes& wanted) {
    quantize::Statistics statistics(origin_of(job_));
    const WatchPlan at_once = plan_watches(job_.model, wanted, types_, std::numeric_limits<std::uint64_t>::max());
    if (at_once.inputs.empty() && at_once.groups.empty()) return statistics;
    places_ = places(job_);
    observer_.stage("calibrating: samples");
    fs::create_directories(job_.scratch);
    const base::TemporaryFolder folder("calibration-", job_.scratch);
    folder_ = folder.path();
    for_each_sample(job_, [&](const TensorSet& set) {
      cancel_.check();
      samples_.push_back(folder_ / "samples" / std::to_string(samples_.size()));
      worker::write_sample_set(samples_.back(), set);
      for (const auto& [name, axis] : at_once.inputs) statistics.add(name, *find(set, name), axis);
    });
    if (at_once.groups.empty()) return statistics;
    const WatchedCopies copies(job_.model, folder_, cancel_);
    const WatchPlan plan = plan_watches(job_.model, wanted, types_, watched_bytes(copies));
    for (std::size_t i = 0; i < plan.groups.size(); ++i) {
      observer_.stage(fmt::format("calibrating, part {} of {}", i + 1, plan.groups.size()));
      statistics.merge(with_loaded(copies.show(plan.groups[i], types_), [&](worker::Client& client) {
        return client.watch(samples_, names_, plan.groups[i]);
      }));
    }
    return statistics;
  }

 private:
  std::uint64_t watched_bytes(const WatchedCopies& copies) {
    if (job_.watched_bytes) return *job_.watched_bytes;
    const std::uint64_t peak_bytes = with_loaded(copies.whole(), [&](worker::Client& client) {
      client.watch({samples_.front()}, names_, {});
      return client.peak_bytes().value_or(0);
    });
    return std::max(kLeastWatchedBytes, static_cast<std::uint64_t>(kWatchedShare * static_cast<double>(peak_bytes)));
  }

  /// What `use` makes of a worker that has loaded the model. Where a place fails, the next is asked, now and from then
  /// on.
  template <typename Use>
  std::invoke_result_t<Use, worker::Client&> with_loaded(const fs::path& model, const Use& use) {
    for (;; ++place_) {
      try {
        return with_loaded_at(places_[place_], model, use);
      } catch (const worker::Failure& failure) {
        if (!first_failure_) first_failure_ = failure;
        if (place_ + 1 == places_.size()) throw *first_failure_;
        observer_.note(
            fmt::format("calibration on {}: {}; trying the next", places_[place_].runtime->name, failure.reason()));
      }
    }
  }

  template <typename Use>
  std::invoke_result_t<Use, worker::Client&> with_loaded_at(const Place& place, const fs::path& model, const Use& use) {
    worker::Limits limits = job_.limits;
    limits.seconds *= std::max(1.0, static_cast<double>(samples_.size()) / kGeneratedCalibrationSets);
    worker::Client client(job_.workers / place.runtime->worker, folder_, limits, cancel_);
    runtime::Job job{.model = model, .artifact = {}, .device = place.device, .settings = {}, .inputs = inputs_};
    for (const plan::SettingInfo& setting : place.runtime->settings)
      if (setting.name == "precision") job.settings["precision"] = "f32";
    if (place.runtime->converts) {
      job.artifact = folder_ / ("watched" + std::string(place.runtime->artifact_extension));
      job.model = client.convert(job).front();
    }
    client.load(job);
    auto result = use(client);
    client.quit();
    return result;
  }

  const CalibrationJob& job_;
  Observer& observer_;
  const base::CancelToken& cancel_;
  const std::map<std::string, TensorInfo> types_;
  std::vector<runtime::InputShapes> inputs_;
  std::vector<std::string> names_;  ///< of the inputs
  fs::path folder_;
  std::vector<Place> places_;
  std::size_t place_ = 0;
  std::optional<worker::Failure> first_failure_;
  std::vector<fs::path> samples_;
};

}  // namespace

quantize::Statistics calibrate(const CalibrationJob& job, Observer& observer, const base::CancelToken& cancel) {
  quantize::Statistics known(origin_of(job));
  worker::Axes wanted = job.values;
  if (job.ranges && fs::exists(*job.ranges)) {
    known = quantize::read_statistics(*job.ranges, job.model_sha256);
    std::erase_if(wanted, [&](const auto& value) { return known.find(value.first) != nullptr; });
  }
  const quantize::Statistics found = Calibration(job, observer, cancel).go(wanted);
  if (found.names().empty()) return known;
  // Of both origins: the one that is trusted less.
  const bool all_user =
      known.origin() == quantize::SampleOrigin::user && found.origin() == quantize::SampleOrigin::user;
  quantize::Statistics statistics(all_user ? quantize::SampleOrigin::user : quantize::SampleOrigin::generated);
  statistics.merge(known);
  statistics.merge(found);
  if (job.ranges) quantize::write_statistics(*job.ranges, statistics, job.model_sha256);
  return statistics;
}

}  // namespace autoaccel::pipeline
