// The runtime of the tests: executable autoaccel-worker-fake.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <utility>

#include "autoaccel/error.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/numeric.h"
#include "base/text.h"
#include "runtime/fake/description.h"
#include "runtime/fake/fake_model.h"
#include "runtime/fake/faults.h"
#include "runtime/runtime.h"
#include "runtime/sample_pool.h"
#include "runtime/settings.h"

namespace autoaccel::runtime {
namespace fake {
namespace {

double number_setting(const Settings& settings, const std::string& name, double absent) {
  const auto found = settings.find(name);
  if (found == settings.end()) return absent;
  const char* const end = found->second.data() + found->second.size();
  if (std::from_chars(found->second.data(), end, absent).ptr != end)
    throw Error(Cause::usage, "setting " + name + " needs a number, not '" + base::printable(found->second) + "'");
  return absent;
}

std::string text_setting(const Settings& settings, const std::string& name, const std::string& absent) {
  const auto found = settings.find(name);
  return found == settings.end() ? absent : found->second;
}

class FakeSession final : public Session {
 public:
  FakeSession(FakeModel model, const Settings& settings, Faults& faults)
      : model_(std::move(model)),
        faults_(faults),
        run_seconds_(number_setting(settings, "run_seconds", model_.run_seconds)),
        offset_(number_setting(settings, "offset", 0)),
        gives_nan_(SettingsReader(settings, describe().settings).on_off("nan").value_or(false)),
        precision_(text_setting(settings, "precision", "")),
        results_(
            static_cast<std::size_t>(SettingsReader(settings, describe().settings).integer("requests").value_or(1))) {
    for (const FakeOutput& output : model_.outputs) {
      const auto source = std::find_if(model_.inputs.begin(), model_.inputs.end(),
                                       [&](const TensorInfo& input) { return input.name == output.from; });
      outputs_.push_back({.name = output.name, .type = output.type, .shape = source->shape, .axes = source->axes});
    }
  }

  const std::vector<TensorInfo>& inputs() const override { return model_.inputs; }
  const std::vector<TensorInfo>& outputs() const override { return outputs_; }
  int requests() const override { return static_cast<int>(results_.size()); }

  void bind(std::vector<TensorSet> samples) override {
    faults_.strike("bind");
    samples_ = in_input_order(std::move(samples), model_.inputs);
  }

  void run(int request, int sample) override {
    const base::MonotonicClock clock;
    const double end = clock.now() + run_seconds_;
    faults_.strike("run");
    TensorSet results;
    for (const FakeOutput& output : model_.outputs) {
      const Tensor* input = find(samples_[static_cast<std::size_t>(sample)], output.from);
      results.push_back({output.name, computed(output, *input)});
    }
    results_[static_cast<std::size_t>(request)] = std::move(results);
    clock.sleep(end - clock.now());
  }

  TensorView view(int request, std::size_t output) override {
    faults_.strike("fetch");
    const Tensor& tensor = results_[static_cast<std::size_t>(request)][output].tensor;
    return {tensor.type(), tensor.shape(), tensor.bytes()};
  }

  Placement placement() override {
    faults_.strike("placement");
    Placement placement{.nodes_by_kind = model_.nodes, .summary = {}, .warnings = {}};
    if (!precision_.empty()) placement.nodes_by_kind = {{precision_, static_cast<int>(outputs_.size())}};
    for (const auto& [kind, count] : placement.nodes_by_kind)
      placement.summary += (placement.summary.empty() ? "" : ", ") + std::to_string(count) + " nodes " + kind;
    return placement;
  }

 private:
  Tensor computed(const FakeOutput& output, const Tensor& input) const {
    Tensor wide(ElementType::float64, input.shape());
    const double added = output.offset + (is_float(output.type) ? offset_ : 0);
    for (std::int64_t i = 0; i < input.size(); ++i)
      wide.as<double>()[static_cast<std::size_t>(i)] = output.scale * base::element_as_double(input, i) + added;
    if (gives_nan_ && is_float(output.type) && input.size() > 0)
      wide.as<double>()[0] = std::numeric_limits<double>::quiet_NaN();
    return base::cast(wide, output.type);
  }

  FakeModel model_;
  Faults& faults_;
  double run_seconds_;
  double offset_;
  bool gives_nan_;
  std::string precision_;
  std::vector<TensorInfo> outputs_;
  std::vector<TensorSet> samples_;
  std::vector<TensorSet> results_;  ///< of the last run, by request
};

class FakeRuntime final : public Runtime {
 public:
  explicit FakeRuntime(std::string_view faults) {
    faults_.add(faults);
    faults_.strike("start");
  }

  RuntimeInfo probe() override {
    faults_.strike("probe");
    return {.name = "fake",
            .available = true,
            .version = "1.0",
            .reason = {},
            .devices = {"cpu"},
            .precisions = {"f32", "f16"}};
  }

  std::vector<std::filesystem::path> convert(const Job& job) override {
    const FakeModel model = take_model(job);
    faults_.strike("convert");
    base::write_file_atomically(job.artifact, model.json.dump());
    return {job.artifact};
  }

  std::unique_ptr<Session> load(const Job& job) override {
    const SettingsReader known_names_only(job.settings, describe().settings);
    FakeModel model = take_model(job);
    faults_.strike("load");
    return std::make_unique<FakeSession>(std::move(model), job.settings, faults_);
  }

 private:
  FakeModel take_model(const Job& job) {
    FakeModel model = read_fake_model(job.model);
    faults_.add(model.faults);
    faults_.add(text_setting(job.settings, "faults", ""));
    return model;
  }

  Faults faults_;
};

}  // namespace
}  // namespace fake

std::unique_ptr<Runtime> make_runtime() {
  const char* faults = std::getenv("AUTOACCEL_FAKE_FAULTS");
  return std::make_unique<fake::FakeRuntime>(faults == nullptr ? "" : faults);
}

std::vector<std::filesystem::path> library_folders() { return {}; }

}  // namespace autoaccel::runtime
