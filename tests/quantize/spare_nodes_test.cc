#include "quantize/spare_nodes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

namespace autoaccel::quantize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Ids = std::set<std::string>;
using Shares = std::vector<double>;  // noise by sample, 1 at the limit

/// Twelve and more nodes in order: n000, n001, …
std::string id(int i) { return (i < 10 ? "n00" : i < 100 ? "n0" : "n") + std::to_string(i); }

LowNodes nodes(
    int count, const std::function<double(int)>& gain = [](int) { return 1; }) {
  LowNodes low;
  for (int i = 0; i < count; ++i) low.nodes.push_back({id(i), gain(i)});
  // A candidate is a model that holds a node for each that is low.
  low.with_kept = [all = low.nodes](const Ids& kept) {
    onnx::ModelProto proto;
    for (const LowNode& node : all)
      if (!kept.contains(node.id)) proto.mutable_graph()->add_node()->set_name(node.id);
    return model::Model::from_proto(std::move(proto));
  };
  return low;
}

Ids low_of(const model::Model& candidate) {
  Ids low;
  for (const onnx::NodeProto& node : candidate.proto().graph().node()) low.insert(node.name());
  return low;
}

/// Scores by a model of how noise arises. nullopt: NaN.
class FakeJudge final : public Judge {
 public:
  using NoiseOf = std::function<std::optional<Shares>(const Ids& low)>;
  explicit FakeJudge(NoiseOf noise, double one_sample_more_db = 10)
      : noise_(std::move(noise)), one_sample_more_db_(one_sample_more_db) {}

  Score judge(const model::Model& candidate) override {
    ++runs;
    Score score;
    const auto noise = noise_(low_of(candidate));
    if (!noise) {
      score.failure = "output 'y': 3 NaN where the original has none";
      return score;
    }
    score.outputs.push_back(
        {.name = "y", .kind = "values", .noise = *noise, .one_sample_more_db = one_sample_more_db_});
    score.slack_db = slack_db_of(*noise, one_sample_more_db_);
    return score;
  }

  std::optional<double> seconds(const model::Model& candidate) override {
    if (!latency) return std::nullopt;
    return latency(low_of(candidate));
  }

  int runs = 0;
  std::function<double(const Ids& low)> latency;

 private:
  NoiseOf noise_;
  double one_sample_more_db_;
};

/// Independent noises: those named, and `rest` from every other node.
FakeJudge::NoiseOf additive(std::map<std::string, double> named, double rest) {
  return [=](const Ids& low) -> std::optional<Shares> {
    double sum = 0;
    for (const std::string& node : low) sum += named.contains(node) ? named.at(node) : rest;
    return Shares{sum};
  };
}

Ids names_of(const std::map<std::string, double>& named) {
  Ids names;
  for (const auto& [name, noise] : named) names.insert(name);
  return names;
}

TEST(SpareNodes, LeavesTheWholeAloneWhereItIsWithin) {
  FakeJudge judge(additive({}, 0.001));
  const Spared spared = spare_nodes(nodes(100), judge);  // 0.1: 10 dB inside
  EXPECT_THAT(spared.kept, IsEmpty());
  EXPECT_EQ(spared.refusal, "");
  EXPECT_EQ(spared.gain_share, 1);
  EXPECT_EQ(spared.runs, 1);
  EXPECT_EQ(judge.runs, 1);
  EXPECT_THAT(spared.notes(100), IsEmpty());
  EXPECT_NEAR(spared.score.slack_db, 10, 1e-9);
}

TEST(SpareNodes, StaysInsideByTheSlackWanted) {
  FakeJudge judge(additive({{id(3), 0.45}, {id(7), 0.45}}, 0));  // 0.9: 0.46 dB inside
  EXPECT_THAT(spare_nodes(nodes(10), judge, {.slack_db = 0.4}).kept, IsEmpty());
  const Spared spared = spare_nodes(nodes(10), judge, {.slack_db = 1});
  EXPECT_EQ(spared.kept.size(), 1u);
  EXPECT_NEAR(spared.score.slack_db, -10 * std::log10(0.45), 1e-9);
}

