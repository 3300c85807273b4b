#include "config/units.h"

#include <gtest/gtest.h>

namespace autoaccel::config {
namespace {

TEST(Units, SecondsFromText) {
  EXPECT_EQ(seconds_from_text("300"), 300);
  EXPECT_EQ(seconds_from_text("0.5"), 0.5);
  EXPECT_EQ(seconds_from_text("30 s"), 30);
  EXPECT_EQ(seconds_from_text("5min"), 300);
  EXPECT_EQ(seconds_from_text("5 Minutes"), 300);
  EXPECT_EQ(seconds_from_text("1 h 30 min 15 s"), 5415);
  EXPECT_EQ(seconds_from_text("250 ms"), 0.25);
  for (const char* text : {"", " ", "s", "5 x", "-5", "-5 s", "5 s 3", "inf", "nan", "5 s x", "1e999", "0x10"}) {
    EXPECT_FALSE(seconds_from_text(text)) << text;
  }
}

TEST(Units, TrialsFromText) {
  EXPECT_EQ(trials_from_text("40 trials"), 40);
  EXPECT_EQ(trials_from_text("1trial"), 1);
  EXPECT_EQ(trials_from_text("12  Trials"), 12);
  EXPECT_EQ(trials_from_text("-3 trials"), -3);  // the reader says what is wrong with it
  for (const char* text : {"", "40", "trials", "4.5 trials", "40 trials 1", "40 s", "99999999999999999999 trials"})
    EXPECT_FALSE(trials_from_text(text)) << text;
}

TEST(Units, BytesFromText) {
  EXPECT_EQ(bytes_from_text("2000000"), 2'000'000u);
  EXPECT_EQ(bytes_from_text("8 GB"), 8'000'000'000u);
  EXPECT_EQ(bytes_from_text("8gb"), 8'000'000'000u);
  EXPECT_EQ(bytes_from_text("1.5 GiB"), 1'610'612'736u);
  EXPECT_EQ(bytes_from_text("512 kB"), 512'000u);
  EXPECT_EQ(bytes_from_text("1 KiB"), 1024u);
  for (const char* text : {"", "GB", "-1 GB", "8 GB 1", "8 gigs", "nan", "9999999 TB"})
    EXPECT_FALSE(bytes_from_text(text)) << text;
}

TEST(Units, DeviceFromText) {
  EXPECT_TRUE(device_from_text("cpu").is_cpu());
  EXPECT_TRUE(device_from_text("CPU").is_cpu());
  EXPECT_EQ(device_from_text("0"), Device{.gpu = 0});
  EXPECT_EQ(device_from_text("12"), Device{.gpu = 12});
  for (const char* text : {"", "gpu", "cuda", "-1", "1.0", " 0", "cpu0", "2147483648"}) {
    EXPECT_THROW(device_from_text(text), Error) << text;
  }
}

TEST(Units, NumbersAreTheWholeText) {
  EXPECT_EQ(integer_from_text("-12"), -12);
  EXPECT_FALSE(integer_from_text("12 "));
  EXPECT_FALSE(integer_from_text("1.0"));
  EXPECT_FALSE(integer_from_text("9223372036854775808"));
  EXPECT_EQ(number_from_text("1e-3"), 1e-3);
  EXPECT_FALSE(number_from_text("1e-3x"));
  EXPECT_FALSE(number_from_text("inf"));
}

}  // namespace
}  // namespace autoaccel::config
