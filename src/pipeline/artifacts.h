#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "autoaccel/record.h"
#include "pipeline/pass_data.h"
#include "pipeline/workspace.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

/// A converted model on disk, with what the conversion had to say.
struct Converted {
  Artifact artifact;
  double seconds = 0;  ///< of the work that made it, also when it was made by an earlier trial
  std::vector<std::string> notes;
};

/// The files that variants run, each made once: recipe → onnx/…, and for runtimes that convert, → their own folder.
/// What a recipe makes for one runtime is a file for that runtime.
///
/// An artifact of an earlier run is used again when it was made from the same model, by the same version and recipe.
/// The original recipe converts nothing: its ONNX file is the user's own.
class Artifacts {
 public:
  explicit Artifacts(const Workspace& workspace, Observer& observer)
      : workspace_(workspace), observer_(observer), data_(workspace, observer) {}

  /// errors  Error (unsupported, model, defect) from a pass; worker::Failure(not_converted, …) from the runtime's
  /// converter. Both are
  ///         remembered: another variant that needs the same artifact gets the same answer at once.
  Converted of(const Variant& variant);

 private:
  /// With the settings that the runtime writes into its form.
  std::string form_stem(const Variant& variant) const;
  void throw_known(const Variant& variant) const;
  Converted make(const Variant& variant);

  /// What an earlier call or run has made under this key, else what `make` makes at the path.
  Converted made_once(const std::filesystem::path& path, const std::string& key,
                      const std::function<Converted()>& make);
  Converted onnx_of(const Variant& variant);
  Converted with_bytes(const Variant& variant);
  Converted runtime_form_of(const Variant& variant, const Converted& onnx);
  Converted rewrite(const Variant& variant, const std::filesystem::path& path);

  const Workspace& workspace_;
  Observer& observer_;
  PassData data_;
  std::map<std::string, std::variant<Error, worker::Failure>> failed_;  ///< by runtime and artifact
};

/// `fp16`, `fp16-io16`, `bf16-openvino`: what the artifact depends on besides the model.
std::string artifact_stem(const Variant& variant);

}  // namespace autoaccel::pipeline
