#include "pipeline/judging.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rewrite/node_work.h"
#include "rewrite/value_table.h"
#include "samples/samples.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kOtherSeed = 0x6a75646765;  // "judge": added to the seed of the samples that variants run on
constexpr double kShareOfTime = 0.5;  // of a worker's time: then a new one, so that a candidate has at least the rest
constexpr int kLoadsOfAWorker = 20;   // runtimes have been seen to keep some memory of each model

// Enough to tell 1 % on a quiet machine, in about half a second.
constexpr measure::Rules kQuick{.min_warm_up_runs = 2,
                                .min_warm_up_seconds = 0.05,
                                .max_warm_up_seconds = 0.5,
                                .min_samples = 11,
                                .min_seconds = 0.2,
                                .target_half_width = 0.01,
                                .max_seconds = 1};

constexpr double kWorkOfACandidate = 128e9;  // multiply-adds: about a second on two processors with vectors
constexpr int kFewest = 8, kMost = 128;

int sample_count(const JudgingJob& job, const std::map<std::string, Shape>& shapes) {
  if (job.samples) return *job.samples;
  model::Model model = job.original.clone();
  const rewrite::ValueTable table(model.proto());
  const auto types = model::infer_types(model, shapes);
  double work = 1;
  for (const rewrite::PlacedNode& placed : table.nodes()) work += rewrite::node_work(*placed.node, table, types);
  return static_cast<int>(std::clamp<double>(kWorkOfACandidate / work, kFewest, kMost));
}

std::vector<TensorSet> make_sets(const JudgingJob& job) {
  const std::map<std::string, Shape> use = config::use_shapes(job.shapes);
  Config config = job.config;
  config.search.seed += kOtherSeed;
  config.search.samples = has_data(config) ? 1 : sample_count(job, use);  // 1: as many as the user gave
  std::vector<TensorSet> sets = samples::make_samples(job.original, use, config).sets;
  if (!has_data(config)) return sets;
  std::vector<TensorSet> share;
  for (const std::size_t k : judging_share(sets.size())) share.push_back(std::move(sets[k]));
  return share;
}

const plan::RuntimeDescription& description(const JudgingJob& job, const std::string& runtime) {
  const auto found = std::find_if(job.runtimes.begin(), job.runtimes.end(),
                                  [&](const plan::RuntimeDescription& each) { return each.name == runtime; });
  if (found == job.runtimes.end()) throw Error(Cause::defect, "no runtime " + runtime + " in the catalogue");
  return *found;
}

quantize::OutputScore score_of(const compare::Margin& margin) {
  const OutputAgreement& output = margin.agreement;
  return {.name = output.name,
          .kind = output.kind,
          .mean_sqnr_db = output.sqnr_db.mean,
          .worst_sqnr_db = output.sqnr_db.worst,
          .probability_error = margin.probability_error,
          .slack_db = margin.failure.empty() ? quantize::slack_db_of(margin.noise, margin.one_sample_more_db)
                                             : quantize::kBrokenSlackDb,
          .noise = margin.noise,
          .one_sample_more_db = margin.one_sample_more_db};
}

}  // namespace

bool has_data(const Config& config) {
  return std::any_of(config.inputs.begin(), config.inputs.end(),
                     [](const InputConfig& input) { return !input.data.empty(); });
}

std::vector<std::size_t> judging_share(std::size_t sets) {
  std::vector<std::size_t> share;
  for (std::size_t k = 0; k < sets; ++k)
    if (sets < 3 || k % 3 == 1) share.push_back(k);
  return share;
}

JudgingSamples::JudgingSamples(const JudgingJob& job, const base::CancelToken& cancel)
    : job_(job),
      cancel_(cancel),
      folder_("judging-", job.folder),
      sets_(SampleSets::store(folder_.path() / "samples", job.original.inputs(), make_sets(job))) {
  make_reference();
}

fs::path JudgingSamples::reference_folder(int set) const { return folder() / "reference" / std::to_string(set); }

TensorSet JudgingSamples::reference(int set) const {
  return worker::read_output_set(reference_folder(set), output_names_);
}

runtime::Job JudgingSamples::load_job(const Variant& variant, const fs::path& model) const {
  std::vector<runtime::InputShapes> inputs;
  for (const std::string& name : sets_.names()) {
    const config::InputShapes& shape = job_.shapes.at(name);
    inputs.push_back({name, shape.use, shape.min, shape.max});
  }
  return {.model = fs::absolute(model),
          .artifact = {},
          .device = variant.device,
          .settings = variant.settings,
          .inputs = std::move(inputs)};
}

