#include "worker/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>

namespace autoaccel::worker {
namespace {

using ::testing::HasSubstr;

Ending ended_by(int signal) {
  return {.exit = {.code = {}, .signal = signal}, .oom_kills_rose = false, .unfinished_answer = false, .log_tail = {}};
}

Ending exited(int code, const std::string& log) {
  return {.exit = {.code = code, .signal = {}}, .oom_kills_rose = false, .unfinished_answer = false, .log_tail = log};
}

TEST(FailureFromEnding, NamesSignalAndStage) {
  Ending ending = ended_by(SIGSEGV);
  ending.log_tail = "first\nlast";
  const Failure failure = failure_from(info(Op::load), ending);
  EXPECT_EQ(failure.outcome(), Outcome::crashed);
  EXPECT_EQ(failure.reason(), "signal 11 (Segmentation fault) while loading");
  EXPECT_EQ(failure.details(), "last lines of worker.log:\nfirst\nlast");
}

TEST(FailureFromEnding, QuotesTheLastWordsOfAProgramThatEndsItself) {
  EXPECT_EQ(failure_from(info(Op::measure), exited(3, "x\nno device\n")).reason(),
            "exit code 3 while measuring: no device");
  EXPECT_EQ(failure_from(info(Op::measure), exited(0, "")).reason(), "exit code 0 while measuring");
  EXPECT_EQ(failure_from(info(Op::probe), exited(127, "libx.so: cannot open")).reason(),
            "the worker could not start: libx.so: cannot open");
}

TEST(FailureFromEnding, MentionsAnUnfinishedAnswer) {
  Ending ending = exited(0, "");
  ending.unfinished_answer = true;
  EXPECT_EQ(failure_from(info(Op::run), ending).reason(), "exit code 0 while running, in the middle of an answer");
}

TEST(FailureFromEnding, TellsTheKernelsKillFromAUsers) {
  Ending ending = ended_by(SIGKILL);
  EXPECT_EQ(failure_from(info(Op::run), ending).outcome(), Outcome::crashed);
  EXPECT_EQ(failure_from(info(Op::run), ending).reason(), "signal 9 (Killed) while running");
  ending.oom_kills_rose = true;
  EXPECT_EQ(failure_from(info(Op::run), ending).outcome(), Outcome::out_of_memory);
  EXPECT_EQ(failure_from(info(Op::run), ending).reason(), "memory ran out (signal 9 (Killed)) while running");
  ending.exit.signal = SIGSEGV;  // another process was killed at that time; this one crashed by itself
  EXPECT_EQ(failure_from(info(Op::run), ending).outcome(), Outcome::crashed);
}

TEST(FailureFromEnding, SeesBadAllocThatNobodyCaught) {
  Ending ending = ended_by(SIGABRT);
  EXPECT_EQ(failure_from(info(Op::run), ending).outcome(), Outcome::crashed);
  ending.log_tail = "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc";
  EXPECT_EQ(failure_from(info(Op::run), ending).outcome(), Outcome::out_of_memory);
}

TEST(FailureFromError, TakesTheOutcomeOfTheOp) {
  const Error error(Cause::vendor, "no kernel for Frobnicate");
  EXPECT_EQ(failure_from(info(Op::convert), error, "").outcome(), Outcome::not_converted);
  EXPECT_EQ(failure_from(info(Op::load), error, "").outcome(), Outcome::not_compiled);
  for (const Op op : {Op::probe, Op::bind, Op::run, Op::measure, Op::placement, Op::memory})
    EXPECT_EQ(failure_from(info(op), error, "").outcome(), Outcome::crashed) << info(op).name;
}

TEST(FailureFromError, SeesThatMemoryRanOut) {
  for (const char* message :
       {"std::bad_alloc", "bad allocation", "Exception: Failed to allocate memory for requested buffer",
        "loading: out of memory", "mmap: Cannot allocate memory"})
    EXPECT_EQ(failure_from(info(Op::load), Error(Cause::vendor, message), "").outcome(), Outcome::out_of_memory)
        << message;
  EXPECT_EQ(failure_from(info(Op::load), Error(Cause::vendor, "bad attribute"), "").outcome(), Outcome::not_compiled);
}

TEST(FailureFromError, PutsOneLineIntoTheReasonAndAllIntoTheDetails) {
  Error error(Cause::vendor, "first\nsecond \x1b[31m", "do this");
  error.add_context("loading x");
  const Failure failure = failure_from(info(Op::load), error, "log line");
  EXPECT_EQ(failure.reason(), "first");
  EXPECT_EQ(failure.details(),
            "first\nsecond \\x1B[31m\nwhile loading x\ndo this\nlast lines of worker.log:\nlog line");
}

TEST(FailureFromError, CutsALongReason) {
  const Failure failure = failure_from(info(Op::load), Error(Cause::vendor, std::string(1000, 'x')), "");
  EXPECT_EQ(failure.reason(), std::string(299, 'x') + "…");
  EXPECT_THAT(failure.details(), HasSubstr(std::string(1000, 'x')));
}

TEST(FailureFromBrokenAnswer, SaysWhatWasBroken) {
  const Failure failure = failure_from_broken_answer(info(Op::placement), "not a JSON object", "");
  EXPECT_EQ(failure.outcome(), Outcome::crashed);
  EXPECT_EQ(failure.reason(), "broken answer from the worker while asking what ran each node: not a JSON object");
}

}  // namespace
}  // namespace autoaccel::worker