TEST(SpareNodes, FindsTheCulpritsAmongTwoHundred) {
  const std::map<std::string, double> culprits{{id(0), 2}, {id(57), 0.9}, {id(58), 30}, {id(131), 400}, {id(199), 1.5}};
  FakeJudge judge(additive(culprits, 1e-4));
  const Spared spared = spare_nodes(nodes(200), judge);
  EXPECT_EQ(spared.kept, names_of(culprits));
  EXPECT_EQ(spared.refusal, "");
  EXPECT_TRUE(spared.score.is_within(1));
  EXPECT_LE(spared.runs, 60);
  EXPECT_EQ(spared.runs, judge.runs);
  EXPECT_DOUBLE_EQ(spared.gain_share, 195.0 / 200);
}

TEST(SpareNodes, FindsNodesThatAloneMakeNaN) {
  const auto noise = [](const Ids& low) -> std::optional<Shares> {
    if (low.contains(id(40)) || low.contains(id(141))) return std::nullopt;
    return Shares{0.002 * static_cast<double>(low.size())};
  };
  FakeJudge judge(noise);
  const Spared spared = spare_nodes(nodes(180), judge);
  EXPECT_EQ(spared.kept, (Ids{id(40), id(141)}));
  EXPECT_LE(spared.runs, 60);
  ASSERT_FALSE(spared.curve.empty());
  EXPECT_EQ(spared.curve.front().kept, 0);  // the whole
  EXPECT_THAT(spared.curve.front().failure, HasSubstr("NaN"));
}

TEST(SpareNodes, FindsNodesThatMakeNaNTogetherOnly) {
  const auto noise = [](const Ids& low) -> std::optional<Shares> {
    if (low.contains(id(20)) && low.contains(id(150))) return std::nullopt;
    return Shares{0.001 * static_cast<double>(low.size())};
  };
  FakeJudge judge(noise);
  const Spared spared = spare_nodes(nodes(200), judge);
  EXPECT_THAT(spared.kept, ElementsAre(id(20)));  // the first of the two, in order
  EXPECT_LE(spared.runs, 60);
}

TEST(SpareNodes, FindsNodesThatMakeNoiseTogetherOnly) {
  const auto noise = [](const Ids& low) -> std::optional<Shares> {
    return Shares{0.001 * static_cast<double>(low.size()) + (low.contains(id(20)) && low.contains(id(150)) ? 500 : 0)};
  };
  FakeJudge judge(noise);
  const Spared spared = spare_nodes(nodes(200), judge);
  EXPECT_THAT(spared.kept, ElementsAre(id(20)));
  EXPECT_LE(spared.runs, 60);
}

TEST(SpareNodes, KeepsTheCheaperOfTwoThatWouldDo) {
  FakeJudge judge(additive({{id(2), 0.7}, {id(5), 0.7}}, 0));
  EXPECT_THAT(spare_nodes(nodes(8, [](int i) { return i == 2 ? 5 : 1; }), judge, {.slack_db = 1}).kept,
              ElementsAre(id(5)));
  EXPECT_THAT(spare_nodes(nodes(8, [](int i) { return i == 5 ? 5 : 1; }), judge, {.slack_db = 1}).kept,
              ElementsAre(id(2)));
}

TEST(SpareNodes, CountsNodesWhereNoneHasAGain) {
  FakeJudge judge(additive({{id(2), 7}}, 0));
  const Spared spared = spare_nodes(nodes(10, [](int) { return 0; }), judge);
  EXPECT_THAT(spared.kept, ElementsAre(id(2)));
  EXPECT_DOUBLE_EQ(spared.gain_share, 0.9);
}

/// Errors of one sign add up by amplitude: n nodes make n² times the noise of one. Each alone foretells 0.0004, all
/// together 0.04; really it is (100 · 0.02)² = 4. Within 1 dB, (n · 0.02)² ≤ 0.794, are 44 nodes.
TEST(SpareNodes, LearnsThatNoisesAddUpToMore) {
  const auto noise = [](const Ids& low) -> std::optional<Shares> {
    return Shares{std::pow(0.02 * static_cast<double>(low.size()), 2)};
  };
  FakeJudge judge(noise);
  const Spared spared = spare_nodes(nodes(100), judge, {.slack_db = 1});
  EXPECT_EQ(spared.refusal, "");
  EXPECT_TRUE(spared.score.is_within(1));
  EXPECT_GE(spared.gain_share, 0.40);
  EXPECT_LE(spared.gain_share, 0.44 + 1e-9);
  EXPECT_LE(spared.runs, 60);
}

