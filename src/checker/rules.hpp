// The rules that the checker asserts, and the place where broken ones are written down.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checker/checker.hpp"

namespace ebb::checker {

/// In the order of rules.md 10. The ids and sentences stand in rules.cpp; README.md repeats them.
enum class Rule : std::uint8_t {
  position_negative,
  sellable_negative,
  shortfall_unnamed,
  sell_exceeds_free,
  buy_two_live,
  sell_two_live,
  limit_order,
  limit_token,
  limit_market,
  limit_event,
  limit_total,
  limit_open_orders,
  limit_rate,
  limit_daily_loss,
  limit_cash,
  sibling_active,
  leg_twice,
  leg_unknown,
  leg_missing,
  ledger_mismatch,
  own_trade,
  own_cross,
  fill_was_taker,
  cross_not_whitelisted,
  floor_below,
  floor_claim,
  cap_above,
  chase_above,
  reference_wrong,
  order_after_end,
  order_after_close,
  order_after_resolution,
  off_tick,
  below_minimum,
  reprice_below_minimum,
  requote_too_often,
  bound_pull,
  bound_intent,
  bound_unknown,
  bound_cancel,
  bound_buy,
  bound_sell,
  bound_exit,
  match_unnamed,
  match_order,
  heartbeat_alive,
  kill_placed,
  kill_accepted,
  untrusted_order,
  stale_order,
  soft_stale_buy,
  soft_stale_cross,
  untrusted_buy_kept,
  alive_after_stop,
  signal_unanswered,
  paper_used_twice,
  paper_exceeds_grants,
  paper_unfounded,
  paper_unexplained,
  commands_differ,
  quiescence_mismatch,
  order_forgotten,
  order_too_early,
  order_before_trades,
  over_too_early,
  kill_forgotten,
  beat_of_dead,
  idle_not_parked,
  count_
};
inline constexpr std::size_t kRuleCount = static_cast<std::size_t>(Rule::count_);
[[nodiscard]] const RuleText& text_of(Rule rule);

/// Counts assertions and keeps the broken ones (their text up to a bound).
class Report {
 public:
  explicit Report(std::size_t max_kept) : max_kept_(max_kept) {}

  /// One assertion. `detail` is called only when it failed.
  template <class Detail>
  bool check(Rule rule, bool holds, TimeNs time, std::string_view token_id, Detail&& detail) {
    ++checks_[static_cast<std::size_t>(rule)];
    if (!holds) [[unlikely]]
      add(rule, time, token_id, detail());
    return holds;
  }

  [[nodiscard]] std::uint64_t checks() const;
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::vector<Violation>& kept() const { return kept_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& checks_by_rule() const;
  [[nodiscard]] const std::map<std::string, std::uint64_t>& by_rule() const { return by_rule_; }

 private:
  void add(Rule rule, TimeNs time, std::string_view token_id, std::string detail);

  std::size_t max_kept_;
  std::array<std::uint64_t, kRuleCount> checks_{};
  std::uint64_t count_ = 0;
  std::vector<Violation> kept_;
  std::map<std::string, std::uint64_t> by_rule_;
  mutable std::map<std::string, std::uint64_t> checks_by_rule_;
};

}  // namespace ebb::checker
