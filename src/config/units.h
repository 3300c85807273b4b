#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "autoaccel/config.h"

namespace autoaccel::config {

/// `300`, `30 s`, `5 min`, `1 h 30 min`, `250 ms` → seconds; a bare number is seconds. nullopt: anything else, a
/// negative or non-finite number.
std::optional<double> seconds_from_text(std::string_view text);

/// `40 trials`, `1 trial` → 40, 1; the number may have a sign. nullopt: anything else.
std::optional<std::int64_t> trials_from_text(std::string_view text);

/// `8 GB`, `512 MiB`, `2000000` → bytes; decimal units are powers of 1000, binary ones of 1024, in either case of
/// letters. nullopt: anything else, or 2^63 and more.
std::optional<std::uint64_t> bytes_from_text(std::string_view text);

/// `cpu` in any case, or the number of a GPU; shared by config.yml and `--device`.
/// errors  usage, without a place: any other text
Device device_from_text(std::string_view text);

/// The whole text as a decimal integer or as a finite number; nullopt: anything else.
std::optional<std::int64_t> integer_from_text(std::string_view text);
std::optional<double> number_from_text(std::string_view text);

}  // namespace autoaccel::config
