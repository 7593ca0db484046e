// The outside checker of rules.md section 10: watches one run from outside and says which rules it broke.
//
// It is told three things, in time order (calls with the same time count in the order of the calls):
//   (a) the exchange's own truth             on_truth_*, on_market_closed, on_market_resolved
//   (b) what reached the trader              on_market_frame, on_user_frame, on_*_answer, on_connection, ...
//   (c) what the trader did and says         on_place, on_cancel, on_signal, on_named, on_ledger_*
// From (b) it derives books, quotes, trust and signals by its own code; (c) are claims to be tested.
// It shares no code with the trader or the exchange. It never throws and never stops the run: read violations().
//
//   Checker checker(config);
//   checker.on_connection(t, 0, ConnectionState::open);
//   checker.on_market_frame(t, 0, text);  checker.on_place(t, claim);  ...
//   checker.finish(t, Ending::orderly);
//   for (const Violation& v : checker.violations()) ...
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checker/words.hpp"

namespace ebb::checker {

/// How the run ended: `orderly` = by the stop policy, everything answered; `cut` = just the end of the input.
enum class Ending : std::uint8_t { orderly, cut };

/// A rule that the checker asserts: its stable id and what it says.
struct RuleText {
  std::string_view id;
  std::string_view sentence;
};
[[nodiscard]] std::span<const RuleText> rule_texts();

class Checker {
 public:
  explicit Checker(CheckerConfig config);
  ~Checker();
  Checker(Checker&&) noexcept;
  Checker& operator=(Checker&&) noexcept;

  /// A market that appears during the run, or the sibling token of a known one. What is known already is kept.
  void add_market(TimeNs time, const MarketConfig& market);
  /// The trader (re)chose the parameters of a token: its tier, a live change.
  void set_params(TimeNs time, std::string_view token_id, const TokenParams& params);
  void set_limits(TimeNs time, const LimitConfig& limits);

  // --- what reached the trader -------------------------------------------------------------------------------------
  /// A text frame of a market connection, PONG and other text included: any frame proves that the link lives.
  void on_market_frame(TimeNs time, std::uint32_t connection, std::string_view text);
  void on_link_alive(TimeNs time, std::uint32_t connection);
  void on_connection(TimeNs time, std::uint32_t connection, ConnectionState state);
  /// The input lost something on this connection.
  void on_gap(TimeNs time, std::uint32_t connection);
  /// The REST answer to a book request (`ok` false: an error).
  void on_book_answer(TimeNs time, std::string_view token_id, bool ok, std::string_view text);
  void on_user_frame(TimeNs time, std::string_view text);
  void on_place_answer(TimeNs time, std::string_view id, PlaceAnswer outcome, std::string_view text);
  void on_cancel_answer(TimeNs time, std::string_view id, CancelAnswer outcome, std::string_view text);
  /// `matched` = the order's size_matched as told (-1 = not told).
  void on_status_answer(TimeNs time, std::string_view id, StatusAnswer status, Micros matched);
  /// A trade leg that the trader got by asking (sweep), not by the user stream.
  void on_trade_answer(TimeNs time, const Leg& leg);
  /// A page of the account's trades, as the venue answered it; `last` = no page follows. After a restart no order leaves
  /// before the last page came.
  void on_trades_page(TimeNs time, bool last);
  /// While the venue is restarting or disabled the bounds do not run.
  void on_venue_mode(TimeNs time, VenueMode mode);
  void on_operator(TimeNs time, OperatorAction action, std::string_view token_id);
  /// The trader's process ended without a word: its connections are gone, and what it had not written down.
  void on_crash(TimeNs time);
  /// It was started again. What it forgot and the venue knows is found by its questions; an order that is alive at the venue
  /// must be known.
  void on_restart(TimeNs time, const RestartClaim& claim);
  /// A thread of the trader stands still, by no decision of its own, or goes on.
  void on_stall(TimeNs time, Thread thread, bool stands);
  /// Whether the disk takes what the trader writes: while it does not no order may leave, and what rests stays.
  void on_disk(TimeNs time, bool takes);
  /// The trader's clock leapt forward: what it remembers became older by `span`.
  void on_clock_leap(TimeNs time, SpanNs span);
  /// Passage of time: call at least once a simulated second. Every other call advances the time, too.
  void on_tick(TimeNs time);

