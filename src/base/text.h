#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autoaccel::base {

/// The candidate nearest to `word` by Damerau–Levenshtein distance, ignoring case; nullopt when none is within a third
/// of the longer length.
std::optional<std::string> closest(std::string_view word, std::span<const std::string> candidates);

/// The next step after an unknown word: `did you mean 'x'?`, or `known: a, b, c` when nothing is close (at most 12 of
/// them); empty without candidates. Candidates are made printable.
std::string suggestion(std::string_view word, std::span<const std::string> candidates);

/// Printable text: invisible and control characters, ill-formed UTF-8 and bidirectional overrides become `\xNN` or `\u{NNNN}`;
/// longer than `limit` characters is cut, with `…` as the last of them. For names from a model on a terminal or in a
/// log. Printable text comes back unchanged, so doing it twice does no harm.
std::string printable(std::string_view text, std::size_t limit = 200);

/// The same, one entry per character of `text` (a tab is one space): what stands in each column of a line.
std::vector<std::string> printable_characters(std::string_view text);

/// Unicode code points in well-formed UTF-8.
std::size_t character_count(std::string_view text);

/// `text` where it is well-formed UTF-8, else with `\xNN` for every byte that is not: for formats that must be UTF-8.
std::string valid_utf8(std::string_view text);

/// `3.4 GB`, `812 kB`, `17 bytes` (SI steps of 1000).
std::string human_bytes(std::uint64_t bytes);

/// `1.24 ms`, `17.3 s`, `2 min 5 s`.
std::string human_seconds(double seconds);

/// A number for people, the same in every locale: `fixed(3.14159, 2)` is 3.14, `significant(0.00123456, 3)` is 0.00123;
/// `nan`, `inf` and `-inf` where it is not finite.
std::string fixed(double value, int decimals);
std::string significant(double value, int digits);

/// Words joined by `separator`.
std::string join(std::span<const std::string> words, std::string_view separator);

}  // namespace autoaccel::base
