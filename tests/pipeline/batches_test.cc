#include "pipeline/batches.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/npy.h"
#include "config/config.h"
#include "pipeline/optimize_fixture.h"

namespace autoaccel::pipeline {
namespace {

/// y = 3 x of any number of rows. One sample is a row of 1000, the other a row of 1.
class BatchesTest : public OptimizeTest {
 protected:
  BatchesTest() {
    onnx::ModelProto proto = test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17]>
      net (float[N, 64] x) => (float[N, 64] y) { y = Identity(x) })");
    proto.set_doc_string(R"(autoaccel-fake-model: {"inputs": [{"name": "x", "type": "float32", "shape": [-1, 64]}],
      "outputs": [{"name": "y", "from": "x", "scale": 3}]})");
    test_support::write_proto(proto, model());
    base::write_file_atomically(folder_.path() / "config.yml",
                                "input: {x: {use_shape: [1, 64], max_shape: [2, 64], data: [large.npy, small.npy]}}\n"
                                "accuracy: {metric: sqnr_db, limit: 30}\n");
    for (const float value : {1000.0f, 1.0f}) {
      Tensor row(ElementType::float32, {1, 64});
      std::ranges::fill(row.as<float>(), value);
      base::write_npy(folder_.path() / (value > 1 ? "large.npy" : "small.npy"), row);
    }
  }

  OptimizeJob job() const {
    OptimizeJob job = OptimizeTest::job();
    job.config = config::read_config(folder_.path() / "config.yml");
    job.config.search.samples = 2;
    return job;
  }
};

/// An offset of 0.5: 75.6 dB for the row of 3000, and 15.6 dB for the row of 3. Together in a request they have 72.6 dB
/// more signal than the noise, and the small one's would not be seen.
TEST_F(BatchesTest, OneBadSampleAmongGoodOnesIsSeen) {
  second_offers = {offer({{"offset", "0.5"}, {"batch", "2"}})};
  const autoaccel::Run run = optimize(job(), recorder_, cancel_);
  const Record& batched = record(run, "batch=2");
  ASSERT_TRUE(batched.agreement) << batched.reason;
  EXPECT_EQ(batched.outcome, Outcome::disagreed);
  // 20 log10(3000 / 0.5) = 75.56, 20 log10(3 / 0.5) = 15.56: each sample is in both requests.
  EXPECT_NEAR(batched.agreement->outputs.at(0).sqnr_db.mean, (75.56 + 15.56) / 2, 0.01);
  EXPECT_NEAR(batched.agreement->outputs.at(0).sqnr_db.worst, 15.56, 0.01);
}

TEST_F(BatchesTest, ExactOutputsAgreeInBatches) {
  second_offers = {offer({{"batch", "2"}})};
  const autoaccel::Run run = optimize(job(), recorder_, cancel_);
  EXPECT_EQ(record(run, "batch=2").outcome, Outcome::ok) << record(run, "batch=2").reason;
  EXPECT_EQ(record(run, "batch=2").agreement->sqnr_db, 200);
}

}  // namespace
}  // namespace autoaccel::pipeline
