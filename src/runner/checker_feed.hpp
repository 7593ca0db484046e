// Translates what happens in a run into the words of the outside checker. The checker shares no code with the engine; this
// is the only place that knows both.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "checker/checker.hpp"
#include "engine/engine.hpp"
#include "exchange/exchange.hpp"
#include "exchange/paper_venue.hpp"
#include "model/command.hpp"
#include "runner/summary.hpp"

namespace ebb::runner {

/// The checker's configuration for an engine with these settings. Markets are added with add_market().
[[nodiscard]] checker::CheckerConfig checker_config(const engine::EngineConfig& config, checker::Mode mode);
[[nodiscard]] checker::MarketConfig checker_market(const engine::Engine& engine, model::MarketIndex market);

class CheckerFeed : public engine::EngineListener {
 public:
  CheckerFeed(checker::Checker& checker, const engine::Engine& engine) : checker_(&checker), engine_(&engine) {}

  /// The engine's clock is `ahead` of the checker's from its time `from` on (simulations; 0 otherwise).
  void set_clock(Timestamp from, Duration ahead) { clocks_.emplace_back(from, ahead); }

  // What the engine says.
  void on_signal(Timestamp now, model::TokenIndex token, int refusal) override;
  void on_order_placed(Timestamp now, const execution::Order& order) override;
  void on_fill(Timestamp now, const model::UserTrade& trade) override;
  void on_params(Timestamp now, model::TokenIndex token) override;
  /// Positions that came or went by other hands, as the trader believes. `now` on the checker's clock.
  void on_ledger_change(Timestamp now, const model::LedgerRecord& change);
  void on_record(const model::Record& record) override;
  void on_command(const model::Command& command, Timestamp now);
  /// The ledger as it stands, when nothing is in flight.
  void claim_ledger(Timestamp now);

  // What the venue answered.
  void on_place_answer(Timestamp now, const model::PlaceAnswer& answer);
  void on_cancel_answer(Timestamp now, const model::CancelAnswer& answer);
  void on_status_answer(Timestamp now, const model::OrderStatusAnswer& answer);
  void on_trades_answer(Timestamp now, const model::TradesAnswer& answer);
  void on_operator(Timestamp now, const model::OperatorRequest& request);

  // The exchange's truth. Copies what is new since the last call, for one account.
  void copy_truth(const exchange::Exchange& exchange, exchange::AccountIndex account);
  void claim_account(Timestamp now, const exchange::Exchange& exchange, exchange::AccountIndex account);
  /// What is new of the paper venue: recorded units, granted and used; and its fills as the truth.
  void copy_paper(const exchange::PaperVenue& venue);
  void copy_paper_fills(const exchange::PaperVenue& venue);
  /// Settlements of its trades since the last call.
  void copy_paper_statuses(Timestamp now, const exchange::PaperVenue& venue);

 private:
  [[nodiscard]] const std::string& id_of(model::TokenIndex token) const { return engine_->markets().token_id(token); }
  /// A moment of the engine's clock on the checker's.
  [[nodiscard]] Timestamp told(Timestamp own) const;
  void copy_order(const exchange::TruthOrder& order);
  void copy_fill(const exchange::TruthFill& fill, const exchange::Exchange& exchange);

  checker::Checker* checker_;
  const engine::Engine* engine_;
  std::size_t orders_ = 0, fills_ = 0, statuses_ = 0, balances_ = 0, resolutions_ = 0;
  std::size_t grants_ = 0, uses_ = 0, paper_fills_ = 0;
  Timestamp statuses_since_;
  std::vector<std::pair<Timestamp, Duration>> clocks_;
};

/// Copies the checker's verdict into the summary.
void take_verdict(const checker::Checker& checker, RunSummary& summary);

}  // namespace ebb::runner