/// Outputs that are garbage show no more noise than their own power: the sum stops at 1000.
TEST(SpareNodes, FindsCulpritsBehindOutputsThatAreGarbage) {
  std::map<std::string, double> culprits;
  for (int i = 5; i < 160; i += 20) culprits[id(i)] = 1e6;
  const auto sum = additive(culprits, 1e-3);
  FakeJudge judge([&](const Ids& low) { return Shares{std::min((*sum(low))[0], 1000.0)}; });
  const Spared spared = spare_nodes(nodes(160), judge);
  EXPECT_EQ(spared.refusal, "");
  EXPECT_TRUE(std::ranges::includes(spared.kept, names_of(culprits)));
  EXPECT_GE(spared.gain_share, 0.9);  // 8 of 160 would be 0.95
  EXPECT_LE(spared.runs, 60);
}

/// Neighbours whose errors cancel each other: giving back one of them makes it worse.
TEST(SpareNodes, StaysInsideWhereNoiseIsNotMonotone) {
  const auto noise = [](const Ids& low) -> std::optional<Shares> {
    double amplitude = 0;
    for (int i = 0; i < 60; ++i)
      if (low.contains(id(i))) amplitude += i % 2 == 0 ? 0.8 : -0.8;
    return Shares{amplitude * amplitude + (low.contains(id(33)) ? 9 : 0)};
  };
  FakeJudge judge(noise);
  const Spared spared = spare_nodes(nodes(60), judge);
  EXPECT_EQ(spared.refusal, "");
  EXPECT_TRUE(spared.score.is_within(1));
  EXPECT_TRUE(spared.kept.contains(id(33)));
  EXPECT_GE(spared.gain_share, 0.9);
  EXPECT_LE(spared.runs, 60);
}

/// INT8 as it is: every node does some damage, over four orders of magnitude, and most of it has to go.
struct NoisyEverywhere {
  static constexpr int kNodes = 150;
  std::map<std::string, double> damage;
  std::map<std::string, double> guess;  ///< within a factor of e or so
  double best = 0;                      ///< share of the nodes that fit, those of the least damage first

  NoisyEverywhere() {
    std::mt19937 random(7);
    std::lognormal_distribution<double> spread(-4, 2), error(0, 1);
    std::vector<double> sorted;
    for (int i = 0; i < kNodes; ++i) {
      sorted.push_back(damage[id(i)] = spread(random));
      guess[id(i)] = damage[id(i)] * error(random);
    }
    std::ranges::sort(sorted);
    double sum = 0;
    for (const double each : sorted) best += (sum += each) <= 1 ? 1.0 / kNodes : 0;
  }
};

TEST(SpareNodes, ComesNearTheBestWhereEveryNodeIsNoisy) {
  const NoisyEverywhere noisy;
  for (const auto& [runs, part] : std::map<int, double>{{60, 0.45}, {300, 0.9}}) {
    FakeJudge judge(additive(noisy.damage, 0));
    const Spared spared = spare_nodes(nodes(NoisyEverywhere::kNodes), judge, {.slack_db = 0, .runs = runs});
    EXPECT_EQ(spared.refusal, "");
    EXPECT_GE(spared.score.slack_db, 0);
    EXPECT_GE(spared.gain_share, part * noisy.best);
    EXPECT_LE(spared.runs, runs);
  }
}

TEST(SpareNodes, ComesNearerInTheOrderOfAGuess) {
  const NoisyEverywhere noisy;
  LowNodes low = nodes(NoisyEverywhere::kNodes);
  std::ranges::sort(low.nodes, {}, [&](const LowNode& node) { return noisy.guess.at(node.id); });
  FakeJudge judge(additive(noisy.damage, 0));
  const Spared spared = spare_nodes(low, judge, {.slack_db = 0});
  EXPECT_EQ(spared.refusal, "");
  EXPECT_GE(spared.gain_share, 0.85 * noisy.best);
  EXPECT_LE(spared.runs, 60);
}

