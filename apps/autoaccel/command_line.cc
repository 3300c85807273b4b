#include "command_line.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <vector>

#include "base/text.h"

namespace autoaccel::cli {

namespace {

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

Error unknown_word(const std::string& word, const CLI::App& command, const std::string& help) {
  if (word.starts_with("-"))
    return {Cause::usage, fmt::format("unknown option '{}'", base::printable(word)),
            fmt::format("{} ({} explains them)", base::suggestion(word, option_names(command)), help)};
  return {Cause::usage, fmt::format("'{}' is one argument too many", base::printable(word)), help + " shows what is expected"};
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

Error usage_error(const CLI::App& app, const CLI::ParseError& refused) {
  const std::vector<std::string> words = app.remaining(true);
  const auto given = app.get_subcommands();
  if (given.empty()) {
    const std::vector<std::string> names = command_names(app);
    const std::string hint = "autoaccel --help explains them";
    if (words.empty()) return {Cause::usage, "no command given", "known: " + base::join(names, ", ") + "; " + hint};
    if (words.front().starts_with("-")) return unknown_word(words.front(), app, "autoaccel --help");
    return {Cause::usage, fmt::format("unknown command '{}'", base::printable(words.front())),
            fmt::format("{} ({})", base::suggestion(words.front(), names), hint)};
  }
  const std::string help = fmt::format("autoaccel {} --help", given.front()->get_name());
  if (!words.empty()) return unknown_word(words.front(), *given.front(), help);
  return {Cause::usage, refused.what(), help + " shows what is expected"};
}

std::string check_seconds(std::string& text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(seconds) && seconds > 0) return {};
  return fmt::format("'{}' is not a number of seconds above 0", base::printable(text));
}

}  // namespace autoaccel::cli
