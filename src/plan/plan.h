#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/config.h"
#include "autoaccel/run.h"
#include "autoaccel/variant.h"

namespace autoaccel::plan {

/// One setting that a runtime lets one choose: a row of the runtime's table.
struct SettingInfo {
  std::string_view name;
  std::string_view values;  ///< in words: `integer ≥ 1`, `f32 | bf16 | default`
  std::string_view meaning;
};

/// Whether `value` is one of those that the row tells in words: one of the words between bars, an integer, a number.
/// Rows that say it otherwise take anything.
bool is_value_of(const SettingInfo& setting, std::string_view value);

/// A way in which a runtime's settings can be varied around a variant: what the search moves along.
///
/// Choosing one clears the names of all the others, then sets its own: {{}, {{"optimization", "extended"}}} varies one
/// name from its default, {{{"threads", "2"}}, {{"requests", "2"}, {"threads", "1"}}} varies two together.
struct Dimension {
  std::string name;                           ///< for people: `threads and requests`
  std::vector<Settings> choices;              ///< the first is what a variant has that says nothing else
  bool (*applies)(const Variant&) = nullptr;  ///< nullptr: to every variant of the runtime
};

/// A combination that a runtime proposes for this host, or proposes to skip.
struct Offer {
  std::string recipe;
  IoTypes io = IoTypes::original;
  Settings settings;
  std::string skip_reason;  ///< empty: worth a trial
};

/// What the plan knows of a runtime: data that the runtime's folder provides; it holds no vendor's type.
struct RuntimeDescription {
  std::string_view name;
  std::string_view worker;              ///< file name of the worker executable
  std::string_view install_hint;        ///< how to get the runtime when its worker or library is missing
  std::string_view artifact_folder;     ///< below the run folder: `onnx`, `openvino`
  std::string_view artifact_extension;  ///< `.onnx`, `.xml`
  bool is_for_gpus_only = false;
  bool converts = false;  ///< the worker turns the recipe's ONNX file into the artifact
  std::span<const SettingInfo> settings;
  std::vector<Offer> (*offers)(const Host&, const RuntimeInfo&, const Config&);
  /// What can be varied here under the config's objective; nullptr: nothing. No two dimensions share a name of a
  /// setting.
  std::vector<Dimension> (*dimensions)(const Host&, const RuntimeInfo&, const Config&) = nullptr;
  std::span<const std::string_view> settings_of_artifact = {};  ///< those that convert writes into the artifact
};

struct PlannedVariant {
  Variant variant;
  std::string skip_reason;  ///< empty: to be tried
};

/// The original's variant: recipe `original` on ONNX Runtime with default settings, and on the CPU one thread a
/// processor; the reference for speed and outputs.
Variant original_variant(const Host& host, const Device& device);

/// Config × runtimes × host → every variant in the order it is tried: the original, then the runtimes' offers in the
/// order of the runtimes, each in its own order; the skipped ones last, with their reason. No two have the same id.
///
/// A runtime that is not available, or has no such device (RuntimeInfo::devices holds Device::to_text()), gives one
/// skipped variant per offer with the runtime's reason. The config's lists of runtimes and precisions turn the others
/// into skipped ones ("not in search.runtimes"); they never skip the original. A precision is a family (label.h) or a
/// recipe. errors  usage with the place: a name in search.runtimes or search.precisions that no runtime here has;
///         environment: no runtime at all
std::vector<PlannedVariant> make_plan(const Config& config, std::span<const RuntimeDescription> runtimes,
                                      std::span<const RuntimeInfo> found, const Host& host);

}  // namespace autoaccel::plan
