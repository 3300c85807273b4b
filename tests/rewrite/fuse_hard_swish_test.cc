#include <string>

#include "support/rewrite/rewriting.h"

namespace autoaccel::rewrite {
namespace {

const std::string kHead =
    "net (float[N,4] x) => (float[N,4] y) <float three = {3}, float zero = {0}, float six = {6}, "
    "float sixth = {0.16666667}, float two = {2}> ";
const std::string kFused = "net (float[N,4] x) => (float[N,4] y) { y = HardSwish(x) }";

TEST(FuseHardSwish, KnowsTheFormsThatExportersWrite) {
  for (const char* body : {
           "{ a = Add(x, three) c = Clip(a, zero, six) m = Mul(x, c) y = Div(m, six) }",
           "{ a = Add(three, x) c = Clip(a, zero, six) m = Mul(c, x) y = Mul(sixth, m) }",
           "{ a = Add(x, three) c = Clip(a, zero, six) d = Div(c, six) y = Mul(x, d) }",
           "{ h = HardSigmoid <alpha = 0.16666667> (x) y = Mul(h, x) }",
       })
    expect_rewrite(kFuseHardSwish, kHead + body, kFused);
}

TEST(FuseHardSwish, TakesConstantsWithAxesWhereTheValueHasAsMany) {
  expect_rewrite(kFuseHardSwish,
                 "net (float[N,4] x) => (float[N,4] y) <float[1] three = {3}, float zero = {0}, float high = {6}, "
                 "float[1,1] six = {6}> { a = Add(x, three) c = Clip(a, zero, high) m = Mul(x, c) y = Div(m, six) }",
                 kFused);
}

TEST(FuseHardSwish, RaisesTheOpsetWhereItHasTo) {
  const model::Model fused =
      applied(kFuseHardSwish,
              model_of("net (float[N,4] x) => (float[N,4] y) <float three = {3}, float six = {6}>"
                       "{ a = Add(x, three) c = Clip <min = 0.0, max = 6.0> (a) m = Mul(x, c) y = Div(m, six) }",
                       9));
  EXPECT_EQ(text_of(fused), text_of(model_of(kFused, 14)));
}

TEST(FuseHardSwish, KeepsWhatOthersRead) {
  expect_rewrite(
      kFuseHardSwish,
      "net (float[N,4] x) => (float[N,4] y, float[N,4] m) <float three = {3}, float zero = {0}, float six = {6}>"
      "{ a = Add(x, three) c = Clip(a, zero, six) m = Mul(x, c) y = Div(m, six) }",
      "net (float[N,4] x) => (float[N,4] y, float[N,4] m) <float three = {3}, float zero = {0}, float six = {6}>"
      "{ a = Add(x, three) c = Clip(a, zero, six) m = Mul(x, c) y = HardSwish(x) }");
}

TEST(FuseHardSwish, LeavesWhatIsSomethingElse) {
  for (const char* body : {
           "{ a = Add(x, two) c = Clip(a, zero, six) m = Mul(x, c) y = Div(m, six) }",    // another shift
           "{ a = Add(x, three) c = Clip(a, zero, two) m = Mul(x, c) y = Div(m, six) }",  // another bound
           "{ a = Add(x, three) c = Clip(a, zero, six) m = Mul(x, c) y = Div(m, two) }",  // another divisor
           "{ a = Add(x, three) c = Clip(a, zero, six) m = Mul(a, c) y = Div(m, six) }",  // another factor
           "{ a = Add(x, three) c = Clip(a, zero, six) m = Mul(x, c) y = Div(six, m) }",
           "{ h = HardSigmoid <alpha = 0.2> (x) y = Mul(h, x) }",
           "{ h = HardSigmoid <alpha = 0.16666667, beta = 0.4> (x) y = Mul(h, x) }",
       })
    expect_untouched(kFuseHardSwish, kHead + body);
  // Constants with more axes than the value: what comes of it has them too.
  for (const char* constants : {"float[1,1] three = {3}, float six = {6}", "float three = {3}, float[1,1] six = {6}"})
    expect_untouched(kFuseHardSwish,
                     std::string("net (float[4] x) => (float[1,4] y) <float zero = {0}, float high = {6}, ") +
                         constants + "> { a = Add(x, three) c = Clip(a, zero, high) m = Mul(x, c) y = Div(m, six) }");
  // The type that HardSwish has in all opsets and runtimes.
  expect_untouched(kFuseHardSwish,
                   "net (double[N,4] x) => (double[N,4] y) <double three = {3}, double zero = {0}, double six = {6}>"
                   "{ a = Add(x, three) c = Clip(a, zero, six) m = Mul(x, c) y = Div(m, six) }");
}

}  // namespace
}  // namespace autoaccel::rewrite
