#include "samples/speech.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "base/files.h"

namespace autoaccel::samples {
namespace {

std::vector<float> speech(std::size_t length, std::uint64_t variant, std::int64_t rate = 16000) {
  std::vector<float> samples(length);
  Random random{1, variant};
  make_speech(samples, variant, rate, random);
  return samples;
}

std::string digest(const std::vector<float>& samples) {
  return base::sha256_of_text({reinterpret_cast<const char*>(samples.data()), samples.size() * sizeof(float)})
      .substr(0, 16);
}

double power(const std::vector<float>& samples, std::size_t from, std::size_t length) {
  double sum = 0;
  for (std::size_t i = from; i < from + length; ++i) sum += double(samples[i]) * samples[i];
  return sum / length;
}

TEST(MakeSpeech, GivesTheSameBytesOnEveryMachine) {
  EXPECT_EQ(digest(speech(4000, 0)), "634e505814b6033e");
  EXPECT_EQ(digest(speech(4000, 3, 8000)), "adc9fcfe86fdeeb8");
}

TEST(MakeSpeech, StaysWithinOneAndIsHeard) {
  for (std::uint64_t variant = 0; variant < 7; ++variant) {
    const auto samples = speech(32000, variant);
    float most = 0;
    for (const float sample : samples) most = std::max(most, std::abs(sample));
    EXPECT_LE(most, 1);
    EXPECT_GT(most, 0.3) << variant;
    EXPECT_GT(std::sqrt(power(samples, 0, samples.size())), 0.05) << variant;
  }
}

TEST(MakeSpeech, HasLoudSyllablesAndPauses) {
  const auto samples = speech(48000, 0);  // three seconds: a syllable takes about a quarter
  double least = 1, most = 0;
  for (std::size_t at = 0; at + 480 <= samples.size(); at += 480)
    least = std::min(least, power(samples, at, 480)), most = std::max(most, power(samples, at, 480));
  EXPECT_GT(most, 1000 * least);
}

// Voiced sound repeats with its pitch: the best correlation at a lag of 1/230 to 1/90 s is near 1 in a vowel.
TEST(MakeSpeech, VowelsHaveAPitch) {
  const auto samples = speech(16000, 0);
  double best = 0;
  for (std::size_t at = 0; at + 960 <= samples.size(); at += 480) {
    for (std::size_t lag = 16000 / 230; lag <= 16000 / 90; ++lag) {
      double product = 0;
      for (std::size_t i = at; i < at + 480; ++i) product += samples[i] * samples[i + lag];
      best = std::max(best, product / (480 * std::sqrt(power(samples, at, 480) * power(samples, at + lag, 480))));
    }
  }
  EXPECT_GT(best, 0.9);
}

TEST(MakeSpeech, DiffersByVariant) {
  std::set<std::string> digests;
  for (std::uint64_t variant = 0; variant < 16; ++variant) digests.insert(digest(speech(576, variant)));
  EXPECT_EQ(digests.size(), 16u);
}

TEST(MakeSpeech, WorksAtEveryRateAndLength) {
  for (const std::int64_t rate : {1, 50, 8000, 192000}) {
    for (const std::size_t length : {0, 1, 2, 1000}) EXPECT_EQ(speech(length, 5, rate).size(), length);
  }
}

}  // namespace
}  // namespace autoaccel::samples
