#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "autoaccel/error.h"
#include "autoaccel/record.h"
#include "base/child_process.h"
#include "worker/protocol.h"

namespace autoaccel::worker {

/// A request that did not get its answer, as the outcome it becomes.
///
/// Thrown by Client; caught at the edge of a variant.
class Failure : public std::exception {
 public:
  Failure(Outcome outcome, std::string reason, std::string details = {})
      : outcome_(outcome), reason_(std::move(reason)), details_(std::move(details)) {}
  Outcome outcome() const { return outcome_; }
  const std::string& reason() const { return reason_; }    ///< one line
  const std::string& details() const { return details_; }  ///< the whole message, the last lines of the worker's log
  const char* what() const noexcept override { return reason_.c_str(); }

 private:
  Outcome outcome_;
  std::string reason_;
  std::string details_;
};

/// How a worker ended without answering.
struct Ending {
  base::ChildExit exit;
  bool oom_kills_rose = false;     ///< the kernel ended some process for lack of memory during the trial
  bool unfinished_answer = false;  ///< the answer began and did not end
  std::string log_tail;            ///< last lines of the worker's log
};

/// crashed: `signal 11 (Segmentation fault) while loading`; out_of_memory where signal or log say so.
Failure failure_from(const OpInfo& op, const Ending& ending);

/// An answer that is an error: the op's own outcome, or out_of_memory when the message says that memory ran out.
Failure failure_from(const OpInfo& op, const Error& error, const std::string& log_tail);

/// crashed: the worker is alive, or was when it was asked, but what it said cannot be used.
Failure failure_from_broken_answer(const OpInfo& op, std::string_view what, const std::string& log_tail);

/// `last lines of worker.log:` and the lines, or nothing.
std::string log_details(const std::string& log_tail);

}  // namespace autoaccel::worker
