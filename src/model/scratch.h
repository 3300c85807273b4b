#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace autoaccel::model {

/// Bytes that are taken again and again, for one thread at a time. Memory fresh from the system costs more than a
/// conversion that goes through it: each of its pages is filled with zeros first.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  /// The first `bytes` of it, with any content; grows when it has fewer.
  std::span<std::byte> take(std::size_t bytes) {
    if (bytes > size_) {
      bytes_ = std::make_unique_for_overwrite<std::byte[]>(bytes);
      size_ = bytes;
    }
    return {bytes_.get(), bytes};
  }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

/// The buffers of weights that are derived from each other: two for each step of the chain.
class Scratch {
 public:
  std::span<std::byte> source(std::size_t depth, std::size_t bytes) { return at(2 * depth).take(bytes); }
  std::span<std::byte> partial(std::size_t depth, std::size_t bytes) { return at(2 * depth + 1).take(bytes); }

 private:
  Buffer& at(std::size_t index) {
    if (buffers_.size() <= index) buffers_.resize(index + 1);  // moving a Buffer leaves its bytes where they are
    return buffers_[index];
  }
  std::vector<Buffer> buffers_;
};

}  // namespace autoaccel::model
