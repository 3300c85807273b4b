#include "base/npy.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>

#include "autoaccel/error.h"
#include "base/files.h"
#include "base/text.h"

namespace autoaccel::base {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
/// NumPy itself refuses to evaluate headers above 10,000 bytes; one of ours has at most a few hundred.
constexpr std::size_t kMaxHeader = 64u << 10;
constexpr std::size_t kMaxRank = 64;  // NumPy 2's own limit

struct DescrRow {
  std::string_view code;  ///< kind and bytes
  ElementType type;
};

constexpr DescrRow kDescrs[] = {
    {"b1", ElementType::boolean}, {"i1", ElementType::int8},      {"i2", ElementType::int16},
    {"i4", ElementType::int32},   {"i8", ElementType::int64},     {"u1", ElementType::uint8},
    {"u2", ElementType::uint16},  {"u4", ElementType::uint32},    {"u8", ElementType::uint64},
    {"f2", ElementType::float16}, {"f4", ElementType::float32},   {"f8", ElementType::float64},
    {"c8", ElementType::complex64}, {"c16", ElementType::complex128},
    {"V2", ElementType::bfloat16},
};

struct Header {
  ElementType type = ElementType::undefined;
  bool is_big_endian = false;
  bool is_fortran = false;
  Shape shape;
};

/// Reads the header, a Python dictionary literal: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Header read() {
    std::optional<std::string> descr;
    std::optional<bool> is_fortran;
    std::optional<Shape> shape;
    expect('{');
    while (!take('}')) {
      const std::string key = quoted_text();
      expect(':');
      if (key == "descr" && !descr) descr = descr_text();
      else if (key == "fortran_order" && !is_fortran) is_fortran = boolean();
      else if (key == "shape" && !shape) shape = tuple();
      else fail("unexpected key '" + printable(key) + "'");
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) fail("text after the dictionary");
    if (!descr || !is_fortran || !shape) fail("'descr', 'fortran_order' or 'shape' is missing");
    Header header = header_from(*descr);
    header.is_fortran = *is_fortran;
    header.shape = std::move(*shape);
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(Cause::model, name_ + ": damaged NumPy header: " + what + " at character " + std::to_string(at_));
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(std::string("'") + c + "' expected");
  }

  std::string quoted_text() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail("a quoted name expected");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a quote that is not closed");
    const std::string text(text_.substr(at_ + 1, end - at_ - 1));
    if (text.find('\\') != std::string::npos) fail("an escape in a quoted name");
    at_ = end + 1;
    return text;
  }

  std::string descr_text() {
    skip_space();
    if (at_ < text_.size() && (text_[at_] == '[' || text_[at_] == '(' || text_[at_] == '{')) {
      throw Error(Cause::unsupported, name_ + ": structured NumPy arrays are not supported", "save one array per field");
    }
    return quoted_text();
  }

  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    }
    fail("True or False expected");
  }

  std::int64_t number() {
    skip_space();
    std::int64_t value = 0;
    const std::size_t begin = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      if (__builtin_mul_overflow(value, std::int64_t{10}, &value) ||
          __builtin_add_overflow(value, std::int64_t{text_[at_] - '0'}, &value)) {
        fail("an axis beyond 2^63 - 1");
      }
    }
    if (at_ == begin) fail("a number expected");
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // as Python 2 wrote long integers
    return value;
  }

  Shape tuple() {
    Shape shape;
    expect('(');
    while (!take(')')) {
      if (shape.size() == kMaxRank) fail("more than " + std::to_string(kMaxRank) + " axes");
      shape.push_back(number());
      if (take(',')) continue;
      if (shape.size() == 1) fail("',' expected, as in (3,)");  // (3) is no tuple
      expect(')');
      break;
    }
    return shape;
  }

  Header header_from(const std::string& descr) const {
    const std::string shown = "'" + printable(descr) + "'";
    if (descr.size() >= 2 && (descr[1] == 'O' || descr[0] == 'O')) {
      throw Error(Cause::unsupported, name_ + ": it holds Python objects (dtype " + shown + "), which are never unpickled",
                  "save it with a numeric dtype, e.g. array.astype('float32')");
    }
    const std::string_view order = "<>|=";
    const bool has_order = !descr.empty() && order.find(descr[0]) != std::string_view::npos;
    const std::string_view code = has_order ? std::string_view(descr).substr(1) : std::string_view();
    for (const DescrRow& row : kDescrs) {
      if (row.code != code) continue;
      return {row.type, descr[0] == '>', false, {}};
    }
    throw Error(Cause::unsupported, name_ + ": NumPy dtype " + shown + " is not supported",
                "save it as float32, float16, float64, bool or an integer type");
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

/// Reverses the bytes of every number; a complex element is two of them.
void swap_bytes(std::span<std::byte> bytes, ElementType type) {
  const bool is_complex = type == ElementType::complex64 || type == ElementType::complex128;
  const auto width = static_cast<std::size_t>(bits_per_element(type)) / 8 / (is_complex ? 2 : 1);
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    std::reverse(bytes.data() + at, bytes.data() + at + width);
  }
}

