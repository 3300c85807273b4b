#include "pipeline/shape_sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "base/files.h"
#include "compare/compare.h"
#include "pipeline/pass_data.h"
#include "pipeline/trial.h"
#include "rewrite/take_uint8.h"
#include "samples/samples.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

constexpr int kSamples = 2;       // at each shape
constexpr double kSeconds = 0.3;  // of measuring: a shape where a variant collapses shows it at once

std::int64_t between(std::int64_t a, std::int64_t b, std::int64_t step) { return (a + b) / 2 / step * step; }

/// Every axis of every input by the same rule.
template <typename Size>
std::map<std::string, Shape> shapes_by(const std::map<std::string, config::InputShapes>& shapes, const Size& size) {
  std::map<std::string, Shape> result;
  for (const auto& [name, shape] : shapes) {
    Shape& made = result[name];
    for (std::size_t axis = 0; axis < shape.use.size(); ++axis)
      made.push_back(size(shape.min[axis], shape.use[axis], shape.max[axis]));
  }
  return result;
}

std::int64_t step_of(std::int64_t min, std::int64_t use, std::int64_t max) {
  return std::max<std::int64_t>(std::gcd(std::gcd(min, use), max), 1);
}

/// One variant at one shape after the other, in one session.
class Visitor {
 public:
  Visitor(const Workspace& workspace, Artifacts& artifacts, const Variant& variant)
      : workspace_(workspace),
        variant_(variant),
        client_(workspace.job.workers / workspace.description(variant.runtime).worker,
                workspace.folder.variant(variant.id()), workspace.limits(), workspace.cancel),
        loaded_(client_.load({.model = workspace.folder.root() / artifacts.of(variant).artifact.path,
                              .artifact = {},
                              .device = variant.device,
                              .settings = variant.settings,
                              .inputs = workspace.input_shapes()})) {}

  /// Measures there, and leaves the outputs below `folder`, by sample.
  ShapePoint visit(const SampleSets& samples, const fs::path& folder) {
    ShapePoint point;
    client_.bind(samples.folders(loaded_.inputs), samples.names());
    double first = 0;
    for (int k = 0; k < samples.count(); ++k) {
      const auto ran = client_.run(k, 0, folder / std::to_string(k));
      if (k == 0) first = ran.seconds;
      names_ = ran.names;
    }
    const Measurement measured =
        client_.measure(brief(workspace_.job.rules, kSeconds),
                        {.requests_in_flight = 1, .samples = samples.count(), .batch = workspace_.batch()});
    point.seconds = time_of(measured, Objective::latency).seconds;
    point.change_seconds = std::max(first - *point.seconds, 0.0);
    return point;
  }

  TensorSet outputs(const fs::path& folder, int sample) const {
    return worker::read_output_set(folder / std::to_string(sample), names_);
  }
  const Variant& variant() const { return variant_; }

 private:
  const Workspace& workspace_;
  Variant variant_;
  worker::Client client_;
  worker::Loaded loaded_;
  std::vector<std::string> names_;
};

SampleSets samples_at(const Workspace& workspace, const NamedShapes& shapes, const fs::path& folder) {
  Config config = workspace.config;
  for (InputConfig& input : config.inputs) input.data.clear();  // the user's own have use_shape
  config.search.samples = kSamples;
  const samples::Samples made = samples::make_samples(workspace.original, shapes.inputs, config);
  SampleSets::store(folder, workspace.summary.inputs, made.sets);
  return {folder, workspace.summary.inputs, static_cast<int>(made.sets.size()),
          rewrite::byte_tensors(workspace.config).inputs};
}

void compare_with(const Workspace& workspace, const Visitor& original, const fs::path& wanted, const Visitor& visitor,
                  const fs::path& got, int samples, ShapePoint& point) {
  compare::AgreementBuilder builder;
  for (int k = 0; k < samples; ++k) {
    const TensorSet reference = original.outputs(wanted, k);
    TensorSet outputs = visitor.outputs(got, k);
    put_in_numbers(workspace.config, visitor.variant(), reference, outputs);
    builder.add(reference, outputs);
  }
  const Agreement agreement = builder.finish(limit_of(workspace.config, visitor.variant()));
  point.sqnr_db = agreement.sqnr_db;
  point.within_limit = agreement.within_limit;
  point.reason = agreement.reason;
}

ShapePoint failed(const std::string& reason) {
  ShapePoint point;
  point.within_limit = false;
  point.reason = reason;
  return point;
}

/// What became of a visit, or the reason why it came to nothing.
template <typename Visit>
ShapePoint attempt(const Visit& visit) {
  try {
    return visit();
  } catch (const worker::Failure& failure) {
    return failed(failure.reason());
  } catch (const Error& error) {
    if (error.cause() == Cause::interrupted || error.cause() == Cause::environment) throw;
    return failed(error.message());
  }
}

}  // namespace

std::vector<NamedShapes> shapes_to_visit(const std::map<std::string, config::InputShapes>& shapes) {
  using Size = std::int64_t;
  std::vector<NamedShapes> all;
  all.push_back({"min_shape", shapes_by(shapes, [](Size min, Size, Size) { return min; })});
  all.push_back({"between", shapes_by(shapes, [](Size min, Size use, Size max) {
                   return between(min, use, step_of(min, use, max));
                 })});
  all.push_back({"between", shapes_by(shapes, [](Size min, Size use, Size max) {
                   return between(use, max, step_of(min, use, max));
                 })});
  all.push_back({"max_shape", shapes_by(shapes, [](Size, Size, Size max) { return max; })});
  std::set<std::map<std::string, Shape>> seen{shapes_by(shapes, [](Size, Size use, Size) { return use; })};
  // Of equal ones, the ends keep their names.
  for (const std::size_t end : {std::size_t{0}, std::size_t{3}})
    if (!seen.insert(all[end].inputs).second) all[end].inputs.clear();
  for (const std::size_t middle : {std::size_t{1}, std::size_t{2}})
    if (!seen.insert(all[middle].inputs).second) all[middle].inputs.clear();
  std::erase_if(all, [](const NamedShapes& named) { return named.inputs.empty(); });
  return all;
}

std::vector<ShapePoint> visit_shapes(const Workspace& workspace, Artifacts& artifacts, const Variant& original,
                                     const Variant& variant, Observer& observer) {
  const std::vector<NamedShapes> shapes = shapes_to_visit(workspace.shapes);
  std::vector<ShapePoint> points;
  if (shapes.empty()) return points;
  const base::TemporaryFolder folder("shapes-", workspace.folder.root());
  Visitor first(workspace, artifacts, original);
  Visitor second(workspace, artifacts, variant);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    observer.stage(fmt::format("shapes: {} of {}", i + 1, shapes.size()));
    const fs::path root = folder.path() / std::to_string(i);
    const auto add = [&](const Variant& of, ShapePoint point) {
      point.id = of.id();
      point.where = shapes[i].where;
      for (const TensorInfo& input : workspace.summary.inputs) point.inputs.push_back(shapes[i].inputs.at(input.name));
      points.push_back(std::move(point));
    };
    std::optional<SampleSets> samples;
    const ShapePoint wanted = attempt([&] {
      samples = samples_at(workspace, shapes[i], root / "samples");
      return first.visit(*samples, root / "original");
    });
    add(original, wanted);
    if (!wanted.seconds) continue;
    add(variant, attempt([&] {
          ShapePoint point = second.visit(*samples, root / "variant");
          compare_with(workspace, first, root / "original", second, root / "variant", samples->count(), point);
          return point;
        }));
  }
  return points;
}

}  // namespace autoaccel::pipeline
