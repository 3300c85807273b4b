#pragma once

#include <string>
#include <vector>

#include "autoaccel/record.h"
#include "compare/compare.h"
#include "measure/measure.h"
#include "pipeline/artifacts.h"
#include "pipeline/workspace.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

/// The outputs of the reference variant on every sample, on disk.
struct Reference {
  std::string id;                  ///< of the variant that made them; empty: none yet
  std::vector<std::string> names;  ///< outputs by index
};

/// A variant loaded in a worker of its own, with its samples. Every call may throw worker::Failure.
class OpenVariant {
 public:
  /// workspace must outlive it
  OpenVariant(const Workspace& workspace, const Variant& variant, const Artifact& artifact);

  const worker::Loaded& loaded() const { return loaded_; }
  int requests() const { return loaded_.requests; }

  /// Runs every sample once and keeps the outputs as the reference. Returns the first inference's seconds.
  double make_reference(Reference& reference);

  /// Compares on every sample and every request in flight, so that a stream that computes wrongly is seen.
  /// returns  seconds of the first inference
  double compare(const Reference& reference, compare::AgreementBuilder& agreement);

  Measurement measure(const measure::Rules& rules);

  /// Measures, and again when something else kept the processors busy meanwhile; the quietest try counts.
  Measurement measure_quietly(const measure::Rules& rules);

  std::optional<std::uint64_t> peak_bytes() { return client_.peak_bytes(); }
  Placement placement() { return client_.placement(); }
  void quit() { client_.quit(); }

 private:
  const Workspace& workspace_;
  Variant variant_;
  worker::Client client_;
  worker::Loaded loaded_;
};

/// Outputs of bytes as the numbers nearest to the reference's that they stand for: what is left differs by more than
/// rounding. Others, and those of variants without bytes, stay.
void put_in_numbers(const Config& config, const Variant& variant, const TensorSet& reference, TensorSet& outputs);

/// The text that identifies a reference on disk.
std::string reference_key(const Workspace& workspace, const Variant& variant);

}  // namespace autoaccel::pipeline