std::unique_ptr<worker::Client> JudgingSamples::start_worker(const Variant& variant, const std::string& name) const {
  worker::Limits limits = job_.limits;
  limits.readable.push_back(folder());
  for (const fs::path& file : job_.original.files()) limits.readable.push_back(fs::absolute(file));
  return std::make_unique<worker::Client>(job_.workers / description(job_, variant.runtime).worker, folder() / name,
                                          limits, cancel_);
}

void JudgingSamples::run_original(const Variant& variant) {
  const auto client = start_worker(variant, "original");
  const worker::Loaded loaded = client->load(load_job(variant, job_.original.path()));
  client->bind(sets_.folders(loaded.inputs), sets_.names());
  for (int k = 0; k < sets_.count(); ++k) output_names_ = client->run(k, 0, reference_folder(k)).names;
  client->quit();
}

void JudgingSamples::make_reference() {
  std::string reasons;
  for (const Variant& variant : job_.references) {
    try {
      return run_original(variant);
    } catch (const worker::Failure& failure) {
      reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", variant.runtime, failure.reason());
    }
  }
  throw Error(Cause::model, "no runtime runs the original model, so nothing can be judged by its outputs", reasons);
}

WorkerJudge::WorkerJudge(const JudgingSamples& samples, Variant variant, compare::Limit limit)
    : samples_(samples), variant_(std::move(variant)), limit_(limit), folder_("candidate-", samples.folder()) {}

worker::Loaded WorkerJudge::open(const model::Model& candidate) {
  const fs::path path = folder_.path() / "candidate.onnx";
  candidate.save(path, {.cancel = &samples_.cancel()});
  const bool is_worn =
      loads_ >= kLoadsOfAWorker || clock_.now() - started_ > kShareOfTime * samples_.job().limits.seconds;
  if (!client_ || is_worn) {
    client_ = samples_.start_worker(variant_, folder_.path().filename().string());
    started_ = clock_.now();
    loads_ = 0;
  }
  ++loads_;
  worker::Loaded loaded = client_->load(samples_.load_job(variant_, path));
  client_->bind(samples_.sets().folders(loaded.inputs), samples_.sets().names());
  return loaded;
}

std::vector<compare::Margin> WorkerJudge::run_samples(quantize::Score& score) {
  compare::AgreementBuilder agreement;
  for (int k = 0; k < samples_.sets().count(); ++k) {
    const worker::Client::Ran ran = client_->run(k, 0, folder_.path() / "outputs");
    score.seconds = k == 0 ? ran.seconds : std::min(score.seconds, ran.seconds);
    agreement.add(samples_.reference(k), worker::read_output_set(folder_.path() / "outputs", ran.names));
  }
  return agreement.margins(limit_);
}

quantize::Score WorkerJudge::judge(const model::Model& candidate) {
  quantize::Score score;
  try {
    open(candidate);
    const std::vector<compare::Margin> margins = run_samples(score);
    if (margins.empty())
      score.failure = "it has no outputs to compare";
    else
      score.slack_db = HUGE_VAL;
    for (const compare::Margin& margin : margins) {
      score.outputs.push_back(score_of(margin));
      score.slack_db = std::min(score.slack_db, score.outputs.back().slack_db);
      if (!margin.failure.empty() && score.failure.empty())
        score.failure = fmt::format("output '{}': {}", base::printable(margin.agreement.name), margin.failure);
    }
  } catch (const worker::Failure& failure) {
    client_.reset();  // whether it is still there or not, the next candidate starts afresh
    score = {};
    score.failure = base::printable(failure.reason());
  }
  return score;
}

std::optional<double> WorkerJudge::seconds(const model::Model& candidate) {
  try {
    const worker::Loaded loaded = open(candidate);
    const Measurement measured = client_->measure(
        kQuick, {.requests_in_flight = loaded.requests, .samples = samples_.sets().count(), .batch = 1});
    return measured.wall_seconds / static_cast<double>(std::max<std::int64_t>(measured.runs, 1));
  } catch (const worker::Failure&) {
    client_.reset();
    return std::nullopt;
  }
}

}  // namespace autoaccel::pipeline