/// Saturated outputs: two samples are perfect whatever is low, and hide in the mean what node 9 does to the third.
TEST(SpareNodes, LooksAtTheWorstSample) {
  const auto noise = [](const Ids& low) -> std::optional<Shares> {
    return Shares{1e-7, 1e-7, low.contains(id(9)) ? 50.0 : 0.5};  // -17 dB; 10 dB less is allowed
  };
  FakeJudge judge(noise);
  EXPECT_THAT(spare_nodes(nodes(24), judge).kept, ElementsAre(id(9)));
}

/// On the second sample two classes nearly tie: what a candidate does there is one draw of luck, from 0.02 to 2 of what
/// is to be expected, 0.4 a node. There may be 10 times the limit of the mean: 19 nodes are to be expected within 1 dB,
/// all 70 with luck. Over twelve kinds of luck, so that the test does not depend on its own.
TEST(SpareNodes, DoesNotTrustLuckOnOneSample) {
  const auto expected = [](const Ids& low) {
    Shares shares(8, 0.001 * static_cast<double>(low.size()));
    shares[1] = 0.4 * static_cast<double>(low.size());
    return shares;
  };
  double sum_db = 0;
  for (std::uint32_t kind = 0; kind < 12; ++kind) {
    const auto noise = [&](const Ids& low) -> std::optional<Shares> {
      std::uint32_t hash = 2166136261u + kind;  // FNV-1a, so that the luck is the same everywhere
      for (const std::string& node : low)
        for (const char c : node) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
      Shares shares = expected(low);
      shares[1] *= 0.02 + 1.98 * static_cast<double>(hash) / 4294967295.0;
      return shares;
    };
    FakeJudge judge(noise);
    const Spared spared = spare_nodes(nodes(70), judge, {.slack_db = 1});
    EXPECT_EQ(spared.refusal, "");
    Ids low;
    for (int i = 0; i < 70; ++i)
      if (!spared.kept.contains(id(i))) low.insert(id(i));
    sum_db += slack_db_of(expected(low), 10);
  }
  EXPECT_GE(sum_db / 12, -1.5);
}

TEST(SpareNodes, RefusesWhereNothingUsefulIsLeft) {
  FakeJudge judge(additive({{id(0), 0.01}}, 100));
  const Spared spared = spare_nodes(nodes(40), judge);
  EXPECT_THAT(spared.refusal,
              HasSubstr("within its accuracy limit only with 39 of 40 nodes in float, which leaves 2.5 %"));
  EXPECT_EQ(spared.kept.size(), 39u);
}

TEST(SpareNodes, RefusesWhereNoSetIsWithin) {
  FakeJudge judge(additive({}, 100));
  const Spared spared = spare_nodes(nodes(20), judge);
  EXPECT_THAT(spared.refusal, HasSubstr("outside its accuracy limit whichever nodes stay float"));
  EXPECT_LE(spared.runs, 60);
  FakeJudge nan([](const Ids&) { return std::nullopt; });
  EXPECT_THAT(spare_nodes(nodes(20), nan).refusal, HasSubstr("NaN where the original has none"));
  EXPECT_THAT(spare_nodes(nodes(0), judge).refusal, IsEmpty());  // nothing is low: silent
}

TEST(SpareNodes, KeepsToItsRuns) {
  const std::map<std::string, double> culprits{{id(10), 5}, {id(100), 5}};
  for (const int runs : {1, 5, 9, 12, 20, 30}) {
    FakeJudge judge(additive(culprits, 1e-4));
    const Spared spared = spare_nodes(nodes(200), judge, {.runs = runs});
    EXPECT_LE(judge.runs, runs);
    EXPECT_EQ(spared.runs, judge.runs);
    // Ten blocks' runs and one for the plan suffice for an answer, if not for the best.
    if (runs >= 12) {
      EXPECT_EQ(spared.refusal, "") << runs;
      EXPECT_TRUE(std::ranges::includes(spared.kept, names_of(culprits))) << runs;
    }
  }
}

class SteppingClock final : public base::Clock {
 public:
  double now() const override { return now_++; }
  void sleep(double) const override {}

