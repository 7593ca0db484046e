// What a trader on a real clock is watched by: the digest of its commands and the outside checker.
#pragma once

#include <memory>

#include "checker/checker.hpp"
#include "gateway/trader.hpp"
#include "runner/checker_feed.hpp"
#include "runner/command_log.hpp"
#include "runner/summary.hpp"

namespace ebb::app {

/// On paper the checker sees everything that it judges in a backtest. With real money nobody tells it the exchange's truth:
/// it is compared with the venue's own account instead, and the checker stays silent.
class RunWatch : public gateway::TraderObserver {
 public:
  enum class Money : std::uint8_t {
    paper,
    continued,  ///< paper, going on after an earlier run: the checker judges runs from their beginning, and stays silent
    real
  };
  explicit RunWatch(Money money) : money_(money) {}

  /// Hears the engine's claims; set before the trader is made, works from attach() on.
  [[nodiscard]] engine::EngineListener& listener() { return claims_; }
  /// The trader that is watched; before its start().
  void attach(gateway::Trader& trader);

  /// The digest and the money of this instant, before the orderly stop.
  void end_of_trading(runner::RunSummary& summary);
  /// After the trader's threads have ended.
  void finish(runner::RunSummary& summary);

  void on_markets(const engine::Engine& engine) override;
  void on_market_added(const engine::Engine& engine, model::MarketIndex market) override;
  void on_frame(Timestamp received, model::ConnectionIndex connection, std::string_view text) override;
  void on_feed_event(const model::Event& event) override;
  void on_command(const model::Command& command, Timestamp now) override;
  void on_own_event(const model::Event& event) override;
  void on_tick(Timestamp now) override;

 private:
  /// Passes the engine's claims on, once there is a checker to hear them.
  class Claims : public engine::EngineListener {
   public:
    void on_signal(Timestamp now, model::TokenIndex token, int refusal) override;
    void on_order_placed(Timestamp now, const execution::Order& order) override;
    void on_order_closed(Timestamp now, const execution::Order& order) override;
    void on_fill(Timestamp now, const model::UserTrade& trade) override;
    void on_params(Timestamp now, model::TokenIndex token) override;
    runner::CheckerFeed* feed = nullptr;
  };
  void finish_checker(runner::RunSummary& summary);
  void copy_paper();

  Money money_;
  Claims claims_;
  gateway::Trader* trader_ = nullptr;
  std::unique_ptr<checker::Checker> checker_;
  std::unique_ptr<runner::CheckerFeed> feed_;
  runner::CommandDigest digest_;
  Timestamp started_;
  bool trading_ = true;
};

}  // namespace ebb::app
