#include "pipeline/calibration_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "pipeline/judging.h"
#include "samples/samples.h"
#include "worker/tensor_files.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

// Far from the seeds that people try in turn, so that no validation sample is one of these.
constexpr std::uint64_t kSeedDistance = 1'000'003;

// Generated sets that are in this process at a time.
constexpr int kSetsAtATime = 8;

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
  const std::map<std::string, Shape> shapes = config::use_shapes(job.shapes);
  const bool is_read = has_data(job.config);
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

fs::path made(const fs::path& folder) {
  fs::create_directories(folder);
  return folder;
}

}  // namespace

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

std::vector<CalibrationSession::Place> CalibrationSession::places(const CalibrationJob& job) {
  std::vector<Place> places;
  const auto add = [&](const Device& device) {
    for (const plan::RuntimeDescription& runtime : job.runtimes)
      if (!(device.is_cpu() && runtime.is_for_gpus_only) && fs::exists(job.workers / runtime.worker))
        places.push_back({&runtime, device});
  };
  add(job.config.device);
  if (!job.config.device.is_cpu()) add(Device{});
  if (places.empty())
    throw Error(Cause::environment, "no runtime is there to calibrate with",
                job.runtimes.empty() ? "" : std::string(job.runtimes.front().install_hint));
  return places;
}

CalibrationSession::CalibrationSession(const CalibrationJob& job, Observer& observer, const base::CancelToken& cancel)
    : job_(job),
      observer_(observer),
      cancel_(cancel),
      places_(places(job)),
      folder_("calibration-", made(job.scratch)) {
  for (const TensorInfo& input : job.model.inputs()) {
    const Shape& use = job.shapes.at(input.name).use;
    inputs_.push_back({input.name, use, use, use});
    names_.push_back(input.name);
  }
}

void CalibrationSession::write_samples(const std::function<void(const TensorSet&)>& see) {
  for_each_sample(job_, [&](const TensorSet& set) {
    cancel_.check();
    samples_.push_back(folder() / "samples" / std::to_string(samples_.size()));
    worker::write_sample_set(samples_.back(), set);
    see(set);
  });
}

const WatchedCopies& CalibrationSession::copies() {
  if (!copies_) copies_.emplace(job_.model, folder(), cancel_);
  return *copies_;
}

void CalibrationSession::with_loaded(const fs::path& model, const std::function<void(worker::Client&)>& use) {
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

void CalibrationSession::with_loaded_at(const Place& place, const fs::path& model,
                                        const std::function<void(worker::Client&)>& use) {
  worker::Limits limits = job_.limits;
  limits.readable.push_back(folder());
  limits.seconds *= std::max(1.0, static_cast<double>(samples_.size()) / kGeneratedCalibrationSets);
  worker::Client client(job_.workers / place.runtime->worker, folder(), limits, cancel_);
  runtime::Job job{.model = model, .artifact = {}, .device = place.device, .settings = {}, .inputs = inputs_};
  for (const plan::SettingInfo& setting : place.runtime->settings)
    if (setting.name == "precision") job.settings["precision"] = "f32";
  if (place.runtime->converts) {
    job.artifact = folder() / ("watched" + std::string(place.runtime->artifact_extension));
    job.model = client.convert(job).front();
  }
  client.load(job);
  use(client);
  client.quit();
}

}  // namespace autoaccel::pipeline
