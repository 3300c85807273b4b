#include "report/remarks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sample_run.h"

namespace autoaccel::report {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> picks_of(const autoaccel::Run& run) { return pick_lines(run, rows_of(run)); }

TEST(PickLines, NameThosePicksThatAreNotRecommended) {
  autoaccel::Run run = testing::sample_run();
  EXPECT_THAT(picks_of(run),
              ElementsAre("most faithful that is faster: OpenVINO FP32, 1.51 × as fast, 118.4 dB, 4.7 MB"));
  run.records[1].agreement->sqnr_db = 200;
  EXPECT_THAT(picks_of(run),
              ElementsAre("most faithful that is faster: OpenVINO FP32, 1.51 × as fast, equal outputs, 4.7 MB"));
  run.picks = {{"smallest", "gone"}};
  EXPECT_THAT(picks_of(run), IsEmpty());
}

/// The original takes 0.14 s there, the recommended 0.05 s: 2.8 times as fast.
TEST(ShapeLines, CompareWithTheOriginalAtTheSameShape) {
  autoaccel::Run run = testing::sample_run();
  ShapePoint& point = run.shapes[1];
  point.change_seconds.reset();
  EXPECT_THAT(shape_lines(run), ElementsAre("max_shape [4, 3, 640, 640]: 2.80 × as fast as the original, 31.5 dB"));
  point.sqnr_db = 3;
  point.within_limit = false;
  point.reason = "output 'y': sqnr_db 3 < 20";
  EXPECT_THAT(shape_lines(run), ElementsAre("max_shape [4, 3, 640, 640]: 2.80 × as fast as the original, 3.0 dB, "
                                            "outside its limit, output 'y': sqnr_db 3 < 20"));
  run.shapes[0].seconds.reset();  // the original did not run there
  point.within_limit = true;
  point.reason.clear();
  EXPECT_THAT(shape_lines(run), ElementsAre("max_shape [4, 3, 640, 640]: 50.0 ms a request, 3.0 dB"));
  run.recommended.reset();
  EXPECT_THAT(shape_lines(run), IsEmpty());
}

TEST(ShapeLines, AreSafeForATerminal) {
  autoaccel::Run run = testing::sample_run();
  run.shapes[1] = {.id = *run.recommended, .where = "min_shape", .inputs = {{1}}, .reason = "a\x1b[31mb"};
  EXPECT_THAT(shape_lines(run), ElementsAre("min_shape [1]: a\\x1B[31mb"));
}

}  // namespace
}  // namespace autoaccel::report
