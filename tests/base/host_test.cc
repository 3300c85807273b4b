#include "base/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/files.h"

namespace autoaccel::base {
namespace {

using ::testing::ElementsAre;

/// A machine made of files.
class HostTest : public ::testing::Test {
 protected:
  HostTest() {
    write("proc/cpuinfo",
          "processor\t: 0\nmodel name\t: Example 9000\nflags\t\t: fpu avx2 f16c avx512f avx512_vnni amx_tile\n\n"
          "processor\t: 1\nmodel name\t: Other\n");
    write("proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-2,5\n");
    write("proc/meminfo", "MemTotal:       16000 kB\nMemFree:  10 kB\nMemAvailable:    9000 kB\n");
    write("sys/devices/system/cpu/online", "0-7\n");
    write("etc/os-release", "NAME=\"x\"\nPRETTY_NAME=\"Example Linux 12\"\n");
    write("proc/sys/kernel/osrelease", "6.1.0-test\n");
  }

  void write(const std::filesystem::path& path, const std::string& text) const {
    std::filesystem::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << text;
  }
  const std::filesystem::path& root() const { return folder_.path(); }

  void use_version_2(const std::string& group, const std::string& mount_root = "/") const {
    write("proc/self/cgroup", "0::" + group + "\n");
    write("proc/self/mountinfo",
          "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
          "35 22 0:30 " +
              mount_root + " /sys/fs/cgroup rw,nosuid shared:9 master:1 - cgroup2 cgroup2 rw\n");
  }

