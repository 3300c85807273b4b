#include "samples/speech.h"

#include <algorithm>
#include <array>

namespace autoaccel::samples {
namespace {

constexpr int kFormants = 3;
using Formants = std::array<std::int64_t, kFormants>;  ///< resonances of a vowel, in hertz

constexpr std::array<Formants, 8> kVowels = {{{730, 1090, 2440},
                                              {270, 2290, 3010},
                                              {300, 870, 2240},
                                              {530, 1840, 2480},
                                              {570, 840, 2410},
                                              {660, 1720, 2410},
                                              {490, 1350, 1690},
                                              {640, 1190, 2390}}};
constexpr Formants kBandwidths = {90, 110, 170};  // hertz, at half the amplitude
constexpr std::array<std::int64_t, kFormants> kGains = {256, 150, 80};
constexpr int kMostHarmonics = 40;  // up to 4 to 8 kHz, where speech ends

/// Sine of phase / 65536 turns, in 1/32768: a parabola with one correction, within 0.1 %. Integers only.
std::int64_t sine(std::uint32_t phase) {
  const std::int64_t x = static_cast<std::int16_t>(phase & 0xffff);  // half turns, 15 fractional bits
  const std::int64_t magnitude = x < 0 ? -x : x;
  const std::int64_t parabola = 4 * x * (32768 - magnitude) >> 15;  // 4 x (1 − |x|)
  const std::int64_t square = parabola * (parabola < 0 ? -parabola : parabola) >> 15;
  return std::clamp<std::int64_t>(parabola + (225 * (square - parabola) / 1000), -32767, 32767);
}

/// How loud a harmonic of this frequency is, 256 = loudest.
std::int64_t loudness(std::int64_t hertz, const Formants& vowel) {
  std::int64_t sum = 0;
  for (int i = 0; i < kFormants; ++i) {
    const std::int64_t off = (hertz - vowel[i]) * 256 / kBandwidths[i];
    sum += kGains[i] * 65536 / (65536 + off * off);
  }
  return std::min<std::int64_t>(sum + 256 * 60 / (60 + hertz), 256);  // a little of the low ones always
}

/// One sound of the utterance: a vowel, a hiss or silence.
struct Sound {
  enum class Kind { vowel, hiss, pause } kind = Kind::pause;
  Formants from{}, to{};
  std::int64_t pitch_from = 0, pitch_to = 0;  ///< hertz
  std::int64_t length = 0, loud = 0;          ///< samples; 256 = full
};

class Voice {
 public:
  Voice(std::int64_t rate, Random& random) : rate_(rate), random_(random), pitch_(random.between(95, 220)) {
    vowel_ = kVowels[random_.below(kVowels.size())];
  }

  /// Sounds come as syllables do: mostly consonant and vowel, sometimes a pause.
  Sound next() {
    Sound sound;
    turn_ = (turn_ + 1) % 7;
    if (turn_ == 6) {
      sound.length = milliseconds(120, 260);
    } else if (turn_ % 2 == 0) {
      sound.kind = Sound::Kind::hiss;
      sound.length = milliseconds(40, 90);
      sound.loud = random_.between(30, 80);
    } else {
      sound.kind = Sound::Kind::vowel;
      sound.from = vowel_;
      sound.to = vowel_ = kVowels[random_.below(kVowels.size())];
      sound.pitch_from = pitch_;
      sound.pitch_to = std::clamp<std::int64_t>(pitch_ + random_.between(-25, 25), 90, 230);
      pitch_ = sound.pitch_to;
      sound.length = milliseconds(110, 220);
      sound.loud = random_.between(170, 256);
    }
    sound.length = std::max<std::int64_t>(sound.length, 1);
    return sound;
  }

 private:
  std::int64_t milliseconds(std::int64_t low, std::int64_t high) { return random_.between(low, high) * rate_ / 1000; }

