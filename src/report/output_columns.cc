#include "report/output_columns.h"

namespace autoaccel::report {
namespace {

Cell top1(const OutputRow& o, double OutputAgreement::Figure::*member) {
  return o.output.top1_agreement ? Cell((*o.output.top1_agreement).*member) : Cell();
}

using F = OutputAgreement::Figure;

// clang-format off
const OutputColumn kColumns[] = {
    {"task", kText, 38, [](const OutputRow& o) { return Cell(o.row.task); }},
    {"output", kText, 24, [](const OutputRow& o) { return Cell(o.output.name); }},
    {"kind", kText, 13, [](const OutputRow& o) { return Cell(o.output.kind); }},
    {"within limit", kText, 9, [](const OutputRow& o) { return Cell(std::string(o.output.within_limit ? "yes" : "no")); }},
    {"judged by", kText, 34, [](const OutputRow& o) { return Cell(o.output.judged_by); }},
    {"mae, mean", kScientific, 11, [](const OutputRow& o) { return Cell(o.output.mean_absolute_error.mean); }},
    {"mae, worst sample", kScientific, 11, [](const OutputRow& o) { return Cell(o.output.mean_absolute_error.worst); }},
    {"max absolute error, mean", kScientific, 11, [](const OutputRow& o) { return Cell(o.output.max_absolute_error.mean); }},
    {"max absolute error, worst sample", kScientific, 13, [](const OutputRow& o) { return Cell(o.output.max_absolute_error.worst); }},
    {"relative error, mean", kScientific, 11, [](const OutputRow& o) { return Cell(o.output.relative_error.mean); }},
    {"relative error, worst sample", kScientific, 11, [](const OutputRow& o) { return Cell(o.output.relative_error.worst); }},
    {"cosine similarity, mean", kFiveDecimals, 11, [](const OutputRow& o) { return Cell(o.output.cosine_similarity.mean); }},
    {"cosine similarity, worst sample", kFiveDecimals, 11, [](const OutputRow& o) { return Cell(o.output.cosine_similarity.worst); }},
    {"SQNR (dB), mean", kDecibels, 9, [](const OutputRow& o) { return Cell(o.output.sqnr_db.mean); }},
    {"SQNR (dB), worst sample", kDecibels, 9, [](const OutputRow& o) { return Cell(o.output.sqnr_db.worst); }},
    {"top-1 agreement, mean", kPercent, 11, [](const OutputRow& o) { return top1(o, &F::mean); }},
    {"top-1 agreement, worst sample", kPercent, 11, [](const OutputRow& o) { return top1(o, &F::worst); }},
    {"NaN where the original has none", kWhole, 12, [](const OutputRow& o) { return Cell(static_cast<double>(o.output.nan_count)); }},
    {"infinite where the original is not", kWhole, 12, [](const OutputRow& o) { return Cell(static_cast<double>(o.output.inf_count)); }},
};
// clang-format on

}  // namespace

std::span<const OutputColumn> output_columns() { return kColumns; }

}  // namespace autoaccel::report
