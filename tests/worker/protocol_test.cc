#include "worker/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace autoaccel::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::defect);
    return error.message();
  }
  return "no error";
}

TEST(Request, IsOneLineWithItsEnvelopeFirst) {
  const Request request{.id = 7, .op = Op::run, .body = {{"sample", 2}, {"folder", "a\nb"}}};
  EXPECT_EQ(line_from(request), R"({"protocol":1,"id":7,"op":"run","sample":2,"folder":"a\nb"})");
}

TEST(Request, ComesBackAsItWas) {
  for (const Op op :
       {Op::probe, Op::convert, Op::load, Op::bind, Op::run, Op::measure, Op::placement, Op::memory, Op::quit}) {
    const Request request = request_from(line_from(Request{.id = 3, .op = op, .body = {{"x", {1, 2}}}}));
    EXPECT_EQ(request.id, 3);
    EXPECT_EQ(request.op, op);
    EXPECT_EQ(request.body, (Json{{"x", {1, 2}}}));
  }
}

TEST(Request, RefusesAPathThatIsNotText) {
  try {
    line_from(Request{.id = 1, .op = Op::bind, .body = {{"folder", "\xff"}}});
    FAIL() << "sent bytes that JSON cannot hold";
  } catch (const Error& error) {
    EXPECT_EQ(error.cause(), Cause::unsupported);
    EXPECT_THAT(error.message(), HasSubstr("UTF-8"));
  }
}

TEST(Request, SaysWhatIsWrong) {
  const auto message = [](const char* line) { return message_of([line] { request_from(line); }); };
  EXPECT_EQ(message(""), "not a JSON object");
  EXPECT_EQ(message("[1]"), "not a JSON object");
  EXPECT_EQ(message(R"({"protocol": 1, "id": 1, "o)"), "not a JSON object");
  EXPECT_EQ(message(R"({"protocol": 2, "id": 1, "op": "quit"})"), "protocol version 2 instead of 1");
  EXPECT_THAT(message(R"({"id": 1, "op": "quit"})"), HasSubstr("'protocol'"));
  EXPECT_THAT(message(R"({"protocol": "1", "id": 1, "op": "quit"})"), HasSubstr("'protocol'"));
  EXPECT_EQ(message(R"({"protocol": 1, "id": 1, "op": "fly"})"), "unknown op");
  EXPECT_THAT(message(R"({"protocol": 1, "op": "quit"})"), HasSubstr("'id'"));
  EXPECT_THAT(message(R"({"protocol": 1, "id": 1e300, "op": "quit"})"), HasSubstr("'id'"));
  EXPECT_THAT(message(R"({"protocol": 4294967297, "id": 1, "op": "quit"})"), HasSubstr("'protocol'"));
  EXPECT_THAT(message(R"({"protocol": true, "id": 1, "op": "quit"})"), HasSubstr("'protocol'"));
}

TEST(Answer, CarriesItsBody) {
  const Answer answer = answer_from(line_from(Answer{.id = 5, .body = {{"names", {"a"}}}, .error = {}}));
  EXPECT_EQ(answer.id, 5);
  EXPECT_EQ(answer.body, (Json{{"names", {"a"}}}));
  EXPECT_FALSE(answer.error);
}

TEST(Answer, CarriesAnError) {
  Error error(Cause::vendor, "no kernel", "try another");
  error.add_context("compiling").add_context("loading x.onnx");
  const std::string line = line_from(Answer{.id = 5, .body = {}, .error = error});
  EXPECT_EQ(line, R"({"protocol":1,"id":5,"ok":false,"cause":"vendor","message":"no kernel","hint":"try another",)"
                  R"("context":["compiling","loading x.onnx"]})");
  const Answer answer = answer_from(line);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->cause(), Cause::vendor);
  EXPECT_EQ(answer.error->message(), "no kernel");
  EXPECT_EQ(answer.error->hint(), "try another");
  EXPECT_THAT(answer.error->context(), ElementsAre("compiling", "loading x.onnx"));
}

TEST(Answer, ReplacesBytesThatAreNoText) {
  const std::string line = line_from(Answer{.id = 1, .body = {}, .error = Error(Cause::vendor, "bad \xff byte")});
  EXPECT_EQ(answer_from(line).error->message(), "bad \xef\xbf\xbd byte");  // U+FFFD
}

TEST(Answer, SaysWhatIsWrong) {
  const auto message = [](const char* line) { return message_of([line] { answer_from(line); }); };
  EXPECT_EQ(message("{"), "not a JSON object");
  EXPECT_THAT(message(R"({"protocol": 1, "id": 1})"), HasSubstr("'ok'"));
  EXPECT_THAT(message(R"({"protocol": 1, "id": 1, "ok": 1})"), HasSubstr("'ok'"));
  EXPECT_THAT(message(R"({"protocol": 1, "id": 1, "ok": false})"), HasSubstr("'cause'"));
  EXPECT_EQ(message(R"({"protocol": 1, "id": 1, "ok": false, "cause": "bad luck"})"), "unknown cause of an error");
}

