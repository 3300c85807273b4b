#include "worker/server.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "base/child_process.h"
#include "base/clock.h"
#include "base/file_descriptor.h"
#include "base/host.h"
#include "base/process_tree.h"
#include "base/shared_library.h"
#include "measure/gpu.h"
#include "measure/measure.h"
#include "worker/conditions.h"
#include "worker/protocol.h"
#include "worker/tensor_files.h"
#include "worker/watch.h"

namespace autoaccel::worker {
namespace {

/// Seconds of the call alone.
template <typename Call>
double seconds_of(const Call& call) {
  const base::MonotonicClock clock;
  const double start = clock.now();
  call();
  return clock.now() - start;
}

/// Of the GPU that a session runs on; nullptr on the CPU, and where nothing can be read.
std::unique_ptr<measure::GpuMonitor> monitor_of(const Device& device) {
  if (device.is_cpu()) return nullptr;
  const char* named = std::getenv("AUTOACCEL_LIBRARIES");
  const auto folders = base::library_folders(named == nullptr ? "" : named);
  const measure::GpuList list = measure::list_gpus(folders);
  const auto number = static_cast<std::size_t>(*device.gpu);
  return number < list.gpus.size() ? measure::GpuMonitor::open(folders, list.gpus[number].pci_bus_id) : nullptr;
}

/// The runtime and what is loaded in it, as the requests see them.
class Desk {
 public:
  Desk(runtime::Runtime& runtime, const std::string& sandbox) : runtime_(runtime), sandbox_(sandbox) {}

  Json probe(const Json&) {
    RuntimeInfo info = runtime_.probe();
    info.sandbox = sandbox_;
    return {{"runtime", base::to_json(info)}};
  }

  Json convert(const Json& body) {
    Json files = Json::array();
    for (const auto& file : runtime_.convert(job_from(member<Json>(body, "job")))) files.push_back(file.string());
    return {{"files", std::move(files)}};
  }

  Json load(const Json& body) {
    const runtime::Job job = job_from(member<Json>(body, "job"));
    session_.reset();
    gpu_ = monitor_of(job.device);
    const double seconds = seconds_of([&] { session_ = runtime_.load(job); });
    return json_from({.load_seconds = seconds,
                      .requests = session_->requests(),
                      .inputs = session_->inputs(),
                      .outputs = session_->outputs()});
  }

  Json bind(const Json& body) {
    const auto names = member<std::vector<std::string>>(body, "names");
    std::vector<TensorSet> samples;
    for (const auto& folder : member<std::vector<std::string>>(body, "folders"))
      samples.push_back(read_output_set(folder, names));
    const int count = static_cast<int>(samples.size());
    samples_ = 0;  // a bind that fails leaves no pool that anybody can rely on
    session().bind(std::move(samples));
    samples_ = count;
    return Json::object();
  }

  Json run(const Json& body) {
    const int request = number_below(body, "request", session().requests());
    const int sample = number_below(body, "sample", samples_);
    const double seconds = seconds_of([&] { session_->run(request, sample); });
    const TensorSet outputs = session_->fetch(request);
    write_sample_set(member<std::string>(body, "folder"), outputs);
    Json names = Json::array();
    for (const NamedTensor& output : outputs) names.push_back(output.name);
    return {{"names", std::move(names)}, {"seconds", seconds}};
  }

  Json watch(const Json& body) {
    const auto names = member<std::vector<std::string>>(body, "names");
    Watch watch(session(), axes_from(member<Json>(body, "axes")));
    samples_ = 0;  // the pool gives way
    for (const auto& folder : member<std::vector<std::string>>(body, "folders")) {
      std::vector<TensorSet> sample;
      sample.push_back(read_output_set(folder, names));
      session_->bind(std::move(sample));
      session_->run(0, 0);
      watch.look();
    }
    return {{"statistics", quantize::to_json(watch.statistics())}};
  }

  Json measure(const Json& body) {
    const measure::Rules rules = rules_from(member<Json>(body, "rules"));
    const measure::Load load = load_from(member<Json>(body, "load"));
    runtime::Session& session = this->session();
    if (load.samples < 1 || load.samples > samples_ || load.requests_in_flight < 1 ||
        load.requests_in_flight > session.requests())
      throw Error(Cause::defect, "measure asks for more samples or requests than there are");
    const measure::RunOnce run = [&session](int request, int sample) { session.run(request, sample); };
    const Host host = base::read_host();
    const auto load_average = base::load_average();
    const std::optional<GpuConditions> gpu_before = gpu_ ? std::optional(gpu_->read()) : std::nullopt;
    const Usage before = usage_now();
    Measurement measurement = measure::measure(rules, load, run, base::MonotonicClock());
    measurement.conditions = conditions_between(before, usage_now(), host.processors_online);
    if (gpu_before) measurement.conditions.gpu = measure::worse_of(*gpu_before, gpu_->read());
    measurement.conditions.load_average_before = load_average;
    measurement.conditions.governor = host.governor;
    return {{"measurement", base::to_json(measurement)}};
  }

