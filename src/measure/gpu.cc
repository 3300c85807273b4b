#include "measure/gpu.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace autoaccel::measure {

namespace fs = std::filesystem;

namespace {

constexpr std::array<int, 2> kCapabilityAttributes{75, 76};  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR

// The functions of cuda.h that are asked here. A result of 0 is success in all of them.
using CuInit = int(unsigned);
using CuDeviceGetCount = int(int*);
using CuDeviceGet = int(int*, int);
using CuDeviceGetName = int(char*, int, int);
using CuDeviceGetAttribute = int(int*, int, int);
using CuDeviceTotalMem = int(std::size_t*, int);
using CuDeviceGetPciBusId = int(char*, int, int);

Gpu describe_gpu(const base::SharedLibrary& driver, int device) {
  Gpu gpu;
  std::array<char, 256> text{};
  const auto name = driver.function<CuDeviceGetName>("cuDeviceGetName");
  if (name != nullptr && name(text.data(), static_cast<int>(text.size()) - 1, device) == 0) gpu.name = text.data();
  const auto attribute = driver.function<CuDeviceGetAttribute>("cuDeviceGetAttribute");
  if (attribute != nullptr) {
    attribute(&gpu.major, kCapabilityAttributes[0], device);
    attribute(&gpu.minor, kCapabilityAttributes[1], device);
  }
  const auto memory = driver.function<CuDeviceTotalMem>("cuDeviceTotalMem_v2");
  std::size_t bytes = 0;
  if (memory != nullptr && memory(&bytes, device) == 0) gpu.memory_bytes = bytes;
  text.fill('\0');
  const auto bus = driver.function<CuDeviceGetPciBusId>("cuDeviceGetPCIBusId");
  if (bus != nullptr && bus(text.data(), static_cast<int>(text.size()) - 1, device) == 0) gpu.pci_bus_id = text.data();
  return gpu;
}

// nvml.h: enumerations and the bits of clocksEventReasons.
constexpr unsigned kClockSm = 1, kClockMemory = 2, kTemperatureOfChip = 0;
constexpr double kMegahertz = 1e6, kDegree = 1;  // what NVML counts in

struct ThrottleReason {
  unsigned long long bit;
  const char* words;
};
// Left out: idle, clocks set by an application, a sync boost group, the display's clock. They are somebody's choice.
constexpr std::array<ThrottleReason, 5> kThrottleReasons{{{0x4, "power cap"},
                                                          {0x8, "hardware slowdown"},
                                                          {0x20, "temperature (software)"},
                                                          {0x40, "temperature (hardware)"},
                                                          {0x80, "power brake"}}};

struct NvmlMemory {
  unsigned long long total, free, used;
};

using NvmlInit = int();
using NvmlHandle = int(const char*, void**);
using NvmlText = int(void*, char*, unsigned);
using NvmlNumberOfKind = int(void*, unsigned, unsigned*);
using NvmlNumber = int(void*, unsigned*);
using NvmlBits = int(void*, unsigned long long*);
using NvmlMemoryInfo = int(void*, NvmlMemory*);
using NvmlProcesses = int(void*, unsigned*, void*);

constexpr int kInsufficientSize =
    7;  // NVML_ERROR_INSUFFICIENT_SIZE: the count is right, there was no room for the list

/// What a function answers that takes a kind and gives one number, in `unit`.
std::optional<double> number_of(const base::SharedLibrary& nvml, const char* function, void* device, unsigned kind,
                                double unit) {
  const auto ask = nvml.function<NvmlNumberOfKind>(function);
  unsigned number = 0;
  if (ask == nullptr || ask(device, kind, &number) != 0) return std::nullopt;
  return unit * number;
}

std::vector<std::string> throttle_reasons(const base::SharedLibrary& nvml, void* device) {
  auto ask = nvml.function<NvmlBits>("nvmlDeviceGetCurrentClocksEventReasons");
  if (ask == nullptr) ask = nvml.function<NvmlBits>("nvmlDeviceGetCurrentClocksThrottleReasons");  // drivers before 535
  unsigned long long bits = 0;
  std::vector<std::string> reasons;
  if (ask == nullptr || ask(device, &bits) != 0) return reasons;
  for (const ThrottleReason& row : kThrottleReasons)
    if ((bits & row.bit) != 0) reasons.emplace_back(row.words);
  return reasons;
}

std::optional<int> other_processes(const base::SharedLibrary& nvml, void* device) {
  const auto ask = nvml.function<NvmlProcesses>("nvmlDeviceGetComputeRunningProcesses_v3");
  if (ask == nullptr) return std::nullopt;
  unsigned count = 0;
  const int result = ask(device, &count, nullptr);
  if (result != 0 && result != kInsufficientSize) return std::nullopt;
  return count > 0 ? static_cast<int>(count) - 1 : 0;  // this one computes on it too
}

template <typename T>
std::optional<T> lower(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

template <typename T>
std::optional<T> higher(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b ? std::max(*a, *b) : a ? a : b;
}

}  // namespace

GpuList list_gpus(std::span<const fs::path> folders) {
  const base::SharedLibrary driver(folders, "libcuda.so.1");
  if (!driver.is_loaded())
    return {{}, "no NVIDIA driver (libcuda.so.1): install it, or start the container with --gpus all"};
  const auto init = driver.function<CuInit>("cuInit");
  const auto count_gpus = driver.function<CuDeviceGetCount>("cuDeviceGetCount");
  const auto get = driver.function<CuDeviceGet>("cuDeviceGet");
  if (init == nullptr || count_gpus == nullptr || get == nullptr)
    return {{}, driver.path().string() + " is no CUDA driver: it lacks cuInit, cuDeviceGetCount or cuDeviceGet"};
  if (const int failure = init(0); failure != 0)
    return {{},
            "NVIDIA's driver finds no GPU (cuInit gives " + std::to_string(failure) +
                "); see nvidia-smi and CUDA_VISIBLE_DEVICES"};
  int count = 0;
  if (count_gpus(&count) != 0 || count < 1)
    return {{}, "NVIDIA's driver shows no GPU to this process; see nvidia-smi and CUDA_VISIBLE_DEVICES"};
  GpuList list;
  for (int number = 0; number < count; ++number) {
    int device = 0;
    get(&device, number);
    list.gpus.push_back(describe_gpu(driver, device));
  }
  return list;
}

std::unique_ptr<GpuMonitor> GpuMonitor::open(std::span<const fs::path> folders, const std::string& pci_bus_id) {
  base::SharedLibrary nvml(folders, "libnvidia-ml.so.1");
  const auto init = nvml.function<NvmlInit>("nvmlInit_v2");
  const auto handle = nvml.function<NvmlHandle>("nvmlDeviceGetHandleByPciBusId_v2");
  void* device = nullptr;
  if (init == nullptr || handle == nullptr || init() != 0 || handle(pci_bus_id.c_str(), &device) != 0) return nullptr;
  return std::unique_ptr<GpuMonitor>(new GpuMonitor(std::move(nvml), device));
}

GpuConditions GpuMonitor::read() const {
  GpuConditions now;
  std::array<char, 96> text{};  // NVML_DEVICE_NAME_V2_BUFFER_SIZE
  const auto name = library_.function<NvmlText>("nvmlDeviceGetName");
  if (name != nullptr && name(device_, text.data(), static_cast<unsigned>(text.size())) == 0) now.name = text.data();
  now.clock_hertz = number_of(library_, "nvmlDeviceGetClockInfo", device_, kClockSm, kMegahertz);
  now.clock_most_hertz = number_of(library_, "nvmlDeviceGetMaxClockInfo", device_, kClockSm, kMegahertz);
  now.memory_clock_hertz = number_of(library_, "nvmlDeviceGetClockInfo", device_, kClockMemory, kMegahertz);
  now.celsius = number_of(library_, "nvmlDeviceGetTemperature", device_, kTemperatureOfChip, kDegree);
  unsigned milliwatts = 0;
  const auto power = library_.function<NvmlNumber>("nvmlDeviceGetPowerUsage");
  if (power != nullptr && power(device_, &milliwatts) == 0) now.watts = 1e-3 * milliwatts;
  NvmlMemory memory{};
  const auto memory_info = library_.function<NvmlMemoryInfo>("nvmlDeviceGetMemoryInfo");
  if (memory_info != nullptr && memory_info(device_, &memory) == 0) now.memory_bytes = static_cast<double>(memory.used);
  now.other_processes = other_processes(library_, device_);
  now.throttled_by = throttle_reasons(library_, device_);
  return now;
}

GpuConditions worse_of(const GpuConditions& a, const GpuConditions& b) {
  GpuConditions worse{.name = a.name.empty() ? b.name : a.name,
                      .clock_hertz = lower(a.clock_hertz, b.clock_hertz),
                      .clock_most_hertz = higher(a.clock_most_hertz, b.clock_most_hertz),
                      .memory_clock_hertz = lower(a.memory_clock_hertz, b.memory_clock_hertz),
                      .celsius = higher(a.celsius, b.celsius),
                      .watts = higher(a.watts, b.watts),
                      .memory_bytes = higher(a.memory_bytes, b.memory_bytes),
                      .other_processes = higher(a.other_processes, b.other_processes),
                      .throttled_by = a.throttled_by};
  for (const std::string& reason : b.throttled_by)
    if (std::find(worse.throttled_by.begin(), worse.throttled_by.end(), reason) == worse.throttled_by.end())
      worse.throttled_by.push_back(reason);
  return worse;
}

}  // namespace autoaccel::measure
