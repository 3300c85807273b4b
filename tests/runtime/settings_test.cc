#include "runtime/settings.h"

#include <gtest/gtest.h>

#include <array>

#include "autoaccel/error.h"

namespace autoaccel::runtime {
namespace {

constexpr std::array<plan::SettingInfo, 3> kTable{
    {{"threads", "integer ≥ 1", ""}, {"mode", "latency | throughput", ""}, {"spinning", "on | off", ""}}};
constexpr std::array<std::string_view, 2> kModes{"latency", "throughput"};

template <typename Call>
Error error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(Cause::defect, "");
}

TEST(SettingsReader, ReadsWhatIsGivenAndLeavesTheRestOpen) {
  const Settings settings{{"threads", "12"}, {"mode", "throughput"}};
  const SettingsReader reader(settings, kTable);
  EXPECT_EQ(reader.integer("threads"), 12);
  EXPECT_EQ(reader.choice("mode", kModes), "throughput");
  EXPECT_EQ(reader.on_off("spinning"), std::nullopt);
}

TEST(SettingsReader, OnAndOffAreDifferent) {
  const Settings on{{"spinning", "on"}}, off{{"spinning", "off"}};
  EXPECT_EQ(SettingsReader(on, kTable).on_off("spinning"), true);
  EXPECT_EQ(SettingsReader(off, kTable).on_off("spinning"), false);
}

TEST(SettingsReader, RefusesANameThatIsNotInTheTableAndSuggestsOne) {
  const Settings settings{{"thread", "2"}};
  const Error error = error_of([&] { SettingsReader(settings, kTable); });
  EXPECT_EQ(error.cause(), Cause::usage);
  EXPECT_EQ(error.message(), "unknown setting 'thread'");
  EXPECT_EQ(error.hint(), "did you mean 'threads'?");
}

TEST(SettingsReader, RefusesNumbersThatAreNone) {
  // Empty, words, signs, fractions, trailing text, below the minimum, above int.
  for (const char* text : {"", "two", "+2", "-2", "2.0", "2 ", "0", "99999999999"}) {
    const Settings settings{{"threads", text}};
    const SettingsReader reader(settings, kTable);
    const Error error = error_of([&] { reader.integer("threads"); });
    EXPECT_EQ(error.cause(), Cause::usage) << text;
    EXPECT_EQ(error.message(), std::string("setting 'threads' cannot be '") + text + "'");
    EXPECT_EQ(error.hint(), "give an integer of at least 1");
  }
}

TEST(SettingsReader, RefusesAWordThatIsNotAllowed) {
  const Settings settings{{"mode", "througput"}, {"spinning", "ON"}};
  const SettingsReader reader(settings, kTable);
  const Error mode = error_of([&] { reader.choice("mode", kModes); });
  EXPECT_EQ(mode.message(), "setting 'mode' cannot be 'througput'");
  EXPECT_EQ(mode.hint(), "did you mean 'throughput'?");
  EXPECT_EQ(error_of([&] { reader.on_off("spinning"); }).cause(), Cause::usage);
}

}  // namespace
}  // namespace autoaccel::runtime
