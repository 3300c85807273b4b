#include "compare/compare.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "compare/class_scores.h"
#include "compare/figures.h"
#include "compare/judge.h"

namespace autoaccel::compare {
namespace {

/// Why the two cannot be compared element by element; empty: they can.
std::string difference_in_form(const Tensor& reference, const Tensor* candidate) {
  if (!candidate) return "it is missing";
  if (candidate->shape() != reference.shape()) {
    return "its shape " + to_text(candidate->shape()) + " is not the original's " + to_text(reference.shape());
  }
  const auto is_number = [](ElementType type) {
    return is_float(type) || type == ElementType::boolean || (is_integer(type) && bits_per_element(type) >= 8);
  };
  for (const ElementType type : {reference.type(), candidate->type()}) {
    if (!is_number(type)) return "elements of type " + to_text(type) + " cannot be compared";
  }
  return {};
}

}  // namespace

struct AgreementBuilder::PerOutput {
  Evidence evidence;
  std::optional<std::size_t> class_axis;  ///< as the first sample has it

  void add(const Tensor& reference, const Tensor* candidate) {
    if (!evidence.failure.empty()) return;
    evidence.failure = difference_in_form(reference, candidate);
    if (!evidence.failure.empty()) return;
    if (evidence.samples.empty()) {
      evidence.is_float = is_float(reference.type());
      class_axis = compare::class_axis(reference);
    }
    evidence.samples.push_back(sum_up(reference, *candidate));
    if (class_axis && *class_axis < reference.shape().size()) {
      evidence.top1.push_back(top1_agreement(reference, *candidate, *class_axis));
    }
  }
};

AgreementBuilder::AgreementBuilder() = default;
AgreementBuilder::~AgreementBuilder() = default;
AgreementBuilder::AgreementBuilder(AgreementBuilder&&) noexcept = default;
AgreementBuilder& AgreementBuilder::operator=(AgreementBuilder&&) noexcept = default;

void AgreementBuilder::add(const TensorSet& reference, const TensorSet& candidate) {
  ++samples_;
  for (const NamedTensor& output : reference) {
    auto known = std::find_if(outputs_.begin(), outputs_.end(),
                              [&](const PerOutput& o) { return o.evidence.name == output.name; });
    if (known == outputs_.end()) {
      outputs_.emplace_back().evidence.name = output.name;
      known = std::prev(outputs_.end());
    }
    known->add(output.tensor, find(candidate, output.name));
  }
}

Agreement AgreementBuilder::finish(const Limit& limit) const {
  Agreement agreement;
  agreement.samples = samples_;
  agreement.sqnr_db = sqnr_db(1, 0);
  if (outputs_.empty()) {
    agreement.within_limit = false;
    agreement.reason = "no outputs were compared";
  }
  for (const PerOutput& per_output : outputs_) {
    const OutputAgreement& output = agreement.outputs.emplace_back(judge(per_output.evidence, limit));
    agreement.mean_absolute_error = std::max(agreement.mean_absolute_error, output.mean_absolute_error.mean);
    agreement.max_absolute_error = std::max(agreement.max_absolute_error, output.max_absolute_error.worst);
    agreement.cosine_similarity = std::min(agreement.cosine_similarity, output.cosine_similarity.worst);
    agreement.sqnr_db = std::min(agreement.sqnr_db, output.sqnr_db.worst);
    if (output.within_limit) continue;
    if (agreement.within_limit) agreement.reason = reason_text(output);
    agreement.within_limit = false;
  }
  return agreement;
}

std::vector<Margin> AgreementBuilder::margins(const Limit& limit) const {
  std::vector<Margin> result;
  for (const PerOutput& output : outputs_)
    for (Margin& margin : compare::margins(output.evidence, limit)) result.push_back(std::move(margin));
  return result;
}

}  // namespace autoaccel::compare
