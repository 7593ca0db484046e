// What must hold when a cancel leaves: the rules about cancels that are made to place again (rules 2.4, 2.5, 10).
#include <fmt/format.h>

#include <algorithm>

#include "checker/watch.hpp"

namespace ebb::checker {

void Checker::Impl::cancel(std::string_view id, std::string_view reason) {
  OrderWatch* found = order_of(id);
  if (found == nullptr || !found->open()) return;
  OrderWatch& order = *found;
  TokenWatch& token = *tokens_[order.token];
  const bool again = order.cancel_at > 0;  // a repeated request is not a second cancel
  if (!again) {
    order.cancel_at = now;
    order.cancel_clock = venue_clock_;
  }
  token.last_order_event = now;
  if (order.claim.side == Side::buy && token.params.buy_pull) {
    check_once(Rule::bound_pull, order.pull_for <= pull_bound(), order, [&] { return order.claim.id; });
  }
  if (reason == "EXIT") start_exit(token);
  const auto& reasons = config.reprice_reasons;
  const auto it = std::find(reasons.begin(), reasons.end(), reason);
  if (again || it == reasons.end()) return;

  const Side side = order.claim.side;
  const auto slot = static_cast<std::size_t>(side);
  const SpanNs interval = side == Side::buy ? token.params.buy_requote_interval : token.params.sell_requote_interval;
  auto& times = token.reprices[slot];
  times.push_back(now);
  while (times.front() <= now - kMinute) times.pop_front();
  if (interval > 0) {
    const auto allowed = static_cast<std::size_t>((kMinute + interval - 1) / interval);
    const bool follows = it == reasons.begin() && token.last_requote[slot] > 0;
    const bool spaced = !follows || now - token.last_requote[slot] >= interval;
    check(Rule::requote_too_often, times.size() <= allowed && spaced, token, [&] {
      return fmt::format("{} {}: {} within a minute, {} ms after the last", reason, order.claim.id, times.size(),
                         (now - token.last_requote[slot]) / kMillisecond);
    });
  }
  if (it == reasons.begin()) token.last_requote[slot] = now;

  const Micros minimum = market(token).config.min_size;
  const Micros rest = order.reserve();
  if (side == Side::sell) {
    const Micros free = held(token).settled(config.sell_after) - reserved_sells(token);
    check(Rule::reprice_below_minimum, rest >= minimum || rest + free >= minimum, token, [&] {
      return fmt::format("{} {}: remainder {} and free {} are below {}", reason, order.claim.id, rest, free, minimum);
    });
  } else if (rest < minimum) {
    token.reprice_due = venue_clock_;  // judged by the order that follows, or by none following
  }
}

}  // namespace ebb::checker
