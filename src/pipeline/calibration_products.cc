#include "pipeline/calibration_products.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "worker/tensor_files.h"

namespace autoaccel::pipeline {

namespace {

/// Of all samples, evenly: the user's may be sorted.
std::vector<std::filesystem::path> some_of(const std::vector<std::filesystem::path>& samples, std::size_t most) {
  const std::size_t count = std::min(samples.size(), most);
  std::vector<std::filesystem::path> some;
  for (std::size_t i = 0; i < count; ++i) some.push_back(samples[i * samples.size() / count]);
  return some;
}

}  // namespace

std::map<std::string, quantize::ChannelProducts> CalibrationProducts::products(const std::vector<std::string>& values) {
  if (!session_) {
    channels_ =
        known_channels(job_.model, model::infer_types(job_.model, config::use_shapes(job_.shapes)), kMostChannels);
    session_.emplace(job_, observer_, cancel_);
    observer_.stage("calibrating: samples");
    session_->write_samples([](const TensorSet&) {});
  }
  std::vector<std::pair<std::string, std::size_t>> wanted;
  for (const std::string& name : values) {
    const auto known = channels_.find(name);
    if (known != channels_.end()) wanted.emplace_back(*known);
  }
  std::map<std::string, quantize::ChannelProducts> result;
  if (wanted.empty()) return result;
  observer_.stage("calibrating: channels that go together");
  const std::vector<std::filesystem::path> samples = some_of(session_->samples(), kMostSamples);
  session_->with_loaded(session_->copies().show_products(wanted), [&](worker::Client& client) {
    result.clear();  // of a place that failed half way
    for (const auto& [name, channels] : wanted) result[name] = {channels, std::vector<float>(channels * channels)};
    client.bind(samples, session_->input_names());
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::filesystem::path folder = session_->folder() / "products";
      const worker::Client::Ran ran = client.run(static_cast<int>(i), 0, folder);
      const TensorSet outputs = worker::read_output_set(folder, ran.names);
      for (std::size_t output = 0; output < wanted.size(); ++output) {
        std::vector<float>& sums = result.at(wanted[output].first).sums;
        const auto products = outputs.at(output).tensor.as<float>();
        std::transform(sums.begin(), sums.end(), products.begin(), sums.begin(), std::plus<>());
      }
    }
  });
  return result;
}

}  // namespace autoaccel::pipeline
