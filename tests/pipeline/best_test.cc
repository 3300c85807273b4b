// What best/ holds, and that verify tells whether it still holds it and does here what it did there.
#include "pipeline/best.h"

#include <gmock/gmock.h>

#include "base/npy.h"
#include "pipeline/best_manifest.h"
#include "pipeline/optimize_fixture.h"
#include "pipeline/verify_best.h"

namespace autoaccel::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BestTest : public OptimizeTest {
 protected:
  fs::path best() const { return out() / "best"; }

  /// A finished run whose recommended variant is the faster one, whatever the machine did meanwhile.
  autoaccel::Run finished() {
    autoaccel::Run done = run();
    done.recommended = record(done, "openvino").variant.id();
    write_best(RunFolder(out()), done);
    return done;
  }

  VerifyJob verify_job() const {
    VerifyJob verify{.best = best(), .workers = AUTOACCEL_BIN_DIR, .runtimes = runtimes_, .rules = job().rules};
    verify.foreign_load_limit = 1e9;  // other tests run at the same time
    return verify;
  }

  Verified verify() { return verify_best(verify_job(), cancel_); }

  std::string error_of_verify() {
    try {
      verify();
    } catch (const Error& error) {
      EXPECT_EQ(error.cause(), Cause::model);
      return error.message();
    }
    return "no error";
  }

  /// Changes the manifest as `change` says, with digests that suit what lies there now.
  void rewrite_manifest(const std::function<void(BestManifest&)>& change) {
    BestManifest manifest = read_manifest(best());
    fs::remove(best() / "manifest.json");
    change(manifest);
    write_manifest(best(), manifest);
  }
};

TEST_F(BestTest, HoldsAllThatServingTakes) {
  finished();
  std::vector<std::string> paths;
  for (const BestFile& file : read_manifest(best()).files) paths.push_back(file.path);
  EXPECT_THAT(paths, ElementsAre("README.md", "check/inputs/0.npy", "check/outputs/0/0.npy", "load.cc", "load.py",
                                 "original.json", "triton/model/1/original.json", "triton/model/config.pbtxt"));
  EXPECT_EQ(fs::hard_link_count(best() / "original.json"), 3u) << "in the run folder, here, and for Triton";
  EXPECT_FALSE(fs::exists(out() / "best.new"));
  const BestManifest manifest = read_manifest(best());
  EXPECT_EQ(manifest.record().artifact->path, "original.json");
  EXPECT_EQ(manifest.run.records.size(), 2u) << "the recommended one and the original";
  EXPECT_THAT(manifest.record().measurement->samples_seconds, IsEmpty());
  // y = 3 x, element by element, for the sample that is kept.
  const Tensor x = base::read_npy(best() / "check/inputs/0.npy");
  const Tensor y = base::read_npy(best() / "check/outputs/0/0.npy");
  ASSERT_EQ(x.shape(), y.shape());
  EXPECT_FLOAT_EQ(y.as<float>()[5], 3 * x.as<float>()[5]);
}

TEST_F(BestTest, IsVerifiedWhereItWasMade) {
  finished();
  const Verified verified = verify();
  EXPECT_TRUE(verified.is_ok()) << verified.reason;
  EXPECT_EQ(verified.files, 8u);
  ASSERT_TRUE(verified.agreement);
  EXPECT_TRUE(verified.agreement->within_limit);
  EXPECT_FALSE(verified.speed);
  EXPECT_THAT(verified.differences, IsEmpty());
  EXPECT_EQ(to_json(verified).at("ok"), true);
}

TEST_F(BestTest, NamesEveryFileThatIsMissingOrHasChanged) {
  finished();
  std::string text = base::read_file(best() / "original.json");
  text.back() ^= 1;  // as long as before
  base::write_file_atomically(best() / "original.json", text);
  fs::remove(best() / "load.py");
  base::write_file_atomically(best() / "README.md", "short");
  const std::string message = error_of_verify();
  EXPECT_THAT(message, HasSubstr("original.json has changed (its bytes are others)"));
  EXPECT_THAT(message, HasSubstr("load.py is missing"));
  EXPECT_THAT(message, HasSubstr("README.md has changed (5 bytes instead of "));
  EXPECT_THAT(message, Not(HasSubstr("load.cc")));
}

