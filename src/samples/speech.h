#pragma once

#include <cstdint>
#include <span>

#include "samples/random.h"

namespace autoaccel::samples {

/// Sound like a voice that speaks: harmonics of a wandering pitch through the resonances of changing vowels, hissing
/// consonants and short pauses between syllables, over faint noise. Values in [-1, 1], multiples of 2^-15.
///
/// variant  where in the utterance the sound starts; short pieces fall on different sounds
/// rate     samples per second, > 0
/// source   source–filter model: G. Fant, "Acoustic Theory of Speech Production", 1960; vowels: Peterson and Barney,
/// 1952
void make_speech(std::span<float> samples, std::uint64_t variant, std::int64_t rate, Random& random);

}  // namespace autoaccel::samples
