// Inputs and outputs of bytes, on real models and real runtimes.
#include <gmock/gmock.h>

#include <map>

#include "base/npy.h"
#include "e2e/tool.h"
#include "support/models.h"

namespace autoaccel::e2e {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class Bytes : public WithRuntimes {
 protected:
  /// Runs optimize, and counts by runtime the variants with bytes that ran; each must agree with the original, which had
  /// the same bytes as numbers, to `least_sqnr_db`.
  std::map<std::string, int> optimize(const std::string& model_path, const std::string& config, double least_sqnr_db) {
    write("config.yml", config + "search: {samples: 2, precisions: [original, fp32]}\n");
    const Ended ended = run({"optimize", model_path, "--config", "config.yml", "--time-limit", "0.2"});
    EXPECT_THAT(ended.code, AnyOf(0, 1)) << ended.err;
    run_ = json_file("output/run.json");
    std::map<std::string, int> ran;
    for (const base::Json& record : run_.at("records")) {
      if (record.at("io") != "uint8" || record.at("outcome") == "skipped") continue;
      const std::string id = record.at("id");
      EXPECT_THAT(id, HasSubstr("-io8-"));
      if (record.at("outcome") == "not_converted") {
        EXPECT_THAT(record.at("reason").get<std::string>(), HasSubstr("changes nothing")) << id;
        continue;
      }
      if (record.at("measurement").is_null()) {
        ADD_FAILURE() << id << ": " << record.at("reason");
        continue;
      }
      EXPECT_GE(record.at("agreement").at("sqnr_db"), least_sqnr_db) << id;
      EXPECT_THAT(record.at("notes").at(0).get<std::string>(), HasSubstr("holds bytes u for")) << id;
      ++ran[record.at("runtime")];
    }
    return ran;
  }

  std::string type_in(const std::string& file, const std::string& side) {
    return json_from({"inspect", at(file).string(), "--json"}).at(side).at(0).at("type");
  }

  base::Json run_;
};

// Float32 in another order of sums keeps about 100 dB; an image that is off by one byte in 255 would have 50.
constexpr double kSameNumbers = 90;

TEST_F(Bytes, DetectorTakesPicturesAndGivesMaps) {
  const auto ran = optimize(model("ppocr_det"),
                            "input:\n"
                            "  x:\n"
                            "    use_shape: [1, 3, 96, 160]\n"
                            "    type: uint8  # (u / 255 - mean) / deviation\n"
                            "    mean: [123.675, 116.28, 103.53]\n"
                            "    scale: [0.0171247538316637, 0.017507002801120448, 0.017429193899782137]\n"
                            "output:\n"
                            "  sigmoid_0.tmp_0: {type: uint8, scale: 0.00392156862745098}\n",
                            kSameNumbers);
  EXPECT_GE(ran.at("onnxruntime"), 2);
  EXPECT_GE(ran.at("openvino"), 1);
  EXPECT_THAT(run_.at("samples").at("origins").at(0).get<std::string>(),
              HasSubstr("bytes u as (u - [123.675, 116.28, 103.53]) * [0.0171248, 0.017507, 0.0174292]"));
  for (const char* file : {"output/onnx/original-io8.onnx", "output/onnx/fp32-io8.onnx"}) {
    EXPECT_EQ(type_in(file, "inputs"), "uint8") << file;
    EXPECT_EQ(type_in(file, "outputs"), "uint8") << file;
  }
}

TEST_F(Bytes, FilesOfBytesAreSamplesForAllVariants) {
  Tensor pictures(ElementType::uint8, {2, 3, 128, 128});
  for (std::int64_t i = 0; i < pictures.size(); ++i) {
    const std::int64_t x = i % 128, y = i / 128 % 128, k = i / 16384;
    pictures.as<std::uint8_t>()[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(x * (k + 1) + (x / 16 * y) % 97);
  }
  base::write_npy(at("pictures.npy"), pictures);
  const auto ran = optimize(model("nudenet"),
                            "input:\n  images: {use_shape: [1, 3, 128, 128], type: uint8, scale: 0.00392156862745098, "
                            "data: pictures.npy}\n",
                            kSameNumbers);
  EXPECT_GE(ran.at("onnxruntime"), 1);
  EXPECT_GE(ran.at("openvino"), 1);
  EXPECT_EQ(run_.at("samples").at("count"), 2);
  EXPECT_THAT(run_.at("samples").at("origins").at(0).get<std::string>(), HasSubstr("bytes u as u * 0.00392157"));

  // A file that takes bytes is measured on the same config.
  const Ended bench = run({"bench", at("output/onnx/original-io8.onnx").string(), "--runtime", "onnxruntime", "--config",
                           "config.yml", "--time-limit", "0.2"});
  EXPECT_EQ(bench.code, 0) << bench.err;
}

TEST_F(Bytes, AreKnownByTheGraphsOwnArithmetic) {
  onnx::ModelProto proto = test_support::proto_from_text(R"(
      <ir_version: 8, opset_import: ["" : 17]>
      net (float[1, 3, 32, 32] image) => (float[1, 4, 32, 32] y) <float k = {255}> {
        a = Div(image, k)
        y = Conv(a, w)
      })");
  test_support::add_random_initializer(*proto.mutable_graph(), "w", ElementType::float32, {4, 3, 1, 1}, 1);
  test_support::write_proto(proto, at("net.onnx"));
  const auto ran = optimize(at("net.onnx").string(), "", kSameNumbers);
  EXPECT_GE(ran.at("onnxruntime"), 1);
  EXPECT_GE(ran.at("openvino"), 1);
  EXPECT_EQ(run_.at("config").at("inputs").at(0).at("bytes").at("scale").at(0), 1);

  const Ended converted = run({"convert", at("net.onnx").string(), "--recipe", "original", "--io", "uint8", "-o", "u.onnx"});
  EXPECT_EQ(converted.code, 0) << converted.err;
  EXPECT_THAT(converted.out, HasSubstr("input 'image' holds bytes u for u"));
  EXPECT_EQ(type_in("u.onnx", "inputs"), "uint8");
  EXPECT_EQ(type_in("u.onnx", "outputs"), "float32");
}

TEST_F(Bytes, ConvertSaysWhatIsMissing) {
  const Ended ended = run({"convert", model("nudenet"), "--recipe", "original", "--io", "uint8", "-o", "u.onnx"});
  EXPECT_EQ(ended.code, 2);
  write("shape.yml", "input: {images: {use_shape: [1, 3, 64, 64]}}\n");
  const Ended shaped = run({"convert", model("nudenet"), "--recipe", "original", "--io", "uint8", "-o", "u.onnx",
                            "--config", "shape.yml"});
  EXPECT_EQ(shaped.code, 2);
  EXPECT_THAT(shaped.err, HasSubstr("no input or output of the model is known to hold bytes"));
  EXPECT_THAT(shaped.err, HasSubstr("declare type: uint8"));
}

}  // namespace
}  // namespace autoaccel::e2e
