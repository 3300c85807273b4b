#include "runtime/fake/description.h"

#include <array>
#include <vector>

namespace autoaccel::runtime::fake {
namespace {

constexpr std::array<plan::SettingInfo, 8> kSettings{{
    {"faults", "stage[#n]:what[=number], …", "what goes wrong and when; README of the folder"},
    {"offset", "number", "added to every float output, on top of the model's own"},
    {"nan", "on | off", "the first element of every float output is NaN"},
    {"run_seconds", "number", "what one inference takes, instead of the model's own figure"},
    {"precision", "word", "what placement() reports"},
    {"requests", "integer ≥ 1", "requests that may be in flight"},
    {"threads", "integer ≥ 1", "accepted, without effect"},
    {"batch", "integer ≥ 1", "accepted, without effect: the samples say it"},
}};

std::vector<plan::Offer> offers(const Host&, const RuntimeInfo&, const Config&) {
  return {{.recipe = "original", .io = IoTypes::original, .settings = {}, .skip_reason = {}},
          {.recipe = "fp16", .io = IoTypes::original, .settings = {}, .skip_reason = {}}};
}

}  // namespace

plan::RuntimeDescription describe() {
  return {.name = "fake",
          .worker = "autoaccel-worker-fake",
          .install_hint = "build the target autoaccel-worker-fake",
          .artifact_folder = "fake",
          .artifact_extension = ".json",
          .converts = true,
          .settings = kSettings,
          .offers = offers};
}

}  // namespace autoaccel::runtime::fake
