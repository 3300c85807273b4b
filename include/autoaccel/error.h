#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoaccel {

/// Who has to act on an error; decides the exit code of the command-line tool.
enum class Cause {
  usage,        ///< command line or config.yml: the user edits it
  model,        ///< the model or a sample file is missing, damaged or contradicts itself
  unsupported,  ///< a valid request that this build or runtime cannot serve
  environment,  ///< disk, memory, permissions, a library that is not installed
  vendor,       ///< a runtime refused or failed; its own words are in the message
  interrupted,  ///< the user asked to stop; what is done is kept
  defect,       ///< a broken invariant of ours
};

std::string_view to_text(Cause cause);

/// The process exit code for an error: 2 usage, 3 model or host, 130 interrupted, 70 a defect of ours.
int exit_code(Cause cause);

/// A place in a text file, for `file:line:column` and the caret under it. Lines and columns count from 1.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;
  int length = 1;         ///< characters to underline, at least 1
  std::string line_text;  ///< the line itself, without its newline; empty when it is not known
};

/// The one exception type of Auto Acceleration.
///
/// message  one clause: what is wrong, with the names involved
/// hint     the next step for the reader; may be empty
/// context  what was being done, innermost first; each layer adds a line on the way up
class Error : public std::exception {
 public:
  Error(Cause cause, std::string message, std::string hint = {});

  Error& at(SourceLocation location);
  Error& add_context(std::string doing);

  Cause cause() const { return cause_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  const std::optional<SourceLocation>& location() const { return location_; }
  const std::vector<std::string>& context() const { return context_; }

  const char* what() const noexcept override { return message_.c_str(); }

 private:
  Cause cause_;
  std::string message_;
  std::string hint_;
  std::optional<SourceLocation> location_;
  std::vector<std::string> context_;
};

/// The message as the terminal shows it: `error: [file:line:column: ]message`, the line with a caret, the context
/// (`while …`) and the hint, each on its own line; ends with a newline.
std::string render(const Error& error);

}  // namespace autoaccel
