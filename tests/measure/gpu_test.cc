// The driver and NVML as tests/measure/libraries fakes them; no GPU is needed.
#include "measure/gpu.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace autoaccel::measure {
namespace {

const std::vector<std::filesystem::path> kFolders{AUTOACCEL_FAKE_LIBRARIES};

TEST(Gpus, AreListedAsTheDriverDescribesThem) {
  const GpuList list = list_gpus(kFolders);
  EXPECT_EQ(list.missing, "");
  ASSERT_EQ(list.gpus.size(), 2u);
  EXPECT_EQ(list.gpus[0].name, "Fake H100");
  EXPECT_EQ(list.gpus[0].capability(), "9.0");
  EXPECT_EQ(list.gpus[0].memory_bytes, 80ull << 30);
  EXPECT_EQ(list.gpus[1].pci_bus_id, "0000:02:00.0");
}

TEST(Gpus, NoneIsSaidWithWhatTheDriverAnswers) {
  ::setenv("FAKE_GPUS", "none", 1);
  const GpuList list = list_gpus(kFolders);
  ::unsetenv("FAKE_GPUS");
  EXPECT_TRUE(list.gpus.empty());
  EXPECT_EQ(list.missing, "NVIDIA's driver finds no GPU (cuInit gives 100); see nvidia-smi and CUDA_VISIBLE_DEVICES");
}

TEST(GpuMonitor, ReadsWhatSpeaksAgainstAMeasurement) {
  const auto monitor = GpuMonitor::open(kFolders, "0000:02:00.0");
  ASSERT_NE(monitor, nullptr);
  const GpuConditions now = monitor->read();
  EXPECT_EQ(now.name, "Fake RTX 4090");
  EXPECT_EQ(now.clock_hertz, 1.2e9);
  EXPECT_EQ(now.clock_most_hertz, 2.52e9);
  EXPECT_EQ(now.memory_clock_hertz, 1.0501e10);
  EXPECT_EQ(now.celsius, 83);
  EXPECT_DOUBLE_EQ(now.watts.value(), 449.5);
  EXPECT_EQ(now.memory_bytes, 4294967296.0);
  EXPECT_EQ(now.other_processes, 2) << "three, with this one";
  EXPECT_EQ(now.throttled_by, (std::vector<std::string>{"power cap", "temperature (hardware)"}));
}

TEST(GpuMonitor, IsNoneWhereNvmlDoesNotKnowTheGpu) { EXPECT_EQ(GpuMonitor::open(kFolders, "0000:01:00.0"), nullptr); }

TEST(GpuConditions, TheWorseOfTwoLooks) {
  const GpuConditions before{.clock_hertz = 2e9, .celsius = 60, .throttled_by = {"power cap"}};
  const GpuConditions after{
      .name = "A", .clock_hertz = 1e9, .watts = 300, .throttled_by = {"power cap", "power brake"}};
  const GpuConditions worse = worse_of(before, after);
  EXPECT_EQ(worse.name, "A");
  EXPECT_EQ(worse.clock_hertz, 1e9);
  EXPECT_EQ(worse.celsius, 60);
  EXPECT_EQ(worse.watts, 300);
  EXPECT_EQ(worse.memory_bytes, std::nullopt);
  EXPECT_EQ(worse.throttled_by, (std::vector<std::string>{"power cap", "power brake"}));
}

}  // namespace
}  // namespace autoaccel::measure
