#include "samples/text_bytes.h"

#include <array>
#include <span>
#include <string_view>

#include "samples/lettering.h"

namespace autoaccel::samples {
namespace {

constexpr std::array<const char*, 24> kWords = {"value", "index", "result", "count", "name",  "size",  "order", "total",
                                                "user",  "item",  "price",  "date",  "state", "first", "last",  "node",
                                                "left",  "right", "buffer", "open",  "close", "table", "text",  "page"};

/// A kind of file: how it begins, and the lines that it goes on with. In them %w stands for a word, %n for a number, %t
/// for some words of a sentence.
struct Kind {
  const char* beginning;
  std::array<const char*, 4> lines;
};
constexpr std::array<Kind, 4> kKinds = {{
    {"", {"%t.\n", "%t, %t.\n", "%t.\n\n", "%t %n %t.\n"}},
    {"#!/usr/bin/env python3\nimport os\nimport sys\n\n\n",
     {"def %w_%w(%w, %w=None):\n", "    if %w > %n:\n        return %w + 1\n", "    %w = [%w for _ in range(%n)]\n",
      "    # the %w of the %w\n    %w.%w()\n"}},
    {"id,name,amount,state\n", {"%n,%w,%n.%n,%w\n", "%n,%w,%n.%n,%w\n", "%n,%w,,%w\n", "%n,\"%t\",%n.%n,%w\n"}},
    {"<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"></head>\n<body>\n",
     {"  <div class=\"%w\"><a href=\"/%w/%n\">%t</a></div>\n", "  <p>%t</p>\n",
      "  <img src=\"%w-%n.png\" alt=\"%w\">\n", "  <h2 id=\"%w\">%t</h2>\n"}},
}};

std::string filler(char kind, Random& random) {
  switch (kind) {
    case 'w':
      return kWords[random.below(kWords.size())];
    case 'n':
      return std::to_string(random.below(random.one_in(2) ? 100 : 100000));
    default:
      return some_text(random, 10 + random.below(50));
  }
}

void append_line(std::string& text, std::string_view line, Random& random) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '%')
      text += line[i];
    else
      text += filler(line[++i], random);
  }
}

}  // namespace

std::string text_bytes(std::uint64_t variant, std::size_t length, Random& random) {
  const Kind& kind = kKinds[variant % kKinds.size()];
  std::string text = kind.beginning;
  while (text.size() < length) append_line(text, kind.lines[random.below(kind.lines.size())], random);
  text.resize(length);
  return text;
}

}  // namespace autoaccel::samples
