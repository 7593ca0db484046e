// One exchange, one account, one data directory, and a trader that is killed again and again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "crashtest/judge.hpp"
#include "crashtest/process.hpp"

namespace ebb::crashtest {

struct SessionConfig {
  std::filesystem::path program;    ///< ebb: the exchange, and the trader of the orderly end
  std::filesystem::path crashable;  ///< the same with crash points
  std::filesystem::path folder;     ///< of this session; created
  std::uint64_t seed = 1;
  std::uint32_t markets = 30;
  std::string durability = "process";
};

/// How one life of the trader ends.
struct Kill {
  std::string point;      ///< name of a crash point; empty = at a moment
  std::uint32_t pass = 1; ///< its so-maniest pass
  Duration after{0};      ///< at a moment: so long after it trades again, or (`starting`) after its start
  bool starting = false;
};
[[nodiscard]] std::string to_text(const Kill& kill);

/// What a session showed.
struct Figures {
  std::uint64_t runs = 0;
  std::uint64_t orders = 0;
  std::uint64_t fills = 0;
  std::uint64_t restarts = 0;
  std::uint64_t unreached = 0;   ///< crash points that did not come in time: killed at that moment instead
  std::vector<Duration> resumed; ///< start of a restarted process -> its first order or cancel at the exchange
  Verdict verdict;

  void add(const Figures& other);
};

class Session {
 public:
  /// Starts the exchange. Errors: those of Process::start, `crashtest.exchange`.
  [[nodiscard]] static Expected<std::unique_ptr<Session>> start(const SessionConfig& config);
  ~Session();

  /// One life of the trader, ended by a kill. False: the session is spoiled, its verdict says why.
  bool run(const Kill& kill);
  /// The last life: it ends in order, and its books are compared with the exchange's.
  void finish();
  [[nodiscard]] const Figures& figures() const { return figures_; }

 private:
  explicit Session(SessionConfig config) : config_(std::move(config)) {}
  Expected<void> open_exchange();
  Expected<void> write_config(const std::string& ready_line);
  Expected<Process> start_trader(const std::filesystem::path& program, const Kill* kill);
  bool wait_until_it_trades(Process& trader, const Truth& before, Timestamp started);
  Expected<Truth> truth() const;
  void judge(const Truth& now);
  void compare_books();
  void complain(std::string text);

  SessionConfig config_;
  std::unique_ptr<Process> exchange_;
  std::string admin_, ca_file_, key_, address_;
  std::unique_ptr<net::TlsClientContext> tls_;
  int lives_ = 0;
  Figures figures_;
};

}  // namespace ebb::crashtest