  // --- what the trader did and says --------------------------------------------------------------------------------
  void on_place(TimeNs time, const PlaceClaim& claim);
  void on_cancel(TimeNs time, std::string_view id, std::string_view reason);
  /// The trader counts the order as over: nothing of it may rest at the venue, now or later.
  void on_over(TimeNs time, std::string_view id);
  /// The trader asked for its trades.
  void on_sweep(TimeNs time);
  /// The trader sends a heartbeat.
  void on_beat(TimeNs time);
  /// A heartbeat that the venue accepted.
  void on_heartbeat(TimeNs time);
  /// The trader saw a signal and acted on it (`outcome` empty or "acted"), or refused and counted it (the reason).
  void on_signal(TimeNs time, std::string_view token_id, std::string_view outcome);
  /// The trader named a state: "MANUAL_INTERVENTION", "UNEXPLAINED_MATCH", "SETTLEMENT_FAILED", ...; also "EXIT_STARTED"
  /// and "EXIT_DONE" for exits that no operator asked for.
  void on_named(TimeNs time, std::string_view token_id, std::string_view state);
  /// The trader adopted a position that did not come from its trades (cost_known false: floor and PnL are not judged).
  /// A negative size is a position that it wrote off.
  void on_adopt(TimeNs time, std::string_view token_id, Micros size, Micros cost, bool cost_known);
  /// The trader's ledger booked this leg as a new fill.
  void on_ledger_leg(TimeNs time, std::string_view trade_id, std::string_view order_id);
  /// The trader's ledger as it stands now. Compared at once with the recomputation from the truth's legs, so call it
  /// when nothing is in flight (quiescence).
  void on_ledger_claim(TimeNs time, const LedgerClaim& claim);
  /// SHA-256 (or any digest) of the commands of a run of the same input; all must be equal.
  void on_commands_digest(TimeNs time, std::string_view digest);

  // --- the exchange's truth ----------------------------------------------------------------------------------------
  void on_truth_order(TimeNs time, std::string_view id, TruthOrderEvent event, Micros remaining);
  void on_truth_fill(TimeNs time, const Leg& leg);
  /// The account changed by something else than the trader's trades: a deposit, shares moved in or out.
  void on_truth_external(TimeNs time, std::string_view token_id, Micros size_change, Micros cash_change);
  /// The account at quiescence: must equal what the truth's legs add up to, and the ledger claim of the same time.
  void on_truth_account(TimeNs time, const TruthAccount& account);
  /// No order is accepted from now on.
  void on_market_closed(TimeNs time, std::string_view condition_id);
  /// `winner` = the token that pays 1; empty = 0.50 each.
  void on_market_resolved(TimeNs time, std::string_view condition_id, std::string_view winner);
  /// The payout of a resolved market reached the account (cash, and the holdings are gone).
  void on_truth_redeemed(TimeNs time, std::string_view condition_id);

  // --- paper venue -------------------------------------------------------------------------------------------------
  void on_paper_grant(TimeNs time, const PaperGrant& grant);
  void on_paper_used(TimeNs time, const PaperUsed& used);

  /// The end of the run: bounds that have run out, orders that are still alive, sums. Call once.
  void finish(TimeNs time, Ending ending);

  // --- the verdict -------------------------------------------------------------------------------------------------
  [[nodiscard]] std::uint64_t checks() const;
  [[nodiscard]] const std::map<std::string, std::uint64_t>& checks_by_rule() const;
  [[nodiscard]] std::uint64_t violation_count() const;
  [[nodiscard]] const std::map<std::string, std::uint64_t>& violations_by_rule() const;
  /// The first `max_violations` with their text, in order of time.
  [[nodiscard]] const std::vector<Violation>& violations() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::checker
