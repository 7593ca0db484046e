// The command line (docs: README and `ebb --help`).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace ebb::app {

/// What the commands are carried out by; tests put their own functions here.
struct Handlers {
  std::function<int(const DemoOptions&)> demo = run_demo;
  std::function<int(const RunOptions&)> run = run_run;
  std::function<int(const RecordOptions&)> record = run_record;
  std::function<int(const DoctorOptions&)> doctor = run_doctor;
  std::function<int(const KeysOptions&)> keys_derive = run_keys_derive;
  std::function<int(const ExchangeOptions&)> exchange = run_exchange;
  std::function<int(const BacktestOptions&)> backtest = run_backtest;
  std::function<int(const InspectOptions&)> inspect = run_inspect;
  std::function<int(const ReplayCommandOptions&)> replay = run_replay;
  std::function<int(const ExplainOptions&)> explain = run_explain;
  std::function<int(const ConfigOptions&)> config_default = run_config_default;
  std::function<int(const ConfigOptions&)> config_check = run_config_check;
  std::function<int(const BenchOptions&)> bench = run_bench;
};

/// Parses `arguments` (without the program's name) and carries out the command. Returns the exit code; bad usage is
/// reported on stderr (and as JSON on stdout with --json).
int run_command_line(std::vector<std::string> arguments, const Handlers& handlers = {});

}  // namespace ebb::app
