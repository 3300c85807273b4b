// A driver that shows two GPUs: as much of libcuda as measure/gpu.cc asks. FAKE_GPUS=none: cuInit finds no device.
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kNoDevice = 100;  // CUDA_ERROR_NO_DEVICE

struct FakeGpu {
  const char* name;
  int major, minor;
  std::size_t bytes;
  const char* bus;
};
constexpr FakeGpu kGpus[] = {{"Fake H100", 9, 0, 80ull << 30, "0000:01:00.0"},
                             {"Fake RTX 4090", 8, 9, 24ull << 30, "0000:02:00.0"}};

}  // namespace

extern "C" {

int cuInit(unsigned) {
  const char* gpus = std::getenv("FAKE_GPUS");
  return gpus != nullptr && std::strcmp(gpus, "none") == 0 ? kNoDevice : 0;
}
int cuDeviceGetCount(int* count) {
  *count = 2;
  return 0;
}
int cuDeviceGet(int* device, int number) {
  *device = number;
  return 0;
}
int cuDeviceGetName(char* text, int length, int device) {
  std::strncpy(text, kGpus[device].name, static_cast<std::size_t>(length));
  return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int device) {
  *value = attribute == 75 ? kGpus[device].major : kGpus[device].minor;
  return 0;
}
int cuDeviceTotalMem_v2(std::size_t* bytes, int device) {
  *bytes = kGpus[device].bytes;
  return 0;
}
int cuDeviceGetPCIBusId(char* text, int length, int device) {
  std::strncpy(text, kGpus[device].bus, static_cast<std::size_t>(length));
  return 0;
}
}
