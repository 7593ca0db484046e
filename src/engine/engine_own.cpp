// Our own orders in the displayed books (rules 1.7): what is subtracted, from when, until when, in both tokens.
#include <algorithm>

#include "engine/engine.hpp"

namespace ebb::engine {
namespace {

constexpr Duration kShownAtMost = milliseconds(500);  // after the order shrank, if its level shows no change
constexpr Duration kDisplayedBy = seconds(2);  // a LIVE order of this age stands in a level that can contain it

}  // namespace

void Engine::remember_levels(model::TokenIndex token, LevelSizes& sizes) const {
  const TokenTrader& trader = traders_[token.value()];
  const book::Book& book = feeds_[token.value()].book();
  for (std::size_t i = 0; i < trader.own.size(); ++i)
    sizes.before[i] = book.size_at(trader.own[i].side, trader.own[i].price);
}

// After a change of the book: an order begins to be subtracted with the first rise of its level that can contain it, and
// shrinks or vanishes with the first change after its fill or cancel.
void Engine::update_shown(model::TokenIndex token, const LevelSizes& sizes) {
  TokenTrader& trader = traders_[token.value()];
  const book::Book& book = feeds_[token.value()].book();
  for (std::size_t i = trader.own.size(); i-- > 0;) {
    OwnEntry& entry = trader.own[i];
    const Shares displayed = book.size_at(entry.side, entry.price);
    if (displayed == sizes.before[i]) continue;
    if (entry.shown.raw() == 0) {
      if (displayed - sizes.before[i] >= entry.remaining) entry.shown = entry.remaining;
    } else {
      entry.shown = std::min(entry.remaining, displayed);
    }
    if (entry.remaining.raw() <= 0) trader.own.erase(i);
  }
}

void Engine::add_own(const model::PlaceOrder& order) {
  if (!config_.own_orders_in_book || order.type == model::OrderType::fak || order.type == model::OrderType::fok) return;
  TokenTrader& trader = traders_[order.token.value()];
  if (!trader.own.full()) trader.own.push_back({order.id, order.side, order.price, order.size, Shares(0), {}});
  const model::TokenIndex sibling = markets_.token(order.token).sibling;
  if (!sibling.valid()) return;
  TokenTrader& other = traders_[sibling.value()];
  if (!other.own.full()) {
    other.own.push_back({order.id, model::opposite(order.side), complement(order.price), order.size, Shares(0), {}});
  }
}

void Engine::reduce_own(const execution::Order& order) {
  const bool over = order.terminal() || order.ended_at_venue;
  reduce_own(order, over ? Shares(0) : order.remaining());
}

void Engine::reduce_own(const execution::Order& order, Shares remaining) {
  const auto reduce = [&](TokenTrader& trader) {
    for (std::size_t i = trader.own.size(); i-- > 0;) {
      OwnEntry& entry = trader.own[i];
      if (entry.id != order.intent.id || entry.remaining <= remaining) continue;
      entry.remaining = remaining;
      entry.changed = now_;
      // What rose where an order was to stand that never arrived was somebody else's.
      const bool never_stood = order.state == model::OrderState::rejected;
      if (remaining.raw() <= 0 && (entry.shown.raw() == 0 || never_stood)) trader.own.erase(i);
    }
  };
  reduce(traders_[order.intent.token.value()]);
  const model::TokenIndex sibling = markets_.token(order.intent.token).sibling;
  if (sibling.valid()) reduce(traders_[sibling.value()]);
}

// Before the net quote is computed: an order that shrank is not subtracted any longer than this, whatever its level shows; and one
// whose arrival was hidden by a change of somebody else in the same message is subtracted from now on.
void Engine::settle_own(model::TokenIndex token) {
  TokenTrader& trader = traders_[token.value()];
  for (std::size_t i = trader.own.size(); i-- > 0;) {
    OwnEntry& entry = trader.own[i];
    if (entry.shown.raw() == 0 && entry.remaining.raw() > 0) {
      const execution::OrderHandle handle = orders_.find(entry.id);
      const bool live =
          handle.valid() && orders_[handle].live_since.is_set() && now_ - orders_[handle].live_since >= kDisplayedBy;
      if (live && feeds_[token.value()].book().size_at(entry.side, entry.price) >= entry.remaining)
        entry.shown = entry.remaining;
    }
    if (entry.shown <= entry.remaining || now_ - entry.changed < kShownAtMost) continue;
    entry.shown = entry.remaining;
    if (entry.remaining.raw() <= 0) trader.own.erase(i);
  }
}

}  // namespace ebb::engine
