#include "app/cli.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "app/exit_code.hpp"
#include "app/json.hpp"
#include "app/values.hpp"
#include "app/version.hpp"

namespace ebb::app {

namespace {

/// Commands of the contract that this version does not have yet.
struct LaterCommand {
  const char* name;
  const char* purpose;
};
constexpr std::array<LaterCommand, 12> kLaterCommands{{
    {"status", "the running trader at a glance"},
    {"tokens", "the running trader's tokens"},
    {"orders", "the running trader's orders"},
    {"positions", "the running trader's positions"},
    {"fills", "the running trader's fills"},
    {"pause", "no new orders until resume"},
    {"resume", "ends a pause"},
    {"exit", "sells one token's position"},
    {"flatten", "sells every position"},
    {"cancel-all", "cancels every order"},
    {"report", "the run-state report"},
    {"import", "the predecessor's files to TOML"},
}};

/// What a parse leaves to be done.
using Action = std::function<int()>;

Error later(const std::string& what) {
  return {"usage.later", fmt::format("{} comes with a later version of ebb", what), "`ebb --help` lists what there is"};
}

/// Adds an option whose text `parse` turns into `target`'s value; its error becomes a usage error.
template <class Target, class Parse>
CLI::Option* add_parsed(CLI::App& command, const std::string& name, Target& target, Parse parse,
                        const std::string& help, const char* type_name) {
  return command
      .add_option_function<std::string>(
          name,
          [&target, parse, name](const std::string& text) {
            auto value = parse(text);
            if (!value) throw CLI::ValidationError(name, value.error().message + "; " + value.error().hint);
            target = std::move(*value);
          },
          help)
      ->type_name(type_name);
}

/// A whole number without a sign; CLI11 would let "-1" wrap around.
Expected<std::uint64_t> parse_whole(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail("value.number", fmt::format("\"{}\" is not a whole number", text), "digits only");
  }
  return number;
}

Expected<std::uint32_t> parse_segment(const std::string& text) {
  TRY(number, parse_whole(text));
  if (number < 1 || number > UINT32_MAX) return fail("value.number", fmt::format("no segment {}", number), "from 1 on");
  return static_cast<std::uint32_t>(number);
}

Expected<std::uint32_t> parse_markets(const std::string& text) {
  TRY(number, parse_whole(text));
  if (number < 1 || number > 10'000)
    return fail("value.number", fmt::format("{} markets", number), "between 1 and 10000");
  return static_cast<std::uint32_t>(number);
}

/// Refuses what is no pace; a NaN passes every comparison that asks whether it is out of range.
std::string speed_problem(const std::string& text) {
  double speed = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
  if (error == std::errc() && end == text.data() + text.size() && speed >= 0.0 && speed <= 1e6) return {};
  return fmt::format("\"{}\" is not a number from 0 to 1000000", text);
}

/// Market events a second. A NaN passes every comparison that asks whether it is out of range.
Expected<double> parse_rate(const std::string& text) {
  double rate = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error == std::errc() && end == text.data() + text.size() && rate >= 0.1 && rate <= 1e6) return rate;
  return fail("value.rate", fmt::format("\"{}\" is no rate", text), "a number from 0.1 to 1000000");
}

void add_common(CLI::App& command, CommonOptions& common) {
  command.add_option("--config", common.config_file, "configuration (TOML); `ebb config default` prints one")
      ->type_name("FILE");
  command
      .add_option("--data-dir", common.data_dir,
                  "where runs keep their files [$XDG_STATE_HOME/ebb or ~/.local/state/ebb]")
      ->type_name("DIR");
  command.add_flag("--json", common.json, "print the result as one JSON document");
}

CLI::App& add_command(CLI::App& app, const char* name, const char* purpose, const char* example) {
  CLI::App* command = app.add_subcommand(name, purpose);
  command->footer(std::string("Example:\n  ") + example);
  return *command;
}

/// An option that is part of the contract but not of this version.
void add_later_option(CLI::App& command, const std::string& name, bool has_value, std::string& asked) {
  const auto note = [&asked, name] { asked = name; };
  if (has_value) {
    command
        .add_option_function<std::string>(
            name, [note](const std::string&) { note(); }, "comes with a later version")
        ->type_name("VALUE");
  } else {
    command.add_flag_function(name, [note](std::int64_t) { note(); }, "comes with a later version");
  }
}

/// The whole command line: options live here while CLI11 fills them in.
class CommandLine {
 public:
  explicit CommandLine(const Handlers& handlers) : handlers_(handlers) {
    app_.name("ebb");
    app_.require_subcommand(0, 1);
    app_.set_version_flag("--version", version_line(), "version, commit, compiler, preset");
    app_.footer(
        "Exit codes: 0 done, 1 failed or partial, 2 bad usage or input, 3 refused for safety, 130 stopped.\n"
        "`ebb COMMAND --help` shows a command's options and an example. First of all: ebb demo");
    add_demo();
    add_run();
    add_record();
    add_doctor();
    add_keys();
    add_exchange();
    add_backtest();
    add_inspect();
    add_replay();
    add_explain();
    add_config();
    add_bench();
    for (const LaterCommand& command : kLaterCommands) add_later_command(command);
  }

