#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "autoaccel/error.h"
#include "base/cancel.h"
#include "base/files.h"
#include "support/crashes.h"
#include "worker/client.h"

namespace autoaccel::worker {

/// True once the condition holds; false after 20 s, which only a failing test waits for.
inline bool becomes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

/// A process that runs; a zombie does not.
inline bool is_alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t close = text.rfind(')');
  return close != std::string::npos && text[close + 2] != 'Z';
}

/// y = 2 x + 1 in float32, n = −x in int32.
constexpr const char* kModel = R"({
  "inputs":  [{"name": "x", "type": "float32", "shape": [1, 3]}, {"name": "k", "type": "int32", "shape": []}],
  "outputs": [{"name": "y", "from": "x", "scale": 2, "offset": 1}, {"name": "n", "from": "k", "scale": -1}],
  "nodes": {"f32": 2, "f16": 5}
})";

/// Starts workers that hold the fake runtime.
class FakeWorkerTest : public ::testing::Test {
 protected:
  FakeWorkerTest() {
    test_support::keep_crashes_as_signals();
    std::ofstream(model()) << kModel;
  }

  std::filesystem::path folder() const { return folder_.path(); }
  std::filesystem::path model() const { return folder() / "model.json"; }

  static std::filesystem::path executable() {
    return std::filesystem::path(AUTOACCEL_BIN_DIR) / "autoaccel-worker-fake";
  }

  Client start(Limits limits = {.memory_bytes = {}, .seconds = 60}) const {
    limits.readable.push_back(folder());
    return Client(executable(), folder(), limits, cancel_);
  }

  runtime::Job job(const std::string& faults = {}) const {
    Settings settings;
    if (!faults.empty()) settings["faults"] = faults;
    return {.model = model(), .artifact = folder() / "artifact.json", .device = {}, .settings = settings, .inputs = {}};
  }

  /// Loads the model and binds two samples: x = {1, 2, 3}, k = 4 and x = {0, −1, 0.5}, k = −7.
  void prepare(Client& client, const runtime::Job& what) const {
    client.load(what);
    std::vector<std::filesystem::path> folders;
    const float values[2][3] = {{1, 2, 3}, {0, -1, 0.5F}};
    const std::int32_t counts[2] = {4, -7};
    for (int sample = 0; sample < 2; ++sample) {
      TensorSet set;
      set.push_back({"x", Tensor(ElementType::float32, {1, 3})});
      std::copy(values[sample], values[sample] + 3, set[0].tensor.as<float>().begin());
      set.push_back({"k", Tensor(ElementType::int32, {})});
      set[1].tensor.as<std::int32_t>()[0] = counts[sample];
      folders.push_back(folder() / ("sample" + std::to_string(sample)));
      write_sample_set(folders.back(), set);
    }
    client.bind(folders, {"x", "k"});
  }

  std::string log_text() const {
    std::ostringstream text;
    text << std::ifstream(folder() / "worker.log").rdbuf();
    return text.str();
  }

  /// The number that the fake runtime writes to the log when it starts another process.
  std::optional<pid_t> grandchild() const {
    const std::string text = log_text();
    constexpr std::string_view kWords = "grandchild ";
    const std::size_t at = text.find(kWords);
    if (at == std::string::npos || text.find('\n', at) == std::string::npos) return std::nullopt;
    return std::stoi(text.substr(at + kWords.size()));
  }

  /// The failure that `act` ends in.
  static Failure failure_of(const std::function<void()>& act) {
    try {
      act();
    } catch (const Failure& failure) {
      return failure;
    }
    ADD_FAILURE() << "nothing failed";
    return {Outcome::ok, ""};
  }

  base::TemporaryFolder folder_{"fake_worker_test"};
  base::CancelToken cancel_;
};

}  // namespace autoaccel::worker
