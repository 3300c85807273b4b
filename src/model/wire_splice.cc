#include "model/wire_splice.h"

#include <string_view>
#include <utility>

#include "autoaccel/error.h"
#include "model/tensor_data.h"
#include "model/weight_store.h"
#include "model/wire_format.h"

namespace autoaccel::model {
namespace {

using wire::Message;
using wire::WireType;

[[noreturn]] void throw_malformed() { throw Error(Cause::defect, "a model that was just serialized cannot be read"); }

std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 70 && !bytes.empty(); shift += 7) {
    const auto next = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
    if ((next & 0x80) == 0) return value;
  }
  throw_malformed();
}

std::string_view take(std::string_view& bytes, std::uint64_t count) {
  if (count > bytes.size()) throw_malformed();
  const std::string_view taken = bytes.substr(0, count);
  bytes.remove_prefix(count);
  return taken;
}

void append(SplicedModel& model, std::string_view bytes) {
  if (bytes.empty()) return;
  if (model.pieces.empty() || !std::holds_alternative<std::string>(model.pieces.back())) {
    model.pieces.emplace_back(std::string());
  }
  std::get<std::string>(model.pieces.back()).append(bytes);
  model.size += bytes.size();
}

void append(SplicedModel& model, SplicedModel part) {
  for (auto& piece : part.pieces) {
    if (auto* bytes = std::get_if<std::string>(&piece)) {
      append(model, *bytes);
    } else {
      model.size += std::get<SplicedModel::Weight>(piece).length;
      model.pieces.push_back(std::move(piece));
    }
  }
}

class Splicer {
 public:
  explicit Splicer(const std::function<std::uint64_t(const onnx::TensorProto&)>& length_of) : length_of_(length_of) {}

  SplicedModel walk(Message message, std::string_view bytes) const {
    SplicedModel result;
    while (!bytes.empty()) {
      const std::string_view before = bytes;
      const std::uint64_t tag = take_varint(bytes);
      const auto type = static_cast<WireType>(tag & 7);
      if (type != WireType::bytes) {
        skip_number(type, bytes);
        append(result, before.substr(0, before.size() - bytes.size()));
        continue;
      }
      const Message child = wire::child_of(message, static_cast<std::uint32_t>(tag >> 3));
      const std::string_view payload = take(bytes, take_varint(bytes));
      if (child == Message::other) {
        append(result, before.substr(0, before.size() - bytes.size()));
        continue;
      }
      SplicedModel part = child == Message::tensor ? tensor(payload) : walk(child, payload);
      std::string head;
      wire::append_varint(head, tag);
      wire::append_varint(head, part.size);
      append(result, head);
      append(result, std::move(part));
    }
    return result;
  }

 private:
  static void skip_number(WireType type, std::string_view& bytes) {
    if (type == WireType::varint) {
      take_varint(bytes);
    } else if (type == WireType::fixed32 || type == WireType::fixed64) {
      take(bytes, type == WireType::fixed32 ? 4 : 8);
    } else {
      throw_malformed();
    }
  }

  SplicedModel tensor(std::string_view payload) const {
    SplicedModel result;
    onnx::TensorProto proto;
    // A reference is short; what is longer holds its own data.
    constexpr std::size_t kLongestReference = 1 << 16;
    const bool maybe =
        payload.size() <= kLongestReference && proto.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
    if (!maybe || !WeightStore::is_reference(proto)) {
      append(result, payload);
      return result;
    }
    const std::uint64_t length = length_of_(proto);
    onnx::TensorProto head = proto;
    clear_data(head);
    std::string bytes = head.SerializeAsString();
    wire::append_tag(bytes, wire::kRawData, WireType::bytes);
    wire::append_varint(bytes, length);
    append(result, bytes);
    result.pieces.emplace_back(SplicedModel::Weight{std::move(proto), length});
    result.size += length;
    return result;
  }

  const std::function<std::uint64_t(const onnx::TensorProto&)>& length_of_;
};

}  // namespace

SplicedModel splice(const std::string& skeleton,
                    const std::function<std::uint64_t(const onnx::TensorProto&)>& length_of) {
  return Splicer(length_of).walk(Message::model, skeleton);
}

}  // namespace autoaccel::model
