#include "runtime/onnxruntime/library.h"

#include <onnxruntime_cxx_api.h>

#include <cstdlib>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/shared_library.h"
#include "base/text.h"

namespace autoaccel::runtime::onnxruntime {

namespace fs = std::filesystem;

namespace {

constexpr const char* kHowToGet =
    "run tools/setup, or name the folder of another one: AUTOACCEL_LIBRARIES=<folder, or a site-packages folder>";

Library load() {
  const std::vector<fs::path> folders = search_folders();
  // Where the system looks, the name without a version is there for those only who build with it.
  const bool is_in_folders = base::find_library(folders, "libonnxruntime.so").has_value();
  const base::SharedLibrary library(folders, is_in_folders ? "libonnxruntime.so" : "libonnxruntime.so.1");
  if (!library.is_loaded())
    throw Error(Cause::environment, "libonnxruntime.so does not load: " + base::printable(library.error(), 300),
                kHowToGet);
  using GetApiBase = const OrtApiBase*();
  const auto get_base = library.function<GetApiBase>("OrtGetApiBase");
  if (get_base == nullptr)
    throw Error(Cause::environment, library.path().string() + " is no ONNX Runtime: it has no OrtGetApiBase",
                kHowToGet);
  const OrtApiBase* base = get_base();
  const OrtApi* api = base->GetApi(ORT_API_VERSION);
  if (api == nullptr)
    throw Error(Cause::environment,
                library.path().string() + ", version " + base->GetVersionString() +
                    ", is older than the headers this worker was built with",
                kHowToGet);
  Ort::InitApi(api);
  return {base->GetVersionString(), library.path()};
}

}  // namespace

std::vector<fs::path> search_folders() {
  const char* named = std::getenv("AUTOACCEL_LIBRARIES");
  std::string list = named == nullptr ? "" : std::string(named) + ":";
  list += (base::executable_folder().parent_path() / "lib/autoaccel/onnxruntime").string() + ":";
  list += AUTOACCEL_ONNXRUNTIME_FOLDERS;
  return base::library_folders(list);
}

const Library& load_library() {
  static const Library library = load();
  return library;
}

}  // namespace autoaccel::runtime::onnxruntime