  int run(std::vector<std::string> arguments) {
    const bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
    CommonOptions common;
    common.json = json;
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    try {
      app_.parse(arguments);
    } catch (const CLI::Success& wanted) {  // --help, --version
      app_.exit(wanted);
      return kExitDone;
    } catch (const CLI::ParseError& error) {
      return report_error(command_name(), common, usage_error(error), kExitBadUsage);
    }
    if (!later_option_.empty()) return report_error(command_name(), common, later(later_option_), kExitBadUsage);
    if (action_) return action_();
    return report_error("", common,
                        {"usage.no_command", "which command?", "`ebb --help` lists them; first of all: ebb demo"},
                        kExitBadUsage);
  }

 private:
  [[nodiscard]] std::string command_name() const {
    std::string name;
    for (const CLI::App* command = &app_; !command->get_subcommands().empty();) {
      command = command->get_subcommands().front();
      name += (name.empty() ? "" : " ") + command->get_name();
    }
    return name;
  }

  [[nodiscard]] Error usage_error(const CLI::ParseError& error) const {
    const std::string name = command_name();
    return {"usage", error.what(), fmt::format("see `ebb {}{}--help`", name, name.empty() ? "" : " ")};
  }

  void add_demo() {
    CLI::App& command =
        add_command(app_, "demo", "a whole market and a trader on it, simulated: no keys, no network",
                    "ebb demo --seconds 60\n  ebb demo --seconds 60 --seed 7 --speed 0 --headless --json");
    DemoOptions& o = demo_;
    add_common(command, o.common);
    add_parsed(command, "--seconds", o.duration, parse_seconds, "market time to run for [until stopped]", "N");
    add_parsed(command, "--markets", o.markets, parse_markets, fmt::format("markets, two tokens each [{}]", o.markets),
               "N");
    add_parsed(command, "--seed", o.seed, parse_whole, fmt::format("the same seed gives the same run [{}]", o.seed),
               "N");
    command.add_option("--speed", o.speed, "simulated seconds a second; 0 = as fast as it goes")
        ->check(CLI::Validator([](std::string& text) { return speed_problem(text); }, ""))
        ->capture_default_str()
        ->type_name("X");
    command
        .add_option("--agents", o.agents,
                    "who else trades: default, or martingale (the control without mean reversion)")
        ->check(CLI::IsMember({"default", "martingale"}))
        ->capture_default_str()
        ->type_name("NAME");
    add_parsed(command, "--emit-order", o.emit_order, parse_whole,
               "permutes the order of the exchange's messages by this seed", "SEED");
    command.add_flag("--headless", o.headless, "no live view");
    command.add_flag("--verbose", o.verbose, "every order in the result");
    CLI::Option* wire = command.add_flag("--wire", o.wire, "over real loopback sockets, on the wall clock");
    command.add_option("--port", o.port, "of the exchange with --wire; 0 = the system chooses")
        ->needs(wire)
        ->type_name("P");
    command.callback([this] { action_ = [this] { return run_demo_checked(); }; });
  }

