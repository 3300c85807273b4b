#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autoaccel::base {

/// The folders of a list as PATH has it (`a:b`), each followed by those below it where Python packages keep libraries
/// (onnxruntime/capi, nvidia/*/lib, …), so that a site-packages folder can be named as it is. Missing ones are left
/// out.
std::vector<std::filesystem::path> library_folders(std::string_view list);

/// The file of that name in the first folder that has it, or the newest of `<name>.<version>`: Python packages leave
/// out the links that a name without version would follow.
std::optional<std::filesystem::path> find_library(std::span<const std::filesystem::path> folders,
                                                  std::string_view name);

/// A library in this process. It stays loaded to the end: vendors' libraries do not survive being unloaded.
class SharedLibrary {
 public:
  /// Loads the library of that name from the first folder that holds it, else from where the system looks. Another of
  /// the same SONAME that is loaded already is taken.
  SharedLibrary(std::span<const std::filesystem::path> folders, const std::string& name);

  bool is_loaded() const { return handle_ != nullptr; }
  const std::filesystem::path& path() const { return path_; }  ///< as it was loaded
  const std::string& error() const { return error_; }          ///< the loader's words; empty when loaded

  /// nullptr when it has no such function.
  template <typename Function>
  Function* function(const char* name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  void* symbol(const char* name) const;

  void* handle_ = nullptr;
  std::filesystem::path path_;
  std::string error_;
};

}  // namespace autoaccel::base
