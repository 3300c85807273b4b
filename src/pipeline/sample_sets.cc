#include "pipeline/sample_sets.h"

#include <map>

#include "base/byte_mapping.h"
#include "base/files.h"
#include "base/numeric.h"
#include "worker/tensor_files.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

// The folder of samples as the model takes them; others are cast from it.
constexpr const char* kOriginalTypes = "original";

}  // namespace

SampleSets::SampleSets(fs::path root, std::vector<TensorInfo> inputs, int count, Bytes bytes)
    : root_(std::move(root)), inputs_(std::move(inputs)), count_(count), bytes_(std::move(bytes)) {}

SampleSets SampleSets::store(const fs::path& root, std::vector<TensorInfo> inputs, const std::vector<TensorSet>& sets) {
  fs::remove_all(root);  // with the sets that were cast from earlier ones
  for (std::size_t k = 0; k < sets.size(); ++k)
    worker::write_sample_set(root / kOriginalTypes / std::to_string(k), sets[k]);
  return {root, std::move(inputs), static_cast<int>(sets.size())};
}

std::vector<std::string> SampleSets::names() const {
  std::vector<std::string> names;
  for (const TensorInfo& input : inputs_) names.push_back(input.name);
  return names;
}

std::vector<fs::path> SampleSets::folders(const std::vector<TensorInfo>& wanted) const {
  std::map<std::string, ElementType> types;
  for (const TensorInfo& input : wanted) types[input.name] = input.type;
  std::string signature;
  for (const TensorInfo& input : inputs_) {
    const auto found = types.find(input.name);
    if (found != types.end() && found->second != input.type && found->second != ElementType::undefined)
      signature += (signature.empty() ? "" : "-") + input.name + "=" + to_text(found->second);
  }
  // The names come from the model and may hold anything; the digest keeps the folder's name plain.
  const std::string folder = signature.empty() ? kOriginalTypes : base::sha256_of_text(signature).substr(0, 16);
  std::vector<fs::path> folders;
  for (int k = 0; k < count_; ++k) {
    const fs::path set = root_ / folder / std::to_string(k);
    folders.push_back(set);
    if (fs::exists(set)) continue;
    TensorSet cast = worker::read_output_set(root_ / kOriginalTypes / std::to_string(k), names());
    for (NamedTensor& named : cast) {
      const auto found = types.find(named.name);
      if (found == types.end() || found->second == named.tensor.type()) continue;
      const auto bytes = bytes_.find(named.name);
      named.tensor = found->second == ElementType::uint8 && bytes != bytes_.end()
                         ? base::bytes_from_numbers(named.tensor, bytes->second)
                         : base::cast(named.tensor, found->second);
    }
    worker::write_sample_set(set, cast);
  }
  return folders;
}

}  // namespace autoaccel::pipeline
