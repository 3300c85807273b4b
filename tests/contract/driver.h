#pragma once

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "autoaccel/tensor.h"
#include "base/cancel.h"
#include "base/files.h"
#include "plan/plan.h"
#include "worker/client.h"

namespace autoaccel::contract {

/// A tensor with these elements, row by row.
template <typename T>
Tensor tensor(ElementType type, Shape shape, std::initializer_list<T> elements) {
  Tensor made(type, std::move(shape));
  if (made.bytes().size() != elements.size() * sizeof(T)) throw std::invalid_argument("elements do not fill the shape");
  std::memcpy(made.bytes().data(), std::data(elements), made.bytes().size());
  return made;
}

/// The elements of output `name`; fails the test when it is absent or its type or shape is another.
template <typename T>
std::vector<T> elements(const TensorSet& outputs, std::string_view name, ElementType type, const Shape& shape) {
  const Tensor* found = find(outputs, name);
  if (found == nullptr) {
    ADD_FAILURE() << "no output '" << name << "'";
    return {};
  }
  EXPECT_EQ(to_text(found->type()), to_text(type)) << name;
  EXPECT_EQ(to_text(found->shape()), to_text(shape)) << name;
  const auto span = found->as<T>();
  return std::vector<T>(span.begin(), span.end());
}

/// The runtimes that this build has workers for, without the fake.
std::vector<std::string> runtimes_under_test();

/// The name of a parameterised test: `Refusals.FileThatIsNoModel/openvino`.
inline std::string name_of_runtime(const ::testing::TestParamInfo<std::string>& runtime) { return runtime.param; }

/// The CPU, or what AUTOACCEL_TEST_DEVICE says.
Device device_under_test();

/// One runtime behind its worker, as the pipeline drives it: convert where the runtime converts, load, bind, run.
class Driver {
 public:
  explicit Driver(const std::string& runtime);

  worker::Client& client() { return *client_; }
  const std::filesystem::path& folder() const { return folder_.path(); }

  /// What makes this runtime compute in float32 on two threads.
  Settings exact_settings() const;

  /// Writes the model, converts it where the runtime does so, and loads it. `settings` come on top of the exact ones.
  worker::Loaded load(const onnx::ModelProto& model, const std::vector<runtime::InputShapes>& shapes,
                      const Settings& settings = {});
  worker::Loaded load(const std::filesystem::path& model, const std::vector<runtime::InputShapes>& shapes,
                      const Settings& settings = {}, const Device& device = device_under_test());

  void bind(const std::vector<TensorSet>& samples);
  TensorSet run(int sample, int request = 0);

 private:
  const plan::RuntimeDescription& description_;
  base::TemporaryFolder folder_;
  base::CancelToken cancel_;
  std::unique_ptr<worker::Client> client_;
};

/// Shapes of each tensor of a sample, as static as they are.
std::vector<runtime::InputShapes> shapes_of(const TensorSet& sample);

/// Loads the model at the shapes of `sample`, and runs it once.
TensorSet run_once(Driver& driver, const onnx::ModelProto& model, const TensorSet& sample);

/// The failure that `call` ends with.
template <typename Call>
worker::Failure failure_of(const Call& call) {
  try {
    call();
  } catch (const worker::Failure& failure) {
    return failure;
  }
  ADD_FAILURE() << "no failure";
  return worker::Failure(Outcome::ok, "");
}

/// Reason and details of a failure, in one text to look into.
std::string words_of(const worker::Failure& failure);

/// Every runtime passes these tests unchanged.
class Contract : public ::testing::TestWithParam<std::string> {
 protected:
  Driver driver{GetParam()};
};

}  // namespace autoaccel::contract