  Json placement(const Json&) { return {{"placement", base::to_json(session().placement())}}; }

  Json memory(const Json&) {
    const auto bytes = base::peak_resident_bytes();
    return {{"peak_bytes", bytes ? Json(*bytes) : Json()}};
  }

  Json quit(const Json&) {
    is_open_ = false;
    return Json::object();
  }

  bool is_open() const { return is_open_; }

 private:
  runtime::Session& session() {
    if (!session_) throw Error(Cause::defect, "nothing is loaded; send load first");
    return *session_;
  }

  static int number_below(const Json& body, const char* name, int end) {
    const int number = member<int>(body, name);
    if (number < 0 || number >= end)
      throw Error(Cause::defect,
                  std::string(name) + " " + std::to_string(number) + " is not below " + std::to_string(end));
    return number;
  }

  runtime::Runtime& runtime_;
  const std::string& sandbox_;
  std::unique_ptr<measure::GpuMonitor> gpu_;
  std::unique_ptr<runtime::Session> session_;
  int samples_ = 0;
  bool is_open_ = true;
};

struct Handler {
  Op op;
  Json (Desk::*handle)(const Json&);
};
constexpr std::array<Handler, 10> kHandlers{{{Op::probe, &Desk::probe},
                                             {Op::convert, &Desk::convert},
                                             {Op::load, &Desk::load},
                                             {Op::bind, &Desk::bind},
                                             {Op::run, &Desk::run},
                                             {Op::watch, &Desk::watch},
                                             {Op::measure, &Desk::measure},
                                             {Op::placement, &Desk::placement},
                                             {Op::memory, &Desk::memory},
                                             {Op::quit, &Desk::quit}}};

/// The edge of a variant on the child's side: whatever goes wrong becomes an answer.
Answer answer_to(const std::string& line, Desk& desk) {
  Answer answer;
  try {
    const Request request = request_from(line);
    answer.id = request.id;
    for (const Handler& handler : kHandlers) {
      if (handler.op == request.op) answer.body = (desk.*handler.handle)(request.body);
    }
  } catch (const Error& error) {
    answer.error = error;
  } catch (const std::bad_alloc&) {
    answer.error = Error(Cause::environment, "out of memory", "free memory, or use smaller shapes");
  } catch (const std::exception& error) {
    answer.error = Error(Cause::defect, error.what());
  }
  return answer;
}

/// Lines of a descriptor.
class LineReader {
 public:
  explicit LineReader(base::FileDescriptor from) : from_(std::move(from)) {}

  /// False at the end of input, and after a line above the protocol's limit.
  bool next(std::string& line) {
    for (;;) {
      const std::size_t end = pending_.find('\n', scanned_);
      if (end != std::string::npos) {
        line.assign(pending_, 0, end);
        pending_.erase(0, end + 1);
        scanned_ = 0;
        return true;
      }
      scanned_ = pending_.size();
      std::array<char, 1 << 16> buffer;
      const ssize_t n = ::read(from_.get(), buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0 || pending_.size() > base::ChildProcess::kMaxLine) return false;
      pending_.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }

 private:
  base::FileDescriptor from_;
  std::string pending_;
  std::size_t scanned_ = 0;
};

/// Stdin for ourselves alone: what the runtime starts, or reads by mistake, gets /dev/null.
base::FileDescriptor take_stdin() {
  base::FileDescriptor requests(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, kAnswerDescriptor + 1));
  const base::FileDescriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (nothing.get() >= 0) ::dup2(nothing.get(), STDIN_FILENO);
  return requests;
}

/// False when the parent is gone.
bool send(std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t n = ::write(kAnswerDescriptor, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

int serve(runtime::Runtime& runtime, const std::string& sandbox) {
  if (::fcntl(kAnswerDescriptor, F_SETFD, FD_CLOEXEC) != 0) {
    std::fputs("error: a worker is started by autoaccel, which reads its answers from file descriptor 3\n", stderr);
    return 2;
  }
  LineReader requests(take_stdin());
  Desk desk(runtime, sandbox);
  for (std::string line; desk.is_open() && requests.next(line);) {
    if (!send(line_from(answer_to(line, desk)))) return 1;
  }
  return 0;
}

}  // namespace autoaccel::worker