  int run_demo_checked() const {
    if (demo_.wire && (demo_.agents != "default" || demo_.emit_order)) {
      return report_error("demo", demo_.common,
                          {"usage", "--agents and --emit-order are for the demo in process", "leave --wire out"},
                          kExitBadUsage);
    }
    if (demo_.wire && demo_.speed != 1.0) {
      return report_error("demo", demo_.common,
                          {"usage", "--wire runs on the wall clock: --speed does not apply", "leave --speed out"},
                          kExitBadUsage);
    }
    return handlers_.demo(demo_);
  }

  void add_run() {
    CLI::App& command =
        add_command(app_, "run", "the trader: paper (default), embedded or live",
                    "ebb run --tokens tokens.txt\n  ebb run --venue live --tokens tokens.txt --yes-live");
    RunOptions& o = run_;
    add_common(command, o.common);
    command
        .add_option_function<std::string>(
            "--venue",
            [&o](const std::string& name) {
              o.venue = name == "live" ? RunVenue::live : name == "embedded" ? RunVenue::embedded : RunVenue::paper;
            },
            "paper: live market data, simulated fills, no keys; embedded: an exchange of our own; live: real money "
            "[paper]")
        ->check(CLI::IsMember({"paper", "live", "embedded"}))
        ->type_name("NAME");
    command.add_option("--tokens", o.tokens_file, "token ids, one a line, # comments")->type_name("FILE");
    add_parsed(command, "--seconds", o.duration, parse_seconds, "how long [until stopped]", "N");
    command.add_flag("--yes-live", o.yes_live, "yes, trade with real money (--venue live)");
    command.add_flag("--accept-lost-journal", o.accept_lost_journal,
                     "start although the journal is damaged or gone: what it knew is lost");
    command.add_flag("--headless", o.headless, "no live view");
    command.add_flag("--verbose", o.verbose, "every order in the result");
    command.callback([this] { action_ = [this] { return handlers_.run(run_); }; });
  }

  void add_record() {
    CLI::App& command = add_command(app_, "record", "records raw market frames with their receive times",
                                    "ebb record --tokens tokens.txt --out captures");
    RecordOptions& o = record_;
    add_common(command, o.common);
    command.add_option("--tokens", o.tokens_file, "token ids, one a line, # comments")->required()->type_name("FILE");
    command.add_option("--out", o.out, "directory for the captures")->required()->type_name("DIR");
    add_parsed(command, "--seconds", o.duration, parse_seconds, "how long [until stopped]", "N");
    command.callback([this] { action_ = [this] { return handlers_.record(record_); }; });
  }

  void add_doctor() {
    CLI::App& command =
        add_command(app_, "doctor", "checks configuration, clock, keys, wallet, allowances, venue, disk",
                    "ebb doctor --config ebb.toml");
    add_common(command, doctor_.common);
    command.callback([this] { action_ = [this] { return handlers_.doctor(doctor_); }; });
  }

  void add_keys() {
    CLI::App& command = add_command(app_, "keys", "API keys of the wallet", "ebb keys derive");
    command.require_subcommand(1);
    CLI::App& derive = add_command(command, "derive", "derives the wallet's API key, or creates it, and prints it",
                                   "EBB_PRIVATE_KEY=... ebb keys derive");
    add_common(derive, keys_.common);
    derive.callback([this] { action_ = [this] { return handlers_.keys_derive(keys_); }; });
  }

