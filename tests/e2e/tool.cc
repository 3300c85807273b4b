#include "e2e/tool.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace autoaccel::e2e {

namespace fs = std::filesystem;

namespace {

constexpr const char* kOut = ".stdout";
constexpr const char* kErr = ".stderr";

[[noreturn]] void execute(const fs::path& folder, const std::vector<std::string>& arguments) {
  const std::string tool = std::string(AUTOACCEL_BIN_DIR) + "/autoaccel";
  std::vector<char*> argv{const_cast<char*>("autoaccel")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int out = open((folder / kOut).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int err = open((folder / kErr).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int in = open("/dev/null", O_RDONLY);
  if (chdir(folder.c_str()) != 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(126);
  execv(tool.c_str(), argv.data());
  _exit(127);
}

/// State and parent of a process, from /proc/<pid>/stat; nullopt when it is gone.
struct ProcessState {
  char state = 0;
  pid_t parent = 0;
};
std::optional<ProcessState> state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  // The name, in parentheses, may hold anything.
  std::istringstream rest(text.substr(text.rfind(')') + 1));
  ProcessState state;
  rest >> state.state >> state.parent;
  return state;
}

}  // namespace

Tool::Tool(const fs::path& folder, const std::vector<std::string>& arguments) : folder_(folder) {
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) execute(folder, arguments);
}

Tool::~Tool() {
  if (status_) return;
  send(SIGKILL);
  reap(0);
}

void Tool::send(int signal_number) const { ::kill(pid_, signal_number); }

std::string Tool::err() const { return fs::exists(folder_ / kErr) ? base::read_file(folder_ / kErr) : std::string(); }

std::optional<pid_t> Tool::worker() const {
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t pid = std::stoi(name);
    const auto state = state_of(pid);
    if (!state || state->parent != pid_ || state->state == 'Z') continue;
    // Between fork and exec it still is a copy of the parent.
    std::error_code gone;
    const fs::path program = fs::read_symlink(entry.path() / "exe", gone);
    if (!gone && program.filename().string().starts_with("autoaccel-worker-")) return pid;
  }
  return std::nullopt;
}

bool Tool::reap(int flags) {
  int status = 0;
  if (waitpid(pid_, &status, flags) != pid_) return false;
  status_ = status;
  return true;
}

Ended Tool::wait(double seconds) {
  const auto has_ended = [this] { return status_ || reap(WNOHANG); };
  try {
    wait_until("autoaccel ends", has_ended, seconds);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string(error.what()) + "; it has said:\n" + err());
  }
  Ended ended{.code = {}, .signal = {}, .out = base::read_file(folder_ / kOut), .err = err()};
  if (WIFEXITED(*status_)) ended.code = WEXITSTATUS(*status_);
  if (WIFSIGNALED(*status_)) ended.signal = WTERMSIG(*status_);
  return ended;
}

void wait_until(const std::string& what, const std::function<bool()>& condition, double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("waited in vain until " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

bool is_alive(pid_t pid) {
  const auto state = state_of(pid);
  return state && state->state != 'Z' && state->state != 'X';
}

bool has_runtime(const std::string& runtime) {
  return ("," + std::string(AUTOACCEL_TEST_RUNTIMES) + ",").find("," + runtime + ",") != std::string::npos;
}

void EndToEnd::write(const std::string& name, const std::string& text) const {
  fs::create_directories(at(name).parent_path());
  std::ofstream(at(name), std::ios::binary) << text;
}

Ended EndToEnd::run(const std::vector<std::string>& arguments) const { return Tool(folder_.path(), arguments).wait(); }

base::Json EndToEnd::json_from(const std::vector<std::string>& arguments) const {
  const Ended ended = run(arguments);
  const base::Json json = base::Json::parse(ended.out, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << "stdout is no JSON:\n" << ended.out << "\nstderr:\n" << ended.err;
  return json;
}

base::Json EndToEnd::json_file(const std::string& name) const { return base::Json::parse(base::read_file(at(name))); }

void WithRuntimes::SetUp() {
  if (!has_runtime("onnxruntime") || !has_runtime("openvino")) GTEST_SKIP() << "this build has not both runtimes";
  if (!fs::exists(model("magika"))) GTEST_SKIP() << "no " << model("magika") << "; tools/setup fetches it";
}

std::string WithRuntimes::model(const std::string& name) { return std::string(AUTOACCEL_MODELS_DIR) + "/" + name + ".onnx"; }

const base::Json& record_of(const base::Json& run, const std::string& id) {
  for (const base::Json& record : run.at("records"))
    if (record.at("id") == id) return record;
  throw std::out_of_range("no record " + id);
}

}  // namespace autoaccel::e2e
