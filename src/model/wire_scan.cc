#include "model/wire_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "autoaccel/error.h"
#include "base/text.h"
#include "model/wire_format.h"

namespace autoaccel::model {
namespace {

using wire::Message;
using wire::WireType;

constexpr std::size_t kWindowBytes = 256 << 10;
constexpr std::size_t kLengthBytes = 5;  // a length is written at this fixed width, so that it can be filled in later

/// The file from front to back, in windows.
class Reader {
 public:
  explicit Reader(const DataFile& file) : file_(file) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t size() const { return file_.size(); }

  [[noreturn]] void fail(std::uint64_t at, std::string_view what) const {
    throw Error(
        Cause::model,
        fmt::format("{} is not a complete ONNX model: {} at byte {}", base::printable(file_.path().string()), what, at),
        "give a file that was exported as .onnx, or download it again");
  }

  void skip(std::uint64_t bytes) { position_ += bytes; }

  std::uint8_t byte() {
    fill();
    return static_cast<std::uint8_t>(window_[position_++ - start_]);
  }

  std::uint64_t varint(std::uint64_t limit) {
    const std::uint64_t begin = position_;
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (position_ >= limit) fail(begin, "a number is cut off");
      const std::uint8_t next = byte();
      if (shift == 63 && next > 1) break;
      value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if ((next & 0x80) == 0) return value;
    }
    fail(begin, "a number has more than 64 bits");
  }

  void copy(std::uint64_t bytes, std::string& out) {
    while (bytes > 0) {
      fill();
      const std::uint64_t step = std::min<std::uint64_t>(bytes, start_ + window_.size() - position_);
      out.append(reinterpret_cast<const char*>(window_.data() + (position_ - start_)), step);
      position_ += step;
      bytes -= step;
    }
  }

 private:
  void fill() {
    if (position_ >= start_ && position_ < start_ + window_.size()) return;
    start_ = position_;
    window_.resize(std::min<std::uint64_t>(kWindowBytes, file_.size() - start_));
    file_.read(start_, window_);
  }

  const DataFile& file_;
  std::uint64_t position_ = 0;
  std::uint64_t start_ = 0;
  std::vector<std::byte> window_;
};

/// What a tensor has shown of its payload so far.
struct Payload {
  int pieces = 0;  // fields of a kind that can be skipped
  std::optional<ScannedModel::Range> skipped;
};

class Scanner {
 public:
  Scanner(const DataFile& file, std::uint64_t inline_bytes) : reader_(file), inline_bytes_(inline_bytes) {}

  ScannedModel run() {
    walk(Message::model, reader_.size(), 0);
    if (result_.skeleton.size() > std::numeric_limits<std::int32_t>::max()) {
      reader_.fail(0, "more than 2 GB without its weights");
    }
    return std::move(result_);
  }

 private:
  struct Field {
    std::uint64_t begin;
    std::uint32_t number;
    WireType type;
  };

  void walk(Message message, std::uint64_t end, int depth) {
    if (depth > wire::kMaxDepth) reader_.fail(reader_.position(), "messages nested too deep");
    Payload payload;
    while (reader_.position() < end) {
      const Field field = read_tag(end);
      if (field.type == WireType::bytes) {
        walk_bytes(message, field, end, depth, payload);
      } else {
        copy_number(field, end);
      }
    }
    if (!payload.skipped) return;
    if (payload.pieces > 1) reader_.fail(reader_.position(), "a tensor with its data in several pieces ends");
    append_reference(*payload.skipped);
  }

  Field read_tag(std::uint64_t end) {
    const std::uint64_t begin = reader_.position();
    const std::uint64_t tag = reader_.varint(end);
    if (tag > std::numeric_limits<std::uint32_t>::max() || tag >> 3 == 0) reader_.fail(begin, "an impossible field");
    return {begin, static_cast<std::uint32_t>(tag >> 3), static_cast<WireType>(tag & 7)};
  }

