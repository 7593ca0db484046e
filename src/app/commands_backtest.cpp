#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "app/commands.hpp"
#include "app/config.hpp"
#include "app/engine_config.hpp"
#include "app/exit_code.hpp"
#include "app/progress.hpp"
#include "app/run_end.hpp"
#include "app/stop.hpp"
#include "app/summary_text.hpp"
#include "app/tokens_file.hpp"
#include "runner/backtest.hpp"

namespace ebb::app {

namespace {

constexpr std::size_t kNamedTokens = 5;

Expected<runner::BacktestConfig> make_backtest(const BacktestOptions& options, const Config& config) {
  TRY(engine, make_engine_config(config, options.tier));
  runner::BacktestConfig backtest;
  backtest.captures = options.captures;
  backtest.from = options.from;
  backtest.to = options.to;
  backtest.engine = std::move(engine);
  backtest.engine.starting_cash = options.cash;
  backtest.engine.evaluate_every = options.evaluate_every;
  if (!options.limits) backtest.engine.limits.stop_on_daily_loss = false;
  backtest.paper.queue =
      options.queue == QueueModel::strict ? exchange::QueueModel::strict : exchange::QueueModel::prorata;
  if (!options.tokens_file.empty()) {
    TRY(tokens, read_tokens_file(options.tokens_file));
    backtest.tokens = std::move(tokens);
  }
  return backtest;
}

/// "12,345 frames, 71,000/s, 3 s left"
std::string progress_detail(const runner::BacktestProgress& at, double wall_seconds) {
  std::string detail = fmt::format("{} frames", grouped(at.frames));
  if (wall_seconds <= 0.0) return detail;
  detail += fmt::format(", {}/s", grouped(static_cast<std::uint64_t>(static_cast<double>(at.frames) / wall_seconds)));
  if (at.bytes_done > 0 && at.bytes_total >= at.bytes_done) {
    const double left =
        wall_seconds * static_cast<double>(at.bytes_total - at.bytes_done) / static_cast<double>(at.bytes_done);
    detail += fmt::format(", {:.0f} s left", left);
  }
  return detail;
}

/// The listed tokens that no frame showed.
std::vector<std::string> unseen_tokens(const std::vector<std::string>& wanted, const runner::RunSummary& summary) {
  std::set<std::string_view> traded;
  for (const engine::TokenReport& token : summary.tokens) traded.insert(token.token_id);
  std::vector<std::string> unseen;
  std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(unseen),
               [&](const std::string& id) { return !traded.contains(id); });
  return unseen;
}

Error unknown_tokens(const std::string& file, const std::vector<std::string>& unseen) {
  std::string ids;
  for (std::size_t i = 0; i < std::min(kNamedTokens, unseen.size()); ++i) ids += (i == 0 ? "" : ", ") + unseen[i];
  if (unseen.size() > kNamedTokens) ids += ", ...";
  return {"tokens.unknown", fmt::format("{} token(s) of {} are in no capture: {}", unseen.size(), file, ids),
          "`ebb inspect CAPTURE` tells what a capture holds"};
}

/// Whether nothing at all could be read: then there is no result to print.
bool nothing_read(const runner::RunSummary& summary) {
  const auto is_no_capture = [](const Error& error) {
    return error.code == "capture.not_a_capture" || error.code == "capture.unreadable";
  };
  return summary.stats.frames == 0 && !summary.errors.empty() &&
         std::all_of(summary.errors.begin(), summary.errors.end(), is_no_capture);
}

}  // namespace

int run_backtest(const BacktestOptions& options) {
  const auto fail_with = [&](const Error& error) {
    return report_error("backtest", options.common, error, kExitBadUsage);
  };
  const auto config = load_config(options.common.config_file);
  if (!config) return report_errors("backtest", options.common, config.error(), kExitBadUsage);
  auto backtest = make_backtest(options, *config);
  if (!backtest) return fail_with(backtest.error());
  const auto directory = run_directory(options.common);
  if (!directory) return fail_with(directory.error());
  const OwnParams own(*config, options.tier);
  backtest->own_params = [&own](const std::string& token_id) { return own.find(token_id); };

  const WallClock clock;
  auto summary = [&] {
    ProgressBar bar("backtest");
    return runner::backtest(
        *backtest,
        [&](const runner::BacktestProgress& at) {
          bar.show(at.bytes_done, at.bytes_total, progress_detail(at, clock.seconds()));
        },
        stop_flag());
  }();
  if (!summary) return fail_with(summary.error());
  if (nothing_read(*summary)) return report_errors("backtest", options.common, summary->errors, kExitBadUsage);
  if (const auto unseen = unseen_tokens(backtest->tokens, *summary); !unseen.empty() && !summary->interrupted) {
    const Error error = unknown_tokens(options.tokens_file, unseen);
    if (unseen.size() == backtest->tokens.size()) return fail_with(error);
    summary->errors.push_back(error);
  }
  leave_explain(*directory, options.common, *summary);
  print_summary(*summary, options.common, options.verbose);
  return run_exit_code(*summary, summary->interrupted ? Stopped::by_signal : Stopped::no);
}

}  // namespace ebb::app