TEST_F(BestTest, RefusesWhatIsNoManifest) {
  EXPECT_THROW(
      {
        try {
          verify();
        } catch (const Error& error) {
          EXPECT_EQ(error.cause(), Cause::usage);
          throw;
        }
      },
      Error);
  finished();
  const std::string good = base::read_file(best() / "manifest.json");
  for (const std::string& text : {std::string("{"), std::string("[]"), good.substr(0, good.size() / 2)}) {
    base::write_file_atomically(best() / "manifest.json", text);
    EXPECT_THAT(error_of_verify(), HasSubstr("is damaged"));
  }
  base::Json json = base::Json::parse(good);
  json["files"].push_back({{"path", "../run.json"}, {"bytes", 1}, {"sha256", ""}});
  base::write_file_atomically(best() / "manifest.json", json.dump());
  EXPECT_THAT(error_of_verify(), HasSubstr("names a file outside its folder: ../run.json"));
}

TEST_F(BestTest, OutputsThatAreNotTheOriginalsAreNotVerified) {
  finished();
  Tensor y = base::read_npy(best() / "check/outputs/0/0.npy");
  for (float& value : y.as<float>()) value += 10;
  base::write_npy(best() / "check/outputs/0/0.npy", y);
  rewrite_manifest([](BestManifest&) {});
  const Verified verified = verify();
  EXPECT_EQ(verified.outcome, Outcome::disagreed);
  EXPECT_THAT(verified.reason, HasSubstr("'y'"));
  EXPECT_FALSE(verified.is_ok());
}

// The limit holds for the mean over the run's samples; the one that is kept may be the worst of them.
TEST_F(BestTest, OneSampleMayBeAsBadAsTheWorstOfTheRun) {
  finished();
  Tensor y = base::read_npy(best() / "check/outputs/0/0.npy");
  for (float& value : y.as<float>()) value *= 1.1F;  // 20 log10(1.1 / 0.1) = 20.8 dB
  base::write_npy(best() / "check/outputs/0/0.npy", y);
  const auto state = [](double worst_db) {
    return [worst_db](BestManifest& manifest) {
      for (Record& record : manifest.run.records) {
        record.agreement->outputs.at(0).sqnr_db.worst = worst_db;
        record.agreement->outputs.at(0).max_absolute_error.worst = 1e6;
      }
    };
  };
  rewrite_manifest(state(20.8));
  EXPECT_TRUE(verify().is_ok());
  rewrite_manifest(state(22));  // more than a decibel better
  EXPECT_EQ(verify().outcome, Outcome::disagreed);
}

TEST_F(BestTest, AnArtifactThatDoesNotLoadIsNotVerified) {
  finished();
  base::write_file_atomically(best() / "original.json", "not a model");
  rewrite_manifest([](BestManifest&) {});
  const Verified verified = verify();
  EXPECT_EQ(verified.outcome, Outcome::not_compiled);
  EXPECT_FALSE(verified.reason.empty());
  EXPECT_FALSE(verified.is_ok());
}

TEST_F(BestTest, SpeedIsComparedWithWhatTheManifestStates) {
  finished();
  const auto state = [](double seconds) {
    return [seconds](BestManifest& manifest) {
      for (Record& record : manifest.run.records) {
        record.measurement->latency_seconds.median = seconds;
        record.measurement->median_half_width = 0.01;
      }
    };
  };
  VerifyJob job = verify_job();
  job.speed = true;
  rewrite_manifest(state(1e-9));  // nothing is as fast
  const Verified slower = verify_best(job, cancel_);
  ASSERT_TRUE(slower.speed);
  EXPECT_TRUE(slower.speed->is_slower);
  EXPECT_FALSE(slower.is_ok());
  rewrite_manifest(state(1e6));  // anything is
  const Verified faster = verify_best(job, cancel_);
  EXPECT_TRUE(faster.is_ok()) << faster.reason;
  EXPECT_DOUBLE_EQ(faster.speed->stated_seconds, 1e6);
}

TEST_F(BestTest, WithoutTheOriginalsOutputsNothingIsCompared) {
  autoaccel::Run done = finished();
  fs::remove_all(out() / "reference");
  write_best(RunFolder(out()), done);
  EXPECT_FALSE(fs::exists(best() / "check"));
  const Verified verified = verify();
  EXPECT_TRUE(verified.is_ok());
  EXPECT_FALSE(verified.agreement);
  EXPECT_THAT(verified.why_no_check, HasSubstr("no outputs of the original"));
  EXPECT_THAT(base::read_file(best() / "load.py"), HasSubstr("np.zeros((2, 64), np.float32)"));
}

}  // namespace
}  // namespace autoaccel::pipeline
