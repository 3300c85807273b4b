#include "worker/tensor_files.h"

#include <system_error>

#include "autoaccel/error.h"
#include "base/npy.h"
#include "base/text.h"

namespace autoaccel::worker {
namespace {

std::filesystem::path tensor_path(const std::filesystem::path& folder, std::size_t index) {
  return folder / (std::to_string(index) + ".npy");
}

}  // namespace

void write_sample_set(const std::filesystem::path& folder, const TensorSet& set) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw Error(Cause::environment,
                "cannot make the folder " + base::printable(folder.string()) + ": " + error.message(),
                "check free space and permissions");
  for (std::size_t i = 0; i < set.size(); ++i) base::write_npy(tensor_path(folder, i), set[i].tensor);
}

TensorSet read_output_set(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  TensorSet set;
  for (std::size_t i = 0; i < names.size(); ++i) set.push_back({names[i], base::read_npy(tensor_path(folder, i))});
  return set;
}

}  // namespace autoaccel::worker
