#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "measure/gpu.h"
#include "runtime/runtime.h"

namespace autoaccel::runtime::onnxruntime {

/// How an execution provider gets into the process.
enum class Loading {
  built_in,          ///< part of libonnxruntime
  provider_library,  ///< a library beside libonnxruntime, which loads it itself
  plug_in,           ///< a library anywhere, registered with RegisterExecutionProviderLibrary
};

/// How a provider saves what it has compiled.
enum class CompiledForm {
  none,                 ///< it compiles nothing
  compile_api,          ///< ONNX Runtime's CompileModel writes an EPContext model
  by_provider_options,  ///< the provider's own options name the EPContext model, written while a session is made
};

/// A shared library that a provider needs besides its own.
struct Need {
  std::string_view library;
  std::string_view source;  ///< who has it, after `install`
};

/// A setting's value → what the provider is told; `%` in `value` stands for the setting's own text. Settings that are
/// absent take the row of value "" where there is one.
struct OptionRow {
  std::string_view setting, value;
  std::string_view option, told;
};

/// The options that take shapes: `x:1x3x224x224,y:1`, all inputs in each.
struct ProfileOptions {
  std::string_view least, usual, most;
};

/// What is known of an execution provider: a row, so that the road through it is the same for all.
struct Provider {
  std::string_view runtime;  ///< in our catalogue
  std::string_view setting;  ///< of `provider` where a runtime has several for one kind of device; empty: its own
  bool is_for_gpu = false;
  std::string_view name;  ///< as ONNX Runtime calls it
  Loading loading = Loading::built_in;
  std::string_view library;  ///< file name without version; empty when built in
  std::string_view source;   ///< who has it, after `install`
  std::span<const Need> needs;
  bool (*runs_on)(const measure::Gpu&) = nullptr;  ///< nullptr: on every GPU
  std::string_view capabilities;                   ///< what runs_on asks for, in words
  std::span<const std::string_view> precisions;    ///< that it computes in
  std::span<const OptionRow> options;
  ProfileOptions profile;
  CompiledForm compiled = CompiledForm::none;
  std::string_view then;  ///< the provider that takes the nodes which this one leaves, before the CPU
};

std::span<const Provider> providers();

/// The provider of a runtime for a device. errors  unsupported: the runtime has none for that
const Provider& provider_for(std::string_view runtime, const Device& device, const Settings& settings);

using Options = std::vector<std::pair<std::string, std::string>>;  ///< in the order of the provider's table

/// What ONNX Runtime is told to run a job on a provider.
struct ProviderRequest {
  const Provider* provider = nullptr;
  Options options;
  Options session_entries;

  /// `name=value`, one a line, the session's entries first.
  std::string to_text() const;
};

/// errors  unsupported: the name of an input cannot stand in a profile
ProviderRequest request_for(const Provider& provider, const Job& job);

/// As request_for, and what makes the provider write its compiled form to job.artifact.
ProviderRequest compile_request_for(const Provider& provider, const Job& job);

/// What keeps a GPU provider from running here, and what helps; empty when nothing is seen. Loads what it needs, so
/// that ONNX Runtime finds it whatever LD_LIBRARY_PATH says.
///
/// beside  the folder of libonnxruntime
std::string missing_for(const Provider& provider, const measure::GpuList& gpus, const std::filesystem::path& beside,
                        std::span<const std::filesystem::path> folders);

/// The numbers of the GPUs that the provider runs on.
std::vector<std::string> devices_of(const Provider& provider, const measure::GpuList& gpus);

}  // namespace autoaccel::runtime::onnxruntime
