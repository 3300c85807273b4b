#include "base/shared_library.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace autoaccel::base {

namespace fs = std::filesystem;

namespace {

/// Below a site-packages folder; `*` stands for every folder.
constexpr std::array<std::string_view, 4> kInPackages{"onnxruntime/capi", "nvidia/*/lib", "tensorrt_libs",
                                                      "onnxruntime_ep_*"};

std::vector<fs::path> folders_below(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code ignored;  // a folder that cannot be read holds no library for us
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.is_directory(ignored)) found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

/// Adds the folders that match the parts of the pattern from `part` on.
void add_matches(const fs::path& folder, fs::path::const_iterator part, fs::path::const_iterator end,
                 std::vector<fs::path>& found) {
  if (part == end) {
    if (fs::is_directory(folder)) found.push_back(folder);
    return;
  }
  const std::string name = part->string();
  ++part;
  if (!name.ends_with('*')) return add_matches(folder / name, part, end, found);
  for (const fs::path& below : folders_below(folder))
    if (below.filename().string().starts_with(name.substr(0, name.size() - 1))) add_matches(below, part, end, found);
}

/// `1.10.0` comes after `1.9`.
bool is_older(const fs::path& a, const fs::path& b) {
  return ::strverscmp(a.filename().c_str(), b.filename().c_str()) < 0;
}

std::optional<fs::path> newest_version(const fs::path& folder, std::string_view name) {
  std::optional<fs::path> newest;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (!entry.path().filename().string().starts_with(std::string(name) + ".")) continue;
    if (!newest || is_older(*newest, entry.path())) newest = entry.path();
  }
  return newest;
}

}  // namespace

std::vector<fs::path> library_folders(std::string_view list) {
  std::vector<fs::path> folders;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(':'), list.size());
    const fs::path folder(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (folder.empty() || !fs::is_directory(folder)) continue;
    folders.push_back(folder);
    for (const std::string_view pattern : kInPackages) {
      const fs::path parts(pattern);
      add_matches(folder, parts.begin(), parts.end(), folders);
    }
  }
  return folders;
}

std::optional<fs::path> find_library(std::span<const fs::path> folders, std::string_view name) {
  for (const fs::path& folder : folders) {
    if (fs::exists(folder / name)) return folder / name;
    if (auto versioned = newest_version(folder, name)) return versioned;
  }
  return std::nullopt;
}

SharedLibrary::SharedLibrary(std::span<const fs::path> folders, const std::string& name) {
  const auto found = find_library(folders, name);
  path_ = found.value_or(fs::path(name));
  // Global, because a provider's library finds what it needs by SONAME among what is loaded.
  handle_ = ::dlopen(path_.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle_ == nullptr) {
    const char* words = ::dlerror();
    error_ = words == nullptr ? "the loader gave no reason" : words;
    return;
  }
  link_map* map = nullptr;
  if (::dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 && map->l_name != nullptr && *map->l_name != '\0')
    path_ = map->l_name;
}

void* SharedLibrary::symbol(const char* name) const { return handle_ ? ::dlsym(handle_, name) : nullptr; }

}  // namespace autoaccel::base
