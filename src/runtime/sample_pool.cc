#include "runtime/sample_pool.h"

#include <algorithm>
#include <string>
#include <utility>

#include "autoaccel/error.h"
#include "base/text.h"

namespace autoaccel::runtime {

namespace {

TensorSet one_in_order(TensorSet set, const std::vector<TensorInfo>& inputs) {
  TensorSet ordered;
  for (const TensorInfo& input : inputs) {
    const auto found = std::ranges::find(set, input.name, &NamedTensor::name);
    if (found == set.end()) {
      throw Error(Cause::model, "the sample has no tensor for input '" + base::printable(input.name) + "'");
    }
    if (found->tensor.type() != input.type) {
      throw Error(Cause::model, "the sample for input '" + base::printable(input.name) + "' is " +
                                    to_text(found->tensor.type()) + ", the model takes " + to_text(input.type));
    }
    ordered.push_back(std::move(*found));
  }
  return ordered;
}

}  // namespace

std::vector<TensorSet> in_input_order(std::vector<TensorSet> samples, const std::vector<TensorInfo>& inputs) {
  if (samples.empty()) throw Error(Cause::model, "there is no sample to run the model on");
  for (TensorSet& set : samples) set = one_in_order(std::move(set), inputs);
  return samples;
}

void require_dense_type(const TensorInfo& info, const char* what) {
  if (info.type == ElementType::string) {
    throw Error(Cause::unsupported, std::string(what) + " '" + base::printable(info.name) + "' is a tensor of strings",
                "Auto Acceleration passes numbers only; cut the text processing off the model");
  }
}

}  // namespace autoaccel::runtime
