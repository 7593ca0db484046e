#include "session/pollers.hpp"

#include <algorithm>
#include <utility>

#include "base/mutant.hpp"

namespace ebb::session {

Pollers::Pollers(PollerOptions options, OrderSender& sender)
    : options_(options),
      sender_(sender),
      random_(options.seed),
      trades_{options.trades, kNever},
      open_orders_{options.open_orders, kNever},
      balance_{options.balance, kNever},
      positions_{options.positions, kNever} {}

void Pollers::rearm(Poll& poll, Timestamp now) {
  if (poll.every.raw() <= 0) return;
  const std::int64_t jitter = random_.between(0, poll.every.raw() / 10);
  poll.due = now + poll.every + Duration(jitter);
}

void Pollers::start(Timestamp now) {
  swept_at_ = now;
  for (Poll* poll : {&trades_, &open_orders_, &balance_, &positions_}) rearm(*poll, now);
}

void Pollers::stop() {
  for (Poll* poll : {&trades_, &open_orders_, &balance_, &positions_}) poll->due = kNever;
}

void Pollers::set_tokens(std::vector<model::TokenIndex> tokens) {
  tokens_ = std::move(tokens);
  if (turn_ >= tokens_.size()) turn_ = 0;
}

Timestamp Pollers::next_timer() const {
  return std::min({trades_.due, open_orders_.due, balance_.due, positions_.due});
}

void Pollers::on_timer(Timestamp now) {
  if (now >= trades_.due) {
    rearm(trades_, now);
    const Duration overlap = EBB_MUTANT(skip_overlap) ? Duration(0) : options_.trades_overlap;
    sender_.submit(now, model::SweepTrades{swept_at_ - overlap}, Urgency::poll);
    swept_at_ = now;
  }
  if (now >= open_orders_.due) {
    rearm(open_orders_, now);
    sender_.poll_open_orders(now);
  }
  if (now >= balance_.due) {
    rearm(balance_, now);
    sender_.submit(now, model::RefreshBalance{model::TokenIndex::none()}, Urgency::poll);
  }
  if (now >= positions_.due) {
    rearm(positions_, now);
    if (tokens_.empty()) return;
    sender_.submit(now, model::RequestPosition{tokens_[turn_]}, Urgency::poll);
    turn_ = (turn_ + 1) % tokens_.size();
  }
}

}  // namespace ebb::session