  void copy_number(const Field& field, std::uint64_t end) {
    wire::append_tag(result_.skeleton, field.number, field.type);
    if (field.type == WireType::varint) {
      wire::append_varint(result_.skeleton, reader_.varint(end));
      return;
    }
    if (field.type != WireType::fixed32 && field.type != WireType::fixed64) {
      reader_.fail(field.begin, "an impossible field");
    }
    const std::uint64_t bytes = field.type == WireType::fixed32 ? 4 : 8;
    if (end - reader_.position() < bytes) reader_.fail(field.begin, "a number is cut off");
    reader_.copy(bytes, result_.skeleton);
  }

  void walk_bytes(Message message, const Field& field, std::uint64_t end, int depth, Payload& payload) {
    const std::uint64_t length = reader_.varint(end);
    if (length > end - reader_.position()) {
      reader_.fail(field.begin, fmt::format("a field of {} bytes where {} are left", length, end - reader_.position()));
    }
    if (message == Message::tensor && is_payload(field.number)) {
      ++payload.pieces;
      if (length > inline_bytes_) {
        payload.skipped = ScannedModel::Range{reader_.position(), length, field.number};
        reader_.skip(length);
        return;
      }
    }
    wire::append_tag(result_.skeleton, field.number, WireType::bytes);
    const Message child = wire::child_of(message, field.number);
    if (child == Message::other) {
      copy_bytes(message, field, length);
      return;
    }
    const std::size_t place = result_.skeleton.size();
    result_.skeleton.append(kLengthBytes, '\0');
    walk(child, reader_.position() + length, depth + 1);
    fill_in_length(place);
  }

  static bool is_payload(std::uint32_t number) {
    return number == wire::kRawData || number == wire::kFloatData || number == wire::kDoubleData;
  }

  void copy_bytes(Message message, const Field& field, std::uint64_t length) {
    wire::append_varint(result_.skeleton, length);
    const std::size_t begin = result_.skeleton.size();
    reader_.copy(length, result_.skeleton);
    if (message == Message::tensor && field.number == wire::kExternalData &&
        std::string_view(result_.skeleton).substr(begin).find(wire::kReservedPrefix) != std::string_view::npos) {
      reader_.fail(field.begin,
                   fmt::format("an external file whose name starts with the reserved '{}'", wire::kReservedPrefix));
    }
  }

  /// Stands at the end of the tensor, since of a doubled field the last one counts.
  void append_reference(const ScannedModel::Range& range) {
    std::string entry;
    const std::string location = wire::reserved_location(result_.ranges.size());
    wire::append_tag(entry, 1, WireType::bytes);
    wire::append_varint(entry, std::string_view("location").size());
    entry += "location";
    wire::append_tag(entry, 2, WireType::bytes);
    wire::append_varint(entry, location.size());
    entry += location;

    wire::append_tag(result_.skeleton, wire::kExternalData, WireType::bytes);
    wire::append_varint(result_.skeleton, entry.size());
    result_.skeleton += entry;
    wire::append_tag(result_.skeleton, wire::kDataLocation, WireType::varint);
    wire::append_varint(result_.skeleton, 1);  // EXTERNAL
    result_.ranges.push_back(range);
  }

  void fill_in_length(std::size_t place) {
    std::uint64_t length = result_.skeleton.size() - place - kLengthBytes;
    if (length > std::numeric_limits<std::int32_t>::max()) reader_.fail(reader_.position(), "a message of over 2 GB");
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
      const bool last = i + 1 == kLengthBytes;
      result_.skeleton[place + i] = static_cast<char>((length & 0x7f) | (last ? 0 : 0x80));
      length >>= 7;
    }
  }

  Reader reader_;
  std::uint64_t inline_bytes_;
  ScannedModel result_;
};

}  // namespace

ScannedModel scan(const DataFile& file, std::uint64_t inline_bytes) { return Scanner(file, inline_bytes).run(); }

}  // namespace autoaccel::model