 private:
  mutable double now_ = 0;
};

TEST(SpareNodes, KeepsToItsTime) {
  FakeJudge judge(additive({{id(10), 5}}, 1e-4));
  const SteppingClock clock;
  const Spared spared = spare_nodes(nodes(200), judge, {.seconds = 6, .clock = &clock});
  EXPECT_LE(judge.runs, 6);
  EXPECT_NE(spared.refusal, "");
}

TEST(SpareNodes, GivesTheSameAnswerTwice) {
  std::mt19937 random(3);
  std::lognormal_distribution<double> spread(-4, 2);
  std::map<std::string, double> named;
  for (int i = 0; i < 120; ++i) named[id(i)] = spread(random);
  FakeJudge first(additive(named, 0)), second(additive(named, 0));
  const Spared a = spare_nodes(nodes(120), first), b = spare_nodes(nodes(120), second);
  EXPECT_EQ(a.kept, b.kept);
  EXPECT_EQ(a.runs, b.runs);
  EXPECT_EQ(a.notes(120), b.notes(120));
}

/// Node 8 has to stay float. Node 11 does the most damage of the rest and saves 0.01 % of the gain.
TEST(SpareNodes, LeavesMoreInFloatWhereThatCostsNoSpeed) {
  const LowNodes low = nodes(16, [](int i) { return i == 11 ? 0.01 : 10; });
  const auto noise = additive({{id(8), 50}, {id(11), 0.3}}, 0.001);
  FakeJudge judge(noise);
  judge.latency = [](const Ids&) { return 0.1; };
  EXPECT_EQ(spare_nodes(low, judge).kept, (Ids{id(8), id(11)}));
  judge.latency = [](const Ids& l) { return l.contains(id(11)) ? 0.1 : 0.102; };
  EXPECT_EQ(spare_nodes(low, judge).kept, (Ids{id(8)}));
  judge.latency = nullptr;
  EXPECT_EQ(spare_nodes(low, judge).kept, (Ids{id(8)}));
}

/// Node 8 has to stay float: without it there is 4.5 dB of slack, and without node 11, which has 0.6 % of the gain, 17 dB.
TEST(SpareNodes, GivesUpALittleForSlack) {
  const LowNodes low = nodes(16, [](int i) { return i == 11 ? 1 : 10; });
  FakeJudge judge(additive({{id(8), 50}, {id(11), 0.3}}, 0.001));
  EXPECT_EQ(spare_nodes(low, judge).kept, (Ids{id(8)}));
  EXPECT_EQ(spare_nodes(low, judge, {.comfort_db = 12, .comfort_share = 0.01}).kept, (Ids{id(8), id(11)}));
  EXPECT_EQ(spare_nodes(low, judge, {.comfort_db = 12, .comfort_share = 0.001}).kept, (Ids{id(8)}));
  EXPECT_EQ(spare_nodes(low, judge, {.comfort_db = 4, .comfort_share = 0.01}).kept, (Ids{id(8)}));
}

TEST(SpareNodes, SaysWhatItFound) {
  FakeJudge judge(additive({{id(4), 5}}, 0.01));
  const std::vector<std::string> notes = spare_nodes(nodes(10), judge).notes(10);
  ASSERT_EQ(notes.size(), 3u);
  EXPECT_THAT(notes[0], HasSubstr("1 of 10 nodes stay float for accuracy, found in "));
  EXPECT_THAT(notes[0], HasSubstr("90 % of the gain is left"));
  EXPECT_EQ(notes[1], "float for accuracy: n004");
  // 10 log10(5.09) = 7.07 outside with none kept, 10 log10(0.09) = -10.46: inside with one.
  EXPECT_EQ(notes[2], "slack in dB by nodes in float: 0: -7.1 dB, 1: 10.5 dB");
}

TEST(SpareNodes, PassesOnWhatTheConversionThrows) {
  LowNodes low = nodes(4);
  low.with_kept = [](const Ids&) -> model::Model { throw Error(Cause::unsupported, "no such node"); };
  FakeJudge judge(additive({}, 0));
  EXPECT_THROW(spare_nodes(low, judge), Error);
}

}  // namespace
}  // namespace autoaccel::quantize
