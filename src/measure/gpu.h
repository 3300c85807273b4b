#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "autoaccel/record.h"
#include "base/shared_library.h"

namespace autoaccel::measure {

/// A GPU as its driver describes it. Its number is its place in the list: what CUDA counts, so that
/// CUDA_VISIBLE_DEVICES holds.
struct Gpu {
  std::string name;
  int major = 0, minor = 0;  ///< compute capability
  std::uint64_t memory_bytes = 0;
  std::string pci_bus_id;  ///< `0000:65:00.0`

  std::string capability() const { return std::to_string(major) + "." + std::to_string(minor); }
};

/// What the driver says when asked for GPUs.
struct GpuList {
  std::vector<Gpu> gpus;
  std::string missing;  ///< why there is none, and what helps; empty where there is one
};

/// Asks NVIDIA's driver, libcuda.so.1, loaded from `folders` or from where the system looks.
GpuList list_gpus(std::span<const std::filesystem::path> folders);

/// Reads clocks, temperature, power, memory and what slows a GPU down, from libnvidia-ml.so.1, the driver's own
/// library.
class GpuMonitor {
 public:
  /// nullptr where the library or the GPU is not there: conditions then stay unknown.
  /// pci_bus_id  NVML counts all GPUs of the machine, whatever CUDA_VISIBLE_DEVICES says: the bus is the same for both
  static std::unique_ptr<GpuMonitor> open(std::span<const std::filesystem::path> folders,
                                          const std::string& pci_bus_id);

  GpuConditions read() const;

 private:
  GpuMonitor(base::SharedLibrary library, void* device) : library_(std::move(library)), device_(device) {}

  base::SharedLibrary library_;
  void* device_;
};

/// Of two looks, at each figure the one that speaks against the measurement; reasons of both.
GpuConditions worse_of(const GpuConditions& a, const GpuConditions& b);

}  // namespace autoaccel::measure