/// Column-major elements → row-major: walks the result in order and keeps the place in the source by its strides.
void copy_from_fortran(std::span<const std::byte> from, Tensor& to) {
  const Shape& shape = to.shape();
  const auto width = static_cast<std::size_t>(bits_per_element(to.type())) / 8;
  std::vector<std::size_t> stride(shape.size());
  std::size_t step = width;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    stride[axis] = step;
    step *= static_cast<std::size_t>(shape[axis]);
  }
  std::vector<std::int64_t> index(shape.size(), 0);
  std::byte* target = to.bytes().data();
  std::size_t offset = 0;
  for (std::int64_t i = 0; i < to.size(); ++i, target += width) {
    std::memcpy(target, from.data() + offset, width);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      offset += stride[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= stride[axis] * static_cast<std::size_t>(shape[axis]);
      index[axis] = 0;
    }
  }
}

struct Parsed {
  Header header;
  std::span<const std::byte> data;
};

Parsed parse(std::span<const std::byte> bytes, const std::string& name) {
  const auto text = [](std::span<const std::byte> b) {
    return std::string_view(reinterpret_cast<const char*>(b.data()), b.size());
  };
  if (!text(bytes).starts_with(kMagic)) throw Error(Cause::model, name + ": not a NumPy file: its first bytes are not \\x93NUMPY");
  const auto truncated = [&] { return Error(Cause::model, name + ": truncated NumPy header"); };
  if (bytes.size() < 10) throw truncated();
  const int major = std::to_integer<int>(bytes[6]);
  const int minor = std::to_integer<int>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0) {
    throw Error(Cause::unsupported,
                name + ": NumPy format version " + std::to_string(major) + "." + std::to_string(minor) + " is not supported");
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t begin = 8 + length_bytes;
  if (bytes.size() < begin) throw truncated();
  const std::uint64_t length = little_endian(bytes.subspan(8, length_bytes));
  if (length > kMaxHeader) throw Error(Cause::model, name + ": damaged NumPy header: its length is " + human_bytes(length));
  if (length > bytes.size() - begin) throw truncated();
  return {HeaderReader(text(bytes.subspan(begin, length)), name).read(), bytes.subspan(begin + length)};
}

std::string descr_of(ElementType type) {
  for (const DescrRow& row : kDescrs) {
    if (row.type != type) continue;
    return (bits_per_element(type) == 8 ? "|" : "<") + std::string(row.code);
  }
  throw Error(Cause::unsupported, "NumPy files cannot hold " + to_text(type));
}

std::string shape_text(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace

Tensor read_npy(std::span<const std::byte> bytes, const std::string& name) {
  const auto [header, data] = parse(bytes, name);
  std::size_t expected = 0;
  try {
    expected = byte_count(header.type, header.shape);
  } catch (const Error& error) {
    throw Error(error.cause(), name + ": " + error.message());
  }
  // Before any memory is taken: a header that lies about the size costs nothing.
  if (expected != data.size()) {
    throw Error(Cause::model, name + ": shape " + to_text(header.shape) + " of " + to_text(header.type) + " needs " +
                                  std::to_string(expected) + " bytes, the file has " + std::to_string(data.size()));
  }
  Tensor tensor(header.type, header.shape);
  if (header.is_fortran && header.shape.size() > 1) copy_from_fortran(data, tensor);
  else std::copy(data.begin(), data.end(), tensor.bytes().begin());
  if (header.is_big_endian != (std::endian::native == std::endian::big)) swap_bytes(tensor.bytes(), header.type);
  if (header.type == ElementType::boolean) {  // any other byte would not be a bool to C++
    for (std::byte& value : tensor.bytes()) value = value == std::byte{0} ? std::byte{0} : std::byte{1};
  }
  return tensor;
}

Tensor read_npy(const std::filesystem::path& path) {
  const std::string name = printable(path.native(), std::string_view::npos);
  std::optional<MappedFile> file;
  try {
    file.emplace(path);
  } catch (const Error& error) {
    throw Error(Cause::model, error.message(), error.hint());
  }
  return read_npy(file->bytes(), name);
}

void write_npy(const std::filesystem::path& path, const Tensor& tensor) {
  static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");
  std::string header = "{'descr': '" + descr_of(tensor.type()) + "', 'fortran_order': False, 'shape': " +
                       shape_text(tensor.shape()) + ", }";
  constexpr std::size_t kAlign = 64, kBefore = 10;  // data starts at a multiple of 64; magic, version and length come first
  header.append(kAlign - 1 - (kBefore + header.size()) % kAlign, ' ');
  header += '\n';

  const std::string front = std::string(kMagic) + std::string{'\x01', '\x00', static_cast<char>(header.size() & 0xFF),
                                                             static_cast<char>(header.size() >> 8)} + header;
  const auto data = std::string_view(reinterpret_cast<const char*>(tensor.bytes().data()), tensor.bytes().size());
  const std::string_view parts[] = {front, data};
  write_file(path, parts);
}

}  // namespace autoaccel::base
