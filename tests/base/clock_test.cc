#include "base/clock.h"

#include <gtest/gtest.h>

#include <ctime>
#include <regex>
#include <string>

namespace autoaccel::base {
namespace {

TEST(MonotonicClock, NeverGoesBackAndSleepsAtLeastThatLong) {
  const MonotonicClock clock;
  double before = clock.now();
  for (int i = 0; i < 1000; ++i) {
    const double now = clock.now();
    ASSERT_GE(now, before);
    before = now;
  }
  clock.sleep(0.002);
  EXPECT_GE(clock.now() - before, 0.002);
  clock.sleep(-1);  // at once
}

TEST(UtcNow, IsIso8601OfThePresent) {
  const std::time_t before = std::time(nullptr);
  const std::string text = utc_now();
  const std::time_t after = std::time(nullptr);
  ASSERT_TRUE(std::regex_match(text, std::regex(R"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)"))) << text;
  std::tm parts{};
  ASSERT_NE(strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts), nullptr);
  EXPECT_GE(timegm(&parts), before);
  EXPECT_LE(timegm(&parts), after);
}

}  // namespace
}  // namespace autoaccel::base
