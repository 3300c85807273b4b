#include "samples/sample_files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/npy.h"
#include "base/text.h"
#include "samples/zip_archive.h"

namespace autoaccel::samples {
namespace {

namespace fs = std::filesystem;

using Arrays = std::vector<SampleArray>;

std::string shown(const fs::path& path) { return base::printable(path.native()); }

void require_size(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  if (!error && bytes > kMaxFileBytes) {
    throw Error(Cause::model,
                shown(path) + " has " + base::human_bytes(bytes) + ", more than the " +
                    base::human_bytes(kMaxFileBytes) + " that samples may have",
                "give fewer or smaller samples");
  }
}

Arrays read_npy_file(const model::Model&, const fs::path& path, const SampleTarget&) {
  require_size(path);
  Arrays arrays;
  arrays.push_back({base::read_npy(path), shown(path)});
  return arrays;
}

/// The name of the array: that of the file without `.npy`, as NumPy writes it.
std::string key_of(const ZipEntry& entry) {
  constexpr std::string_view kEnding = ".npy";
  return entry.name.ends_with(kEnding) ? entry.name.substr(0, entry.name.size() - kEnding.size()) : entry.name;
}

/// The entries that hold samples for the target.
std::vector<const ZipEntry*> matching(const ZipArchive& archive, const fs::path& path, const SampleTarget& target) {
  std::vector<const ZipEntry*> all;
  std::vector<std::string> keys;
  bool names_an_input = false;
  for (const ZipEntry& entry : archive.entries()) {
    if (entry.name.ends_with("/")) continue;
    all.push_back(&entry);
    keys.push_back(key_of(entry));
    if (keys.back() == target.input) return {&entry};
    names_an_input =
        names_an_input || std::find(target.inputs.begin(), target.inputs.end(), keys.back()) != target.inputs.end();
  }
  if (all.empty()) throw Error(Cause::model, shown(path) + " holds no arrays", "write it with numpy.savez");
  if (names_an_input) {
    throw Error(Cause::usage, shown(path) + " has no array named '" + base::printable(target.input) + "'",
                base::suggestion(target.input, keys));
  }
  return all;
}

Arrays read_npz_file(const model::Model&, const fs::path& path, const SampleTarget& target) {
  const ZipArchive archive(path);
  Arrays arrays;
  std::uint64_t left = kMaxFileBytes;
  for (const ZipEntry* entry : matching(archive, path, target)) {
    const std::vector<std::byte> bytes = archive.read(*entry, left);
    left -= bytes.size();
    const std::string place = shown(path) + "[" + base::printable(key_of(*entry)) + "]";
    arrays.push_back({base::read_npy(bytes, place), place});
  }
  return arrays;
}

Arrays read_pb_file(const model::Model& model, const fs::path& path, const SampleTarget&) {
  const auto damaged = [&](const std::string& what) {
    return Error(Cause::model, shown(path) + ": " + what,
                 "write it with onnx.numpy_helper.from_array(…).SerializeToString()");
  };
  require_size(path);
  std::optional<base::MappedFile> file;
  try {
    file.emplace(path);
  } catch (const Error& error) {
    throw Error(Cause::model, error.message(), error.hint());
  }
  onnx::TensorProto proto;
  if (!proto.ParseFromArray(file->bytes().data(), static_cast<int>(file->bytes().size())))
    throw damaged("not an ONNX TensorProto");
  if (proto.data_type() == onnx::TensorProto::UNDEFINED) throw damaged("an ONNX TensorProto without a type");
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) throw damaged("a tensor whose data are in another file");
  Arrays arrays;
  try {
    // Before any memory is taken: a byte of the file is at most eight of the tensor, one small number in int64_data.
    if (model::Model::weight_bytes(proto) / 8 > file->bytes().size())
      throw damaged("its shape needs more data than it has");
    arrays.push_back({model.read_weight(proto), shown(path)});
  } catch (Error& error) {
    error.add_context("reading " + shown(path));
    throw;
  }
  return arrays;
}

struct Format {
  std::string_view ending;
  Arrays (*read)(const model::Model&, const fs::path&, const SampleTarget&);
};
constexpr std::array<Format, 3> kFormats = {{{".npy", read_npy_file}, {".npz", read_npz_file}, {".pb", read_pb_file}}};

const Format* format_of(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto found =
      std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& format) { return format.ending == ending; });
  return found == kFormats.end() ? nullptr : &*found;
}

/// Alphabetical order with numbers by their value: test_data_set_2 stands before test_data_set_10.
bool stands_before(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
      continue;
    }
    const auto number = [&](std::string_view text, std::size_t& at) {
      while (at < text.size() && text[at] == '0') ++at;
      const std::size_t begin = at;
      while (at < text.size() && is_digit(text[at])) ++at;
      return text.substr(begin, at - begin);
    };
    const std::string_view first = number(a, i), second = number(b, j);
    if (first.size() != second.size()) return first.size() < second.size();
    if (first != second) return first < second;
  }
  return a.size() - i < b.size() - j;
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    entries.push_back(it->path());
  if (error) throw Error(Cause::model, "cannot read the folder " + shown(folder) + ": " + error.message());
  std::sort(entries.begin(), entries.end(), [](const fs::path& a, const fs::path& b) {
    return stands_before(a.filename().native(), b.filename().native());
  });
  return entries;
}

std::vector<fs::path> files_in(const fs::path& folder, const SampleTarget& target) {
  const std::string file = "input_" + std::to_string(target.position) + ".pb";
  if (fs::is_regular_file(folder / file)) return {folder / file};
  const std::vector<fs::path> entries = sorted_entries(folder);
  std::vector<fs::path> files;
  for (const fs::path& entry : entries) {
    if (fs::is_directory(entry) && fs::is_regular_file(entry / file)) files.push_back(entry / file);
  }
  if (!files.empty()) return files;
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(files),
               [](const fs::path& entry) { return fs::is_regular_file(entry) && format_of(entry) != nullptr; });
  if (files.empty()) throw Error(Cause::model, shown(folder) + " holds no " + file + " and no .npy, .npz or .pb files");
  return files;
}

}  // namespace

std::vector<SampleArray> read_sample_arrays(const model::Model& model, const fs::path& path,
                                            const SampleTarget& target) {
  if (fs::is_directory(path)) {
    Arrays arrays;
    for (const fs::path& file : files_in(path, target)) {
      Arrays more = format_of(file)->read(model, file, target);
      std::move(more.begin(), more.end(), std::back_inserter(arrays));
    }
    return arrays;
  }
  const Format* format = format_of(path);
  if (format == nullptr) {
    throw Error(Cause::usage, shown(path) + " is not a sample file by its name", "use .npy, .npz or .pb");
  }
  return format->read(model, path, target);
}

}  // namespace autoaccel::samples