  std::int64_t rate_;
  Random& random_;
  std::int64_t pitch_;
  Formants vowel_{};
  int turn_ = 0;
};

/// Rises and falls within the first and last fifth of the sound; 256 = full.
std::int64_t envelope(std::int64_t at, std::int64_t length) {
  const std::int64_t edge = std::max<std::int64_t>(length / 5, 1);
  return std::clamp<std::int64_t>(std::min(at, length - at) * 256 / edge, 0, 256);
}

/// Writes one sound; `phase` goes on from vowel to vowel so that nothing clicks.
class Speaker {
 public:
  Speaker(std::int64_t rate, Random& random) : rate_(rate), random_(random) {}

  void speak(const Sound& sound, std::int64_t from, std::span<float> to) {
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(to.size()); ++i) {
      const std::int64_t at = from + i;
      if (sound.kind == Sound::Kind::vowel && (i == 0 || at % (rate_ / 100 + 1) == 0)) tune(sound, at);
      const std::int64_t noise = random_.between(-4096, 4096);
      std::int64_t value = noise / 256;
      if (sound.kind == Sound::Kind::hiss) {
        value +=
            (noise - last_noise_) * sound.loud * envelope(at, sound.length) >> 16;  // the difference favours high tones
      } else if (sound.kind == Sound::Kind::vowel) {
        value += voiced() * sound.loud * envelope(at, sound.length) >> 16;
      }
      last_noise_ = noise;
      to[i] = static_cast<float>(std::clamp<std::int64_t>(value, -32768, 32767)) * 0x1p-15f;
    }
  }

 private:
  /// The harmonics' loudness at this moment of the sound.
  void tune(const Sound& sound, std::int64_t at) {
    Formants vowel{};
    for (int i = 0; i < kFormants; ++i) vowel[i] = sound.from[i] + (sound.to[i] - sound.from[i]) * at / sound.length;
    const std::int64_t pitch = sound.pitch_from + (sound.pitch_to - sound.pitch_from) * at / sound.length;
    step_ = static_cast<std::uint32_t>(pitch * 65536 * 256 / rate_);
    std::int64_t total = 1;
    harmonics_ = 0;
    while (harmonics_ < kMostHarmonics && (harmonics_ + 1) * pitch * 2 < rate_) {
      loudness_[harmonics_] = loudness((harmonics_ + 1) * pitch, vowel);
      total += loudness_[harmonics_++];
    }
    scale_ = 256 * 256 * 2 / total;  // keeps the sum of all harmonics near full scale
  }

  std::int64_t voiced() {
    phase_ += step_;
    std::int64_t sum = 0;
    for (int i = 0; i < harmonics_; ++i)
      sum += sine((phase_ >> 8) * static_cast<std::uint32_t>(i + 1)) * loudness_[i] >> 8;
    return sum * scale_ >> 9;
  }

  std::int64_t rate_;
  Random& random_;
  std::array<std::int64_t, kMostHarmonics> loudness_{};
  int harmonics_ = 0;
  std::int64_t scale_ = 0, last_noise_ = 0;
  std::uint32_t phase_ = 0, step_ = 0;  ///< of the pitch, 24 bits a turn
};

}  // namespace

void make_speech(std::span<float> samples, std::uint64_t variant, std::int64_t rate, Random& random) {
  Voice voice(rate, random);
  Speaker speaker(rate, random);
  Sound sound = voice.next();
  for (std::uint64_t skipped = 0; skipped < variant % 7; ++skipped) sound = voice.next();
  std::int64_t at = sound.length / 3;  // in the middle of a sound rather than in its rise
  for (std::size_t done = 0; done < samples.size();) {
    const std::size_t part = std::min<std::size_t>(samples.size() - done, static_cast<std::size_t>(sound.length - at));
    speaker.speak(sound, at, samples.subspan(done, part));
    done += part;
    sound = voice.next();
    at = 0;
  }
}

}  // namespace autoaccel::samples