TEST(Answer, MayNotBeNestedDeeply) {
  const auto answer = [](int levels) {
    return R"({"protocol": 1, "id": 1, "ok": true, "x": )" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_EQ(answer_from(answer(30)).id, 1);
  EXPECT_EQ(message_of([&] { answer_from(answer(200'000)); }), "nested too deeply");
}

TEST(Job, ComesBackAsItWas) {
  const runtime::Job job{.model = "/m/a b.onnx",
                         .artifact = "/o/x.xml",
                         .device = {.gpu = 1},
                         .settings = {{"precision", "bf16"}, {"threads", "2"}},
                         .inputs = {{.name = "x", .use = {1, 3}, .min = {}, .max = {4, 3}}}};
  const runtime::Job again = job_from(Json::parse(json_from(job).dump()));
  EXPECT_EQ(again.model, job.model);
  EXPECT_EQ(again.artifact, job.artifact);
  EXPECT_EQ(again.device, job.device);
  EXPECT_EQ(again.settings, job.settings);
  ASSERT_EQ(again.inputs.size(), 1u);
  EXPECT_EQ(again.inputs[0].name, "x");
  EXPECT_EQ(again.inputs[0].use, (Shape{1, 3}));
  EXPECT_EQ(again.inputs[0].min, Shape{});
  EXPECT_EQ(again.inputs[0].max, (Shape{4, 3}));
  EXPECT_FALSE(job_from(json_from(runtime::Job{})).device.gpu);
}

TEST(RulesAndLoad, ComeBackAsTheyWere) {
  const measure::Rules rules{.min_warm_up_runs = 1,
                             .min_warm_up_seconds = 0.1,
                             .max_warm_up_seconds = 0.3,
                             .warm_up_tolerance = 0.7,
                             .min_samples = 9,
                             .min_seconds = 0.11,
                             .target_half_width = 1e-3,
                             .max_seconds = 1.0 / 3,
                             .max_samples = 12345};
  const measure::Rules again = rules_from(Json::parse(json_from(rules).dump()));
  EXPECT_EQ(again.min_warm_up_runs, 1);
  EXPECT_EQ(again.min_warm_up_seconds, 0.1);
  EXPECT_EQ(again.max_warm_up_seconds, 0.3);
  EXPECT_EQ(again.warm_up_tolerance, 0.7);
  EXPECT_EQ(again.min_samples, 9u);
  EXPECT_EQ(again.min_seconds, 0.11);
  EXPECT_EQ(again.target_half_width, 1e-3);
  EXPECT_EQ(again.max_seconds, 1.0 / 3) << "to the last bit";
  EXPECT_EQ(again.max_samples, 12345u);
  const measure::Load load = load_from(json_from(measure::Load{.requests_in_flight = 4, .samples = 8, .batch = 16}));
  EXPECT_EQ(load.requests_in_flight, 4);
  EXPECT_EQ(load.samples, 8);
  EXPECT_EQ(load.batch, 16);
  EXPECT_THAT(message_of([] {
                load_from({{"requests_in_flight", 1}, {"samples", 2.5}, {"batch", 1}});
              }),
              HasSubstr("'samples'"));
}

TEST(Axes, ComeBackAsTheyWere) {
  const Axes axes{{"conv", 1}, {"matmul", -1}, {"sum \"x\"", std::nullopt}};
  EXPECT_EQ(axes_from(Json::parse(json_from(axes).dump())), axes);
  EXPECT_TRUE(axes_from(Json::object()).empty());
  EXPECT_THAT(message_of([] { axes_from({{"conv", 1.5}}); }), HasSubstr("no integer"));
  EXPECT_THAT(message_of([] { axes_from({{"conv", 4294967296}}); }), HasSubstr("no integer"));
  EXPECT_THAT(message_of([] { axes_from(Json::array()); }), HasSubstr("not an object"));
}

TEST(Loaded, ComesBackAsItWas) {
  const Loaded loaded{
      .load_seconds = 0.25,
      .requests = 3,
      .inputs = {{.name = "x", .type = ElementType::float16, .shape = Shape{-1, 3}, .axes = {"batch", ""}}},
      .outputs = {{.name = "y", .type = ElementType::int64, .shape = std::nullopt, .axes = {}}}};
  const Loaded again = loaded_from(Json::parse(json_from(loaded).dump()));
  EXPECT_EQ(again.load_seconds, 0.25);
  EXPECT_EQ(again.requests, 3);
  ASSERT_EQ(again.inputs.size(), 1u);
  EXPECT_EQ(again.inputs[0].name, "x");
  EXPECT_EQ(again.inputs[0].type, ElementType::float16);
  EXPECT_EQ(again.inputs[0].shape, (Shape{-1, 3}));
  EXPECT_THAT(again.inputs[0].axes, ElementsAre("batch", ""));
  ASSERT_EQ(again.outputs.size(), 1u);
  EXPECT_EQ(again.outputs[0].shape, std::nullopt);
}

}  // namespace
}  // namespace autoaccel::worker
