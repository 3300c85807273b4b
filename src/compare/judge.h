#pragma once

#include <optional>
#include <string>
#include <vector>

#include "autoaccel/record.h"
#include "compare/compare.h"
#include "compare/figures.h"

namespace autoaccel::compare {

/// All that is known of one output: its sums sample by sample.
struct Evidence {
  std::string name;
  bool is_float = true;
  std::vector<Sums> samples;
  std::vector<double> top1;  ///< per sample; empty where the output does not look like class scores
  std::string failure;       ///< why the outputs could not be compared at all; empty: they could
};

/// The figures of one output and whether it is within the limit.
OutputAgreement judge(const Evidence& evidence, const Limit& limit);

/// How far the output is from each limit that holds for it, one or two.
std::vector<Margin> margins(const Evidence& evidence, const Limit& limit);

/// What stands in Agreement::reason for an output outside its limit: name and rule.
std::string reason_text(const OutputAgreement& output);

}  // namespace autoaccel::compare