  void add_exchange() {
    CLI::App& command =
        add_command(app_, "exchange", "the embedded exchange as a server that speaks the venue's protocol",
                    "ebb exchange --port 0 --tls --seed 7\n  ebb exchange --list-faults");
    ExchangeOptions& o = exchange_;
    add_common(command, o.common);
    command.add_option("--port", o.port, "of 127.0.0.1; 0 = the system chooses")->capture_default_str()->type_name("P");
    command.add_flag("--tls", o.tls, "TLS by an authority of its own, written to the data directory");
    add_parsed(command, "--markets", o.markets, parse_markets, fmt::format("markets, two tokens each [{}]", o.markets),
               "N");
    add_parsed(command, "--seed", o.seed, parse_whole, fmt::format("of markets, crowd, keys and dice [{}]", o.seed),
               "N");
    add_parsed(command, "--rate", o.rate, parse_rate, "market events a second of the background [5 a market]",
               "EVENTS_PER_S");
    add_parsed(command, "--deposit", o.deposit, parse_money, "dollars of every new account [10000]", "X");
    command
        .add_option_function<std::vector<std::string>>(
            "--shares",
            [&o](const std::vector<std::string>& texts) {
              for (const std::string& text : texts) {
                auto value = parse_shares_option(text);
                if (!value) throw CLI::ValidationError("--shares", value.error().message + "; " + value.error().hint);
                o.shares.push_back(std::move(*value));
              }
            },
            "shares of every new account; may be repeated")
        ->type_name("TOKEN=N");
    command.add_option("--self-trade", o.self_trade, "what becomes of a trade with oneself")
        ->check(CLI::IsMember({"cancel_maker", "skip", "reject_taker"}))
        ->capture_default_str()
        ->type_name("RULE");
    command.add_option("--cash-gate", o.cash_gate, "which open BUYs count against the balance")
        ->check(CLI::IsMember({"market", "global"}))
        ->capture_default_str()
        ->type_name("GATE");
    command.add_option("--settlement", o.settlement, "how long trades settle, as a share of the venue's times [1]")
        ->check(CLI::Range(0.01, 10.0))
        ->type_name("SHARE");
    command.add_flag("--manual-clock", o.manual_clock, "time moves by POST /admin/step alone");
    command.add_option("--fault", o.fault_file, "script of faults")->type_name("FILE");
    command.add_flag("--list-faults", o.list_faults, "prints every fault with its parameters");
    command.callback([this] { action_ = [this] { return handlers_.exchange(exchange_); }; });
  }

  void add_backtest() {
    CLI::App& command = add_command(app_, "backtest", "the engine over recorded market data",
                                    "ebb backtest frames.jsonl.zst --tier predecessor --evaluate-every 30s");
    BacktestOptions& o = backtest_;
    add_common(command, o.common);
    command.add_option("captures", o.captures, "recordings: NDJSON (.zst), a JSON array, or CSV")
        ->required()
        ->type_name("CAPTURE");
    add_parsed(command, "--from", o.from, parse_time, "first moment (UTC or Unix seconds)", "T");
    add_parsed(command, "--to", o.to, parse_time, "last moment", "T");
    command.add_option("--tokens", o.tokens_file, "token ids, one a line, # comments [all of the captures]")
        ->type_name("FILE");
    command.add_option("--tier", o.tier, "this tier's parameters for every token")->type_name("NAME");
    add_parsed(command, "--cash", o.cash, parse_money, "starting cash [10000]", "DOLLARS");
    command.add_flag("--limits", o.limits, "stop on the daily loss as a live run would");
    command
        .add_option_function<std::string>(
            "--queue",
            [&o](const std::string& name) { o.queue = name == "strict" ? QueueModel::strict : QueueModel::prorata; },
            "what a fall without a print does to the queue ahead [strict]")
        ->check(CLI::IsMember({"strict", "prorata"}))
        ->type_name("MODEL");
    add_parsed(command, "--evaluate-every", o.evaluate_every, parse_seconds,
               "the predecessor's cadence [0: every event]", "D");
    command.add_flag("--verbose", o.verbose, "every order in the result");
    add_later_option(command, "--report", true, later_option_);
    command.callback([this] { action_ = [this] { return run_backtest_checked(); }; });
  }

  int run_backtest_checked() const {
    if (backtest_.from && backtest_.to && *backtest_.to < *backtest_.from) {
      return report_error("backtest", backtest_.common, {"usage", "--to lies before --from", ""}, kExitBadUsage);
    }
    return handlers_.backtest(backtest_);
  }

  void add_inspect() {
    CLI::App& command = add_command(app_, "inspect", "what is in a recording", "ebb inspect frames.jsonl.zst --json");
    add_common(command, inspect_.common);
    command.add_option("captures", inspect_.captures, "recordings: NDJSON (.zst), a JSON array, or CSV")
        ->required()
        ->type_name("CAPTURE");
    command.callback([this] { action_ = [this] { return handlers_.inspect(inspect_); }; });
  }

