#include "samples/sample_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "autoaccel/error.h"
#include "base/files.h"
#include "support/models.h"
#include "zip_bytes.h"

namespace autoaccel::samples {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SampleFilesTest : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    return write_bytes(folder_.path() / name, bytes);
  }

  /// First element of each array.
  std::vector<float> firsts(const std::filesystem::path& path, const std::string& input = "x", int position = 0) {
    std::vector<float> values;
    for (const SampleArray& array : read_sample_arrays(model_, path, {input, position, {"x", "mask"}}))
      values.push_back(array.tensor.as<float>()[0]);
    return values;
  }

  std::string error_of(const std::filesystem::path& path, Cause cause, const std::string& input = "x") {
    try {
      firsts(path, input);
      return "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), cause) << error.message();
      EXPECT_THAT(error.message() + testing::PrintToString(error.context()), HasSubstr(path.string())) << "the path";
      return error.message();
    }
  }

  static std::string pb_bytes(float value) {
    onnx::TensorProto tensor;
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_dims(1);
    tensor.add_float_data(value);
    return tensor.SerializeAsString();
  }

  base::TemporaryFolder folder_{"samples", fast_folder()};
  model::Model model_ = test_support::model_from_text(R"(
    <ir_version: 8, opset_import: ["" : 17]> net (float[1] x, float[1] mask) => (float[1] y) { y = Add(x, mask) })");
};

TEST_F(SampleFilesTest, Npy) {
  EXPECT_THAT(firsts(write("a.npy", npy_bytes("2,", {7, 8}))), ElementsAre(7));
  EXPECT_THAT(firsts(write("B.NPY", npy_bytes("1,", {9}))), ElementsAre(9)) << "the ending in capitals";
}

TEST_F(SampleFilesTest, PicklesAreRefused) {
  EXPECT_THAT(error_of(write("a.npy", npy_bytes("1,", {1}, "|O")), Cause::unsupported), HasSubstr("never unpickled"));
  EXPECT_THAT(error_of(write("a.npz", make_zip({{"x.npy", npy_bytes("1,", {1}, "|O")}})), Cause::unsupported),
              HasSubstr("a.npz[x]: it holds Python objects"));
}

TEST_F(SampleFilesTest, AnNpzsArrayIsFoundByItsName) {
  const auto file =
      write("a.npz", make_zip({{"mask.npy", npy_bytes("1,", {1})}, {"x.npy", npy_bytes("1,", {2}), true}}));
  EXPECT_THAT(firsts(file, "x"), ElementsAre(2));
  EXPECT_THAT(firsts(file, "mask"), ElementsAre(1));
  EXPECT_EQ(read_sample_arrays(model_, file, {"x", 0, {"x"}})[0].place, file.string() + "[x]");
}

TEST_F(SampleFilesTest, AnNpzWithoutInputsNamesGivesAllInOrder) {
  EXPECT_THAT(
      firsts(write(
          "a.npz",
          make_zip({{"arr_0.npy", npy_bytes("1,", {5})}, {"folder/", ""}, {"arr_1.npy", npy_bytes("1,", {6}), true}}))),
      ElementsAre(5, 6));
}

TEST_F(SampleFilesTest, AnNpzOfOtherInputsOnlyIsTheUsersMistake) {
  EXPECT_THAT(error_of(write("a.npz", make_zip({{"mask.npy", npy_bytes("1,", {1})}})), Cause::usage),
              HasSubstr("has no array named 'x'"));
}

TEST_F(SampleFilesTest, AnEmptyNpz) {
  EXPECT_THAT(error_of(write("a.npz", make_zip({})), Cause::model), HasSubstr("holds no arrays"));
}

TEST_F(SampleFilesTest, Pb) { EXPECT_THAT(firsts(write("input.pb", pb_bytes(4))), ElementsAre(4)); }

TEST_F(SampleFilesTest, DamagedPbs) {
  EXPECT_THAT(error_of(write("a.pb", "no proto"), Cause::model), HasSubstr("not an ONNX TensorProto"));
  EXPECT_THAT(error_of(write("b.pb", ""), Cause::model), HasSubstr("without a type"));
  onnx::TensorProto huge;
  huge.set_data_type(onnx::TensorProto::FLOAT);
  huge.add_dims(std::int64_t{1} << 40);
  huge.set_raw_data("1234");
  error_of(write("c.pb", huge.SerializeAsString()), Cause::model);
  huge.set_dims(0, -1);
  error_of(write("d.pb", huge.SerializeAsString()), Cause::model);
  onnx::TensorProto outside;
  outside.set_data_type(onnx::TensorProto::FLOAT);
  outside.set_data_location(onnx::TensorProto::EXTERNAL);
  auto* entry = outside.add_external_data();
  entry->set_key("location");
  entry->set_value("/etc/passwd");
  EXPECT_THAT(error_of(write("e.pb", outside.SerializeAsString()), Cause::model), HasSubstr("in another file"));
}

TEST_F(SampleFilesTest, TruncatedAnywhereItIsAnError) {
  const std::map<std::string, std::string> files = {
      {"a.npy", npy_bytes("2, 3", {1, 2, 3, 4, 5, 6})},
      {"a.npz", make_zip({{"x.npy", npy_bytes("2, 3", {1, 2, 3, 4, 5, 6}), true}})},
      {"a.pb", pb_bytes(3)}};
  for (const auto& [name, bytes] : files) {
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_THROW(firsts(write(name, bytes.substr(0, length))), Error) << name << " " << length;
    }
    EXPECT_NO_THROW(firsts(write(name, bytes)));
  }
}

TEST_F(SampleFilesTest, ATestDataSetOfOnnx) {
  write("set/input_0.pb", pb_bytes(1));
  write("set/input_1.pb", pb_bytes(2));
  write("set/output_0.pb", pb_bytes(3));
  EXPECT_THAT(firsts(folder_.path() / "set", "x", 0), ElementsAre(1));
  EXPECT_THAT(firsts(folder_.path() / "set", "mask", 1), ElementsAre(2));
}

TEST_F(SampleFilesTest, AFolderOfTestDataSetsInTheOrderOfTheirNumbers) {
  for (const int set : {0, 2, 10, 1})
    write("model/test_data_set_" + std::to_string(set) + "/input_0.pb", pb_bytes(static_cast<float>(set)));
  EXPECT_THAT(firsts(folder_.path() / "model"), ElementsAre(0, 1, 2, 10));
}

TEST_F(SampleFilesTest, AFolderOfSampleFiles) {
  write("all/s10.npy", npy_bytes("1,", {10}));
  write("all/s9.npy", npy_bytes("1,", {9}));
  write("all/notes.txt", "text");
  write("all/s11.pb", pb_bytes(11));
  EXPECT_THAT(firsts(folder_.path() / "all"), ElementsAre(9, 10, 11));
  std::filesystem::create_directories(folder_.path() / "none");
  EXPECT_THAT(error_of(folder_.path() / "none", Cause::model),
              HasSubstr("holds no input_0.pb and no .npy, .npz or .pb files"));
}

TEST_F(SampleFilesTest, OtherNamesAndMissingFiles) {
  EXPECT_THAT(error_of(write("a.jpg", "x"), Cause::usage), HasSubstr("not a sample file by its name"));
  for (const char* name : {"gone.npy", "gone.npz", "gone.pb"}) error_of(folder_.path() / name, Cause::model);
}

}  // namespace
}  // namespace autoaccel::samples