  TemporaryFolder folder_{"host_test"};
};

TEST_F(HostTest, ReadsTheMachine) {
  const Host host = read_host(root());
  EXPECT_EQ(host.processor, "Example 9000");
  EXPECT_THAT(host.features, ElementsAre("f16c", "avx2", "avx512f", "avx512_vnni", "amx_tile"));
  EXPECT_EQ(host.processors_online, 8);
  EXPECT_EQ(host.processors_allowed, 4);  // 0, 1, 2 and 5
  EXPECT_EQ(host.processor_quota, std::nullopt);
  EXPECT_EQ(host.threads, 4);
  EXPECT_EQ(host.memory_bytes, 16000u * 1024);
  EXPECT_EQ(host.memory_available_bytes, 9000u * 1024);
  EXPECT_EQ(host.operating_system, "Example Linux 12");
  EXPECT_EQ(host.kernel, "6.1.0-test");
  EXPECT_EQ(host.governor, std::nullopt);
}

TEST_F(HostTest, ReadsAnArmProcessor) {
  write("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd bf16 i8mm\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n");
  const Host host = read_host(root());
  EXPECT_EQ(host.processor, "ARM, implementer 0x41, part 0xd40");
  EXPECT_THAT(host.features, ElementsAre("asimd", "bf16", "i8mm"));
}

TEST_F(HostTest, NamesEveryGovernorOnce) {
  write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
  write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n");
  EXPECT_EQ(read_host(root()).governor, "powersave");
  write("sys/devices/system/cpu/cpu7/cpufreq/scaling_governor", "performance\n");
  EXPECT_EQ(read_host(root()).governor, "performance, powersave");
}

TEST_F(HostTest, GivesOneThreadWhereNothingIsKnown) {
  const TemporaryFolder empty("host_test_empty");
  const Host host = read_host(empty.path());
  EXPECT_EQ(host.threads, 1);
  EXPECT_EQ(host.processors_online, 0);
  EXPECT_EQ(host.memory_bytes, 0u);
  EXPECT_EQ(load_average(empty.path()), std::nullopt);
  EXPECT_EQ(throttled_seconds(empty.path()), std::nullopt);
  EXPECT_EQ(oom_kills(empty.path()), std::nullopt);
}

TEST_F(HostTest, TakesTheTightestQuotaOfAllLevels) {
  use_version_2("/a/b/c");
  write("sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/a/b/cpu.max", "250000 100000\n");  // 2.5 processors
  write("sys/fs/cgroup/a/cpu.max", "600000 200000\n");    // 3
  const Host host = read_host(root());
  EXPECT_EQ(host.processor_quota, 2.5);
  EXPECT_EQ(host.threads, 2);
}

TEST_F(HostTest, RoundsAQuotaBelowOneUpToOneThread) {
  use_version_2("/");
  write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  const Host host = read_host(root());
  EXPECT_EQ(host.processor_quota, 0.5);
  EXPECT_EQ(host.threads, 1);
}

TEST_F(HostTest, IgnoresAQuotaAboveTheAffinity) {
  use_version_2("/");
  write("sys/fs/cgroup/cpu.max", "6400000 100000\n");
  EXPECT_EQ(read_host(root()).threads, 4);
}

TEST_F(HostTest, FindsItsGroupInAContainerWithoutANamespace) {
  // The mount shows /docker/1 as its root; the own group is /docker/1/x, so its folder is <mount>/x.
  use_version_2("/docker/1/x", "/docker/1");
  write("sys/fs/cgroup/x/cpu.max", "300000 100000\n");
  EXPECT_EQ(read_host(root()).processor_quota, 3);
  // Of another group with the same beginning nothing but the root can be seen.
  use_version_2("/docker/12/x", "/docker/1");
  EXPECT_EQ(read_host(root()).processor_quota, std::nullopt);
}

TEST_F(HostTest, StaysInsideTheMountWhenTheGroupIsOutsideTheNamespace) {
  use_version_2("/../../elsewhere");
  write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  EXPECT_EQ(read_host(root()).processor_quota, 1);
}

TEST_F(HostTest, TakesMemoryFromTheTightestLevel) {
  use_version_2("/a/b");
  write("sys/fs/cgroup/a/b/memory.max", "max\n");
  write("sys/fs/cgroup/a/b/memory.current", "100\n");
  write("sys/fs/cgroup/a/memory.max", "5000000\n");
  write("sys/fs/cgroup/a/memory.current", "3000000\n");
  write("sys/fs/cgroup/a/memory.stat", "anon 1\ninactive_file 500000\n");
  const Host host = read_host(root());
  EXPECT_EQ(host.memory_bytes, 5000000u);
  EXPECT_EQ(host.memory_available_bytes, 2500000u);  // 5,000,000 − (3,000,000 − 500,000)
}

TEST_F(HostTest, ReadsVersion1) {
  write("proc/self/cgroup", "9:name=systemd:/\n4:memory:/box\n2:cpu,cpuacct:/box/in\n0::/\n");
  write("proc/self/mountinfo",
        "32 31 0:29 / /sys/fs/cgroup/cpu\\054cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
        "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
  write("sys/fs/cgroup/cpu,cpuacct/box/in/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/box/in/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "150000\n");
  write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu,cpuacct/box/cpu.stat", "nr_periods 5\nthrottled_time 2500000000\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");  // the way to say "none"
  write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "4000000\n");
  write("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "1000000\n");
  write("sys/fs/cgroup/memory/box/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n");
  const Host host = read_host(root());
  EXPECT_EQ(host.processor_quota, 1.5);
  EXPECT_EQ(host.threads, 1);
  EXPECT_EQ(host.memory_bytes, 4000000u);
  EXPECT_EQ(host.memory_available_bytes, 3000000u);
  EXPECT_EQ(throttled_seconds(root()), 2.5);
  EXPECT_EQ(oom_kills(root()), 7u);
}

TEST_F(HostTest, TellsThrottlingOfTheLevelThatThrottlesMost) {
  use_version_2("/a");
  write("sys/fs/cgroup/a/cpu.max", "200000 100000\n");
  write("sys/fs/cgroup/a/cpu.stat", "usage_usec 99\nnr_throttled 3\nthrottled_usec 1500000\n");
  write("sys/fs/cgroup/cpu.max", "400000 100000\n");
  write("sys/fs/cgroup/cpu.stat", "throttled_usec 20\n");
  EXPECT_EQ(throttled_seconds(root()), 1.5);
  write("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(throttled_seconds(root()), std::nullopt) << "nothing throttles without a quota";
}

TEST_F(HostTest, CountsKillsOfTheOwnGroupBeforeThoseOfTheMachine) {
  write("proc/vmstat", "pgfault 5\noom_kill 40\n");
  EXPECT_EQ(oom_kills(root()), 40u);
  use_version_2("/a");
  write("sys/fs/cgroup/a/memory.events", "low 0\noom 9\noom_kill 2\noom_group_kill 1\n");
  EXPECT_EQ(oom_kills(root()), 2u);
}

TEST_F(HostTest, ReadsLoadAndProcessorTime) {
  write("proc/loadavg", "0.75 0.5 0.25 1/99 1234\n");
  EXPECT_EQ(load_average(root()), 0.75);
  // In ticks of 1/100 s: user 100, nice 10, system 20, idle 5000, iowait 600, irq 3, softirq 4, steal 13, guest 50.
  // Busy is 100 + 10 + 20 + 3 + 4 + 13 = 150 ticks: guest is part of user already.
  write("proc/stat", "cpu  100 10 20 5000 600 3 4 13 50 0\ncpu0 1 1 1\n");
  ASSERT_EQ(::sysconf(_SC_CLK_TCK), 100);
  EXPECT_DOUBLE_EQ(read_cpu_times(root()).busy_seconds, 1.5);
}

TEST(ThisHost, AgreesWithTheSystem) {
  const Host host = read_host();
  cpu_set_t mask;
  ASSERT_EQ(::sched_getaffinity(0, sizeof mask, &mask), 0);
  EXPECT_EQ(host.processors_allowed, CPU_COUNT(&mask));
  EXPECT_GE(host.processors_online, host.processors_allowed);
  EXPECT_GE(host.threads, 1);
  EXPECT_LE(host.threads, host.processors_allowed);
  EXPECT_GT(host.memory_bytes, host.memory_available_bytes);
  EXPECT_GT(read_cpu_times().busy_seconds, 0);
  EXPECT_FALSE(host.processor.empty());
  EXPECT_FALSE(host.operating_system.empty());
}

}  // namespace
}  // namespace autoaccel::base
