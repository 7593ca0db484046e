// What the commands take, and the functions that carry them out. Each returns an exit code of exit_code.hpp.
//
// The command line has been checked when they are called; files have not been touched. Results go to stdout (one JSON
// document with `json`), everything else to stderr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "base/units.hpp"

namespace ebb::app {

/// Options that every command has.
struct CommonOptions {
  std::string config_file;  ///< empty: the built-in defaults
  std::string data_dir;     ///< empty: data_dir.hpp decides
  bool json = false;
};

struct DemoOptions {
  CommonOptions common;
  std::optional<Duration> duration;  ///< market time after the pre-roll; none: until stopped
  std::uint32_t markets = 20;        ///< two tokens each; 1 to 10,000
  std::uint64_t seed = 1;
  double speed = 1.0;                ///< simulated seconds a wall second; 0 = unpaced
  std::string agents = "default";    ///< "default" or "martingale"
  std::optional<std::uint64_t> emit_order;  ///< seed that permutes the order of messages
  bool headless = false;
  bool verbose = false;              ///< orders_detail in the result
  bool wire = false;                 ///< over real loopback sockets, on the wall clock
  std::uint16_t port = 0;            ///< of the exchange with `wire`; 0 = the system chooses
};

enum class QueueModel : std::uint8_t { strict, prorata };

struct BacktestOptions {
  CommonOptions common;
  std::vector<std::string> captures;
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  std::string tokens_file;           ///< empty: every token of the captures
  std::string tier;  ///< forces and enables this tier for every token; empty: the configuration chooses
  Usdc cash = dollars(10'000);
  bool limits = false;  ///< stop on the limits as a live run would
  QueueModel queue = QueueModel::strict;
  Duration evaluate_every;  ///< 0 = every event
  bool verbose = false;
};

struct InspectOptions {
  CommonOptions common;
  std::vector<std::string> captures;
};

struct ExplainOptions {
  CommonOptions common;
  std::string token;  ///< id, or the beginning of one
};

struct ConfigOptions {
  CommonOptions common;
  std::string file;  ///< `config check FILE`; empty: --config
};

struct BenchOptions {
  CommonOptions common;
  std::vector<std::string> names;  ///< whole names or beginnings ("decode"); empty: all
};

enum class RunVenue : std::uint8_t { paper, live, embedded };

struct RunOptions {
  CommonOptions common;
  RunVenue venue = RunVenue::paper;
  std::string tokens_file;  ///< empty: the configuration's [tokens] sections; on paper else the busiest markets
  std::optional<Duration> duration;  ///< none: until stopped
  bool yes_live = false;  ///< the operator's word that real money may move
  bool accept_lost_journal = false;  ///< and that it begins without what a damaged journal knew
  bool headless = false;
  bool verbose = false;
};

struct RecordOptions {
  CommonOptions common;
  std::string tokens_file;
  std::string out;  ///< directory for the captures
  std::optional<Duration> duration;  ///< none: until stopped
};

struct DoctorOptions {
  CommonOptions common;
};

struct KeysOptions {
  CommonOptions common;
};

/// Shares that every new account of the exchange holds.
struct SharesOption {
  std::string token_id;
  Shares size;
};
/// "TOKEN=N"; errors `value.shares`.
[[nodiscard]] Expected<SharesOption> parse_shares_option(const std::string& text);

struct ExchangeOptions {
  CommonOptions common;
  std::uint16_t port = 8760;  ///< 0 = the system chooses
  bool tls = false;
  std::uint32_t markets = 20;
  std::uint64_t seed = 1;
  double rate = 0.0;  ///< market events a second; 0 = 5 a market
  Usdc deposit = dollars(10'000);
  std::vector<SharesOption> shares;
  std::string self_trade = "cancel_maker";  ///< or "skip", "reject_taker" (rules 7.4)
  std::string cash_gate = "market";  ///< or "global" (rules 7.2)
  double settlement = 1.0;  ///< times of settlement, as a share of the venue's
  bool manual_clock = false;
  std::string fault_file;
  bool list_faults = false;
};

struct ReplayCommandOptions {
  CommonOptions common;
  std::string directory;
  std::optional<Timestamp> until;
  std::optional<std::uint32_t> segment;
  std::string token;  ///< explain this one at `until`; empty: those that do something
  bool all_runs = false;
};
/// A moment as RFC 3339, or as seconds or milliseconds since 1970. Error `value.time`.
[[nodiscard]] Expected<Timestamp> parse_moment(const std::string& text);

int run_exchange(const ExchangeOptions& options);
int run_demo(const DemoOptions& options);
int run_run(const RunOptions& options);
int run_record(const RecordOptions& options);
int run_doctor(const DoctorOptions& options);
int run_keys_derive(const KeysOptions& options);
int run_backtest(const BacktestOptions& options);
int run_inspect(const InspectOptions& options);
int run_replay(const ReplayCommandOptions& options);
int run_explain(const ExplainOptions& options);
int run_config_default(const ConfigOptions& options);
int run_config_check(const ConfigOptions& options);
int run_bench(const BenchOptions& options);

/// Tells the operator why a command ends without a result: message and hint on stderr and, with `json`, the common
/// fields with these errors on stdout. Returns `exit_code`.
int report_errors(const std::string& command, const CommonOptions& common, const std::vector<Error>& errors,
                  int exit_code);
int report_error(const std::string& command, const CommonOptions& common, const Error& error, int exit_code);

/// Writes to stdout. A closed pipe is no error; anything else (a full disk) is told on stderr once.
void print(std::string_view text);
/// Whether something that was printed is lost: the program ends with exit code 1 then.
[[nodiscard]] bool output_lost();

}  // namespace ebb::app
