#include "worker/failure.h"

#include <signal.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace autoaccel::worker {
namespace {

/// What the C++ library, the runtimes and CUDA write when memory runs out.
constexpr std::array<std::string_view, 6> kMemoryWords{
    "bad_alloc",     "bad allocation", "Failed to allocate memory", "Cannot allocate memory",
    "out of memory", "Out of memory"};

bool says_memory_ran_out(std::string_view text) {
  return std::any_of(kMemoryWords.begin(), kMemoryWords.end(),
                     [&](std::string_view words) { return text.find(words) != std::string_view::npos; });
}

constexpr std::size_t kReasonCharacters = 300;  ///< a reason is a cell of a table; the rest is in the details

/// The dynamic loader's exit code when a library is missing; its message is then the log's last line.
constexpr int kNotStarted = 127;

std::string while_doing(const OpInfo& op) { return " while " + std::string(op.doing); }

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return {};
  const std::size_t newline = text.rfind('\n', end);
  const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
  return text.substr(begin, end + 1 - begin);
}

bool was_for_memory(const Ending& ending) {
  if (ending.exit.signal == SIGKILL) return ending.oom_kills_rose;
  // An exception that nobody catches: the C++ library prints its name and aborts.
  return ending.exit.signal == SIGABRT && ending.log_tail.find("bad_alloc") != std::string::npos;
}

}  // namespace

std::string log_details(const std::string& log_tail) {
  return log_tail.empty() ? std::string() : "last lines of worker.log:\n" + log_tail;
}

Failure failure_from(const OpInfo& op, const Ending& ending) {
  std::string reason = ending.exit.text() + while_doing(op);
  const std::string last_words = base::printable(last_line(ending.log_tail), kReasonCharacters);
  if (ending.unfinished_answer) reason += ", in the middle of an answer";
  // A program that ends itself says why; one that is ended by a signal usually has nothing to do with its last line.
  if (ending.exit.code == kNotStarted) reason = "the worker could not start";
  if (ending.exit.code && !last_words.empty()) reason += ": " + last_words;
  if (was_for_memory(ending))
    return {Outcome::out_of_memory, "memory ran out (" + ending.exit.text() + ")" + while_doing(op),
            log_details(ending.log_tail)};
  return {Outcome::crashed, reason, log_details(ending.log_tail)};
}

Failure failure_from(const OpInfo& op, const Error& error, const std::string& log_tail) {
  std::string details;
  std::string_view message = error.message();
  while (!message.empty()) {  // line by line: the vendor's line breaks stay, anything else unprintable does not
    const std::size_t end = std::min(message.find('\n'), message.size());
    details += base::printable(message.substr(0, end), 2000) + "\n";
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  const std::string first_line = details.substr(0, details.find('\n'));
  for (const std::string& doing : error.context()) details += "while " + base::printable(doing) + "\n";
  if (!error.hint().empty()) details += base::printable(error.hint()) + "\n";
  details += log_details(log_tail);
  const Outcome outcome = says_memory_ran_out(error.message()) ? Outcome::out_of_memory : op.on_error;
  return {outcome, base::printable(first_line, kReasonCharacters), details};
}

Failure failure_from_broken_answer(const OpInfo& op, std::string_view what, const std::string& log_tail) {
  return {Outcome::crashed, "broken answer from the worker" + while_doing(op) + ": " + base::printable(what),
          log_details(log_tail)};
}

}  // namespace autoaccel::worker
