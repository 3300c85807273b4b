// NVML with one GPU, at 0000:02:00.0: it runs at 1200 of 2520 MHz because of its power cap and its temperature, and
// three processes compute on it.
#include <cstring>

namespace {
int the_gpu = 0;
struct Memory {
  unsigned long long total, free, used;
};
}  // namespace

extern "C" {

int nvmlInit_v2() { return 0; }
int nvmlDeviceGetHandleByPciBusId_v2(const char* bus, void** device) {
  *device = &the_gpu;
  return std::strcmp(bus, "0000:02:00.0") == 0 ? 0 : 6;  // NVML_ERROR_NOT_FOUND
}
int nvmlDeviceGetName(void*, char* text, unsigned length) {
  std::strncpy(text, "Fake RTX 4090", length);
  return 0;
}
int nvmlDeviceGetClockInfo(void*, unsigned type, unsigned* megahertz) {
  *megahertz = type == 1 ? 1200 : 10501;
  return 0;
}
int nvmlDeviceGetMaxClockInfo(void*, unsigned, unsigned* megahertz) {
  *megahertz = 2520;
  return 0;
}
int nvmlDeviceGetTemperature(void*, unsigned, unsigned* degrees) {
  *degrees = 83;
  return 0;
}
int nvmlDeviceGetPowerUsage(void*, unsigned* milliwatts) {
  *milliwatts = 449500;
  return 0;
}
int nvmlDeviceGetMemoryInfo(void*, Memory* memory) {
  *memory = {24ull << 30, 20ull << 30, 4ull << 30};
  return 0;
}
int nvmlDeviceGetCurrentClocksEventReasons(void*, unsigned long long* bits) {
  *bits = 0x1 | 0x4 | 0x40;  // idle, which is no reason; software power cap; hardware thermal slowdown
  return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void*, unsigned* count, void*) {
  *count = 3;
  return 7;  // NVML_ERROR_INSUFFICIENT_SIZE: no room for the list was given
}
}
