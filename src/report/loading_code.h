#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "autoaccel/run.h"

namespace autoaccel::report {

/// Short programs that load an artifact the way it was measured.
struct LoadingCode {
  std::string cpp;
  std::string python;
};

/// How the code is used.
enum class Form {
  snippet,  ///< lines to copy from a README, with zeros for inputs
  program,  ///< a file beside the artifact that can be started from anywhere, and can keep the outputs in files
};

struct Source {
  std::string file;  ///< the artifact's name
  Form form = Form::snippet;
  bool has_sample = false;  ///< of a program: check/inputs/<index of input>.npy hold what the artifact takes
};

/// returns  nullopt for a runtime that has no row in loading_code.cc
std::optional<LoadingCode> loading_code(const Run& run, const Variant& variant, const Source& source);

/// A text as a literal of the language, whatever it holds.
std::string cpp_literal(std::string_view text);
std::string python_literal(std::string_view text);

/// What the input or output holds bytes of; nullopt when the variant takes or gives it as the model declares it, or
/// reduced.
std::optional<ByteMapping> bytes_of(const Run& run, const Variant& variant, const TensorInfo& tensor);

/// Was it measured as compiled for use_shape alone?
bool has_fixed_shapes(const Variant& variant);

/// The element type that a variant's input or output has: float32 becomes the recipe's own float type where I/O is
/// reduced, and what holds bytes uint8 where it is that.
ElementType io_type_of(const Run& run, const Variant& variant, const TensorInfo& tensor);

}  // namespace autoaccel::report
