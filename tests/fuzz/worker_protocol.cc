// A worker is another program and may send anything: whatever the bytes, reading them ends in values or in an Error.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "autoaccel/error.h"
#include "quantize/statistics.h"
#include "worker/protocol.h"

namespace {

using namespace autoaccel;

template <typename Read>
void try_reading(const Read& read) {
  try {
    read();
  } catch (const Error& error) {  // refusing is an answer
    if (error.message().empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  try_reading([&] {
    const worker::Request request = worker::request_from(line);
    // What was read can be said again, and means the same.
    const worker::Request again = worker::request_from(worker::line_from(request));
    if (again.id != request.id || again.op != request.op || again.body != request.body) std::abort();
    try_reading([&] { worker::job_from(request.body); });
    try_reading([&] { worker::rules_from(request.body); });
    try_reading([&] { worker::load_from(request.body); });
    try_reading([&] { worker::axes_from(request.body); });
  });
  try_reading([&] {
    const worker::Answer answer = worker::answer_from(line);
    try_reading([&] { worker::loaded_from(answer.body); });
    try_reading([&] { quantize::statistics_from(answer.body, "answer"); });
  });
  return 0;
}