  void add_replay() {
    CLI::App& command =
        add_command(app_, "replay", "feeds a recorded run through the engine again, compares every command",
                    "ebb replay ~/.local/state/ebb --until 2026-01-31T12:00:00Z");
    add_common(command, replay_.common);
    command.add_option("directory", replay_.directory, "the data directory of a run, or its input/")
        ->required()
        ->type_name("DIR");
    add_parsed(command, "--until", replay_.until, parse_moment, "stop there and explain every token", "TIME");
    add_parsed(command, "--segment", replay_.segment, parse_segment, "start at this segment [the run's first]", "N");
    command.add_option("--token", replay_.token, "with --until: explain this token only")->type_name("TOKEN");
    command.add_flag("--all-runs", replay_.all_runs, "every run of the directory, not only the last one");
    command.callback([this] { action_ = [this] { return handlers_.replay(replay_); }; });
  }

  void add_explain() {
    CLI::App& command =
        add_command(app_, "explain", "why a token does what it does (of the last run in the data directory)",
                    "ebb explain 713210455");
    add_common(command, explain_.common);
    command.add_option("token", explain_.token, "token id, or its beginning")->required()->type_name("TOKEN");
    command.callback([this] { action_ = [this] { return handlers_.explain(explain_); }; });
  }

  void add_config() {
    CLI::App& command =
        add_command(app_, "config", "the configuration", "ebb config default > ebb.toml && ebb config check ebb.toml");
    command.require_subcommand(1);
    CLI::App& defaults =
        add_command(command, "default", "prints every setting with its default", "ebb config default > ebb.toml");
    add_common(defaults, config_.common);
    defaults.callback([this] { action_ = [this] { return handlers_.config_default(config_); }; });
    CLI::App& check = add_command(command, "check", "reads a configuration and says what is wrong with it",
                                  "ebb config check ebb.toml");
    add_common(check, config_.common);
    check.add_option("file", config_.file, "the file [--config]")->type_name("FILE");
    check.callback([this] { action_ = [this] { return handlers_.config_check(config_); }; });
  }

  void add_bench() {
    CLI::App& command = add_command(app_, "bench", "benchmarks, each beside its reference in the same run",
                                    "ebb bench decode exchange/matching --json");
    add_common(command, bench_.common);
    command.add_option("names", bench_.names, "names or beginnings of names [all]")->type_name("NAME");
    command.callback([this] { action_ = [this] { return handlers_.bench(bench_); }; });
  }

  void add_later_command(const LaterCommand& later_command) {
    const std::string name = later_command.name;
    CLI::App* command = app_.add_subcommand(name, fmt::format("{} (later version)", later_command.purpose));
    command->footer(fmt::format("Example:\n  ebb {}    (says that it comes with a later version, exit code 2)", name));
    command->prefix_command();  // whatever follows is not looked at
    command->callback([this, name] {
      action_ = [this, name] {
        CommonOptions common;
        for (const std::string& word : app_.get_subcommand(name)->remaining())
          common.json = common.json || word == "--json";
        return report_error(name, common, later("`ebb " + name + "`"), kExitBadUsage);
      };
    });
  }

  const Handlers& handlers_;
  CLI::App app_{"ebb buys dips on prediction markets as a maker and sells the rebound as a maker."};
  Action action_;
  std::string later_option_;
  DemoOptions demo_;
  RunOptions run_;
  RecordOptions record_;
  DoctorOptions doctor_;
  KeysOptions keys_;
  ExchangeOptions exchange_;
  BacktestOptions backtest_;
  InspectOptions inspect_;
  ReplayCommandOptions replay_;
  ExplainOptions explain_;
  ConfigOptions config_;
  BenchOptions bench_;
};

}  // namespace

int run_command_line(std::vector<std::string> arguments, const Handlers& handlers) {
  return CommandLine(handlers).run(std::move(arguments));
}

}  // namespace ebb::app
