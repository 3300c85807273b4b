#include "progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace autoaccel::cli {

namespace {

/// Columns of the terminal behind a descriptor; 120 when it is none.
int columns_of(int fd) {
  winsize size = {};
  constexpr int kDefault = 120;
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kDefault;
}

/// `ok  4.51 ms  2.81 ×  27.8 dB`, or the outcome with its reason.
std::string result_of(const Record& record, double original_throughput) {
  std::string text = to_text(record.outcome);
  if (record.measurement) {
    const Measurement& m = *record.measurement;
    if (m.latency_seconds.median)
      text += "  " + base::human_seconds(*m.latency_seconds.median);
    else if (m.latency_seconds.mean)
      text += "  " + base::human_seconds(*m.latency_seconds.mean);
    if (original_throughput > 0) text += fmt::format("  {:.2f} ×", m.throughput_per_second / original_throughput);
  }
  if (record.agreement) text += fmt::format("  {:.1f} dB", record.agreement->sqnr_db);
  if (!record.reason.empty()) text += "  " + base::printable(record.reason);
  return text;
}

class Progress : public pipeline::Observer {
 public:
  void planned(int forms, std::uint64_t points, int already_done, int skipped) override {
    std::string line = fmt::format("{} conversions to try", forms);
    if (points > static_cast<std::uint64_t>(forms)) line += fmt::format(", {} variants with all settings", points);
    if (already_done > 0) line += fmt::format("; {} already done", already_done);
    if (skipped > 0) line += fmt::format("; {} skipped with a reason", skipped);
    print_line(line);
  }
  void started(const Variant& variant, int index, int total) override {
    variant_ = variant.id();
    index_ = index;
    total_ = total;
    stage("starting");
  }
  void finished(const Record& record, int index, int total) override {
    // A single trial, or one after an interrupt, has no original of its own to be compared with here.
    if (index == 0 && total != 1 && record.measurement)
      original_throughput_ = record.measurement->throughput_per_second;
    print_line(fmt::format("[{}] {}  {}", position(index + 1, total), record.variant.id(),
                           result_of(record, original_throughput_)));
  }
  void note(const std::string& line) override { print_line(base::printable(line, 2000)); }

 protected:
  virtual void print_line(const std::string& line) = 0;

  /// `3/17` while conversions are tried, `24` afterwards: nobody knows how many settings will be worth a trial.
  static std::string position(int index, int total) {
    return total > 0 ? fmt::format("{}/{}", index, total) : fmt::format("{}", index);
  }

  std::string variant_;
  int index_ = 0;
  int total_ = 0;

 private:
  double original_throughput_ = 0;
};

class Lines final : public Progress {
 public:
  void stage(const std::string&) override {}

 protected:
  void print_line(const std::string& line) override {
    std::fprintf(stderr, "%s\n", line.c_str());
    std::fflush(stderr);
  }
};

class Bar final : public Progress {
 public:
  ~Bar() override { clear(); }
  void stage(const std::string& what) override {
    constexpr int kCells = 10;
    const int filled = total_ > 0 ? kCells * index_ / total_ : kCells;
    std::string bar;
    for (int i = 0; i < kCells; ++i) bar += i < filled ? "█" : "░";
    clear();
    const std::string line = fmt::format("{} {}  {}  {}", bar, position(index_ + 1, total_), variant_, what);
    // A line that wraps could not be cleared; the last column stays free because some terminals wrap behind it.
    std::fputs(base::printable(line, static_cast<std::size_t>(std::max(columns_of(STDERR_FILENO) - 1, 1))).c_str(),
               stderr);
    std::fflush(stderr);
    drawn_ = true;
  }

 protected:
  void print_line(const std::string& line) override {
    clear();
    std::fprintf(stderr, "%s\n", line.c_str());
    std::fflush(stderr);
  }

 private:
  void clear() {
    if (drawn_) std::fputs("\r\033[K", stderr);
    drawn_ = false;
  }
  bool drawn_ = false;
};

}  // namespace

std::unique_ptr<pipeline::Observer> make_progress() {
  if (isatty(STDERR_FILENO)) return std::make_unique<Bar>();
  return std::make_unique<Lines>();
}

int terminal_width() { return columns_of(STDOUT_FILENO); }

bool use_color() { return isatty(STDOUT_FILENO) && std::getenv("NO_COLOR") == nullptr; }

}  // namespace autoaccel::cli
