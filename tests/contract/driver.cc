#include "contract/driver.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "runtime/catalogue.h"
#include "support/models.h"

namespace autoaccel::contract {

namespace {

const plan::RuntimeDescription& description_of(const std::string& name) {
  const plan::RuntimeDescription* found = runtime::find_runtime(name);
  if (found == nullptr) throw std::invalid_argument("no runtime " + name);
  return *found;
}

}  // namespace

// tools/test-gpu names others than those of the build, and the number of a GPU.
std::vector<std::string> runtimes_under_test() {
  std::vector<std::string> names;
  const char* wanted = std::getenv("AUTOACCEL_TEST_DEVICE") ? std::getenv("AUTOACCEL_TEST_RUNTIMES") : nullptr;
  std::istringstream list(wanted ? wanted : AUTOACCEL_TEST_RUNTIMES);
  for (std::string name; std::getline(list, name, ',');) {
    if (name != "fake") names.push_back(name);
  }
  return names;
}

namespace {

/// Readable are models in the temporary folders of tests, and those that set-up fetches.
worker::Limits limits() {
  return {
      .memory_bytes = {},
      .seconds = 300,
      .readable = {std::filesystem::temp_directory_path(), std::filesystem::path(AUTOACCEL_MODELS_DIR).parent_path()}};
}

}  // namespace

Device device_under_test() {
  const char* number = std::getenv("AUTOACCEL_TEST_DEVICE");
  return number ? Device{std::atoi(number)} : Device{};
}

Driver::Driver(const std::string& runtime)
    : description_(description_of(runtime)),
      folder_("autoaccel-contract-"),
      client_(std::make_unique<worker::Client>(std::filesystem::path(AUTOACCEL_BIN_DIR) / description_.worker,
                                               folder_.path(), limits(), cancel_)) {}

Settings Driver::exact_settings() const {
  Settings settings;
  const auto set = [&](std::string_view name, const char* value) {
    if (std::ranges::find(description_.settings, name, &plan::SettingInfo::name) != description_.settings.end())
      settings[std::string(name)] = value;
  };
  set("threads", "2");
  set("precision", "f32");
  return settings;
}

worker::Loaded Driver::load(const onnx::ModelProto& model, const std::vector<runtime::InputShapes>& shapes,
                            const Settings& settings) {
  const auto path = folder() / "model.onnx";
  test_support::write_proto(model, path);
  return load(path, shapes, settings);
}

worker::Loaded Driver::load(const std::filesystem::path& model, const std::vector<runtime::InputShapes>& shapes,
                            const Settings& settings, const Device& device) {
  runtime::Job job{.model = model, .artifact = {}, .device = device, .settings = exact_settings(), .inputs = shapes};
  for (const auto& [name, value] : settings) job.settings[name] = value;
  if (description_.converts) {
    job.artifact = folder() / ("artifact" + std::string(description_.artifact_extension));
    job.model = client_->convert(job).front();
  }
  return client_->load(job);
}

void Driver::bind(const std::vector<TensorSet>& samples) {
  std::vector<std::filesystem::path> folders;
  std::vector<std::string> names;
  for (const NamedTensor& input : samples.front()) names.push_back(input.name);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    folders.push_back(folder() / ("sample" + std::to_string(i)));
    worker::write_sample_set(folders.back(), samples[i]);
  }
  client_->bind(folders, names);
}

TensorSet Driver::run(int sample, int request) {
  const auto outputs = folder() / "outputs";
  const worker::Client::Ran ran = client_->run(sample, request, outputs);
  return worker::read_output_set(outputs, ran.names);
}

std::vector<runtime::InputShapes> shapes_of(const TensorSet& sample) {
  std::vector<runtime::InputShapes> shapes;
  for (const auto& [name, tensor] : sample) shapes.push_back({name, tensor.shape(), tensor.shape(), tensor.shape()});
  return shapes;
}

TensorSet run_once(Driver& driver, const onnx::ModelProto& model, const TensorSet& sample) {
  driver.load(model, shapes_of(sample));
  driver.bind({sample});
  return driver.run(0);
}

std::string words_of(const worker::Failure& failure) { return failure.reason() + "\n" + failure.details(); }

}  // namespace autoaccel::contract
