#include "crashtest/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

namespace ebb::crashtest {
namespace {

constexpr Duration kLook = milliseconds(2);
constexpr mode_t kMode = 0600;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

/// Nothing of the caller's environment that could name a wallet.
std::vector<std::string> environment_of(const Process::Start& start) {
  std::vector<std::string> all;
  for (const char* name : {"PATH", "HOME", "TMPDIR"}) {
    if (const char* value = std::getenv(name)) all.push_back(fmt::format("{}={}", name, value));
  }
  all.insert(all.end(), start.environment.begin(), start.environment.end());
  return all;
}

}  // namespace

Timestamp wall_now() {
  return Timestamp(std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

void sleep_for(Duration span) { std::this_thread::sleep_for(std::chrono::nanoseconds(span.raw())); }

Expected<Process> Process::start(const Start& start) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, start.out.c_str(), O_WRONLY | O_CREAT | O_APPEND, kMode);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, start.err.c_str(), O_WRONLY | O_CREAT | O_APPEND, kMode);
  const std::vector<std::string> environment = environment_of(start);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, start.command[0].c_str(), &files, nullptr, pointers(start.command).data(),
                                pointers(environment).data());
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    return fail("crashtest.start", fmt::format("{} cannot be started: {}", start.command[0], std::strerror(error)),
                "build the targets ebb and ebb-crashable");
  }
  return Process(pid);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), ending_(std::exchange(other.ending_, std::nullopt)) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(ending_, other.ending_);
  return *this;
}

Process::~Process() {
  if (pid_ < 0 || ending()) return;
  signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const {
  if (pid_ > 0 && !ending_) kill(pid_, number);
}

std::optional<Ending> Process::ending() {
  if (ending_ || pid_ < 0) return ending_;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  if (WIFSIGNALED(status)) ending_ = Ending{true, WTERMSIG(status)};
  if (WIFEXITED(status)) ending_ = Ending{false, WEXITSTATUS(status)};
  return ending_;
}

std::optional<Ending> Process::wait(Duration bound) {
  const Timestamp end = wall_now() + bound;
  while (!ending() && wall_now() < end) sleep_for(kLook);
  return ending_;
}

}  // namespace ebb::crashtest
