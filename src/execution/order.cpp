#include "execution/order.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace ebb::execution {

using model::OrderState;

OrderState next_state(OrderState state, OrderInput input) {
  using S = OrderState;
  // Rows: state; columns: sent, accepted, refused, outcome_unknown, part_filled, all_filled, ended, expired.
  static constexpr S kTable[5][8] = {
      /* INTENT  */ {S::sent, S::live, S::rejected, S::unknown, S::partial, S::filled, S::canceled, S::expired},
      /* SENT    */ {S::sent, S::live, S::rejected, S::unknown, S::partial, S::filled, S::canceled, S::expired},
      /* LIVE    */ {S::live, S::live, S::live, S::live, S::partial, S::filled, S::canceled, S::expired},
      /* PARTIAL */ {S::partial, S::partial, S::partial, S::partial, S::partial, S::filled, S::canceled, S::expired},
      /* UNKNOWN */ {S::unknown, S::live, S::rejected, S::unknown, S::partial, S::filled, S::canceled, S::expired},
  };
  if (model::is_terminal(state)) return state;
  return kTable[static_cast<int>(state)][static_cast<int>(input)];
}

OrderStore::OrderStore(std::size_t capacity) : capacity_(capacity) { by_id_.reserve(capacity); }

OrderHandle OrderStore::add(const model::PlaceOrder& intent) {
  const OrderHandle handle(free_slot());
  Order& order = orders_[handle.value()];
  order = Order{};
  order.intent = intent;
  const bool added = by_id_.emplace(intent.id, handle).second;
  CHECK(added);
  open_.push_back(handle);
  return handle;
}

OrderHandle OrderStore::find(const model::OrderId& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? OrderHandle::none() : it->second;
}

bool OrderStore::apply(OrderHandle handle, OrderInput input, Timestamp now) {
  Order& order = orders_[handle.value()];
  const OrderState before = order.state;
  order.state = next_state(before, input);
  if (order.state == before) return false;
  if (order.state == OrderState::live && !order.live_since.is_set()) order.live_since = now;
  if (order.terminal()) {
    if (!order.ended_at.is_set()) order.ended_at = now;
    open_.erase(std::find(open_.begin(), open_.end(), handle));
  }
  return true;
}

std::uint32_t OrderStore::free_slot() {
  if (orders_.size() < capacity_) {
    orders_.emplace_back();
    return static_cast<std::uint32_t>(orders_.size() - 1);
  }
  for (std::size_t tried = 0; tried < orders_.size(); ++tried) {
    const std::size_t slot = next_reuse_;
    next_reuse_ = (next_reuse_ + 1) % orders_.size();
    if (orders_[slot].terminal()) {
      by_id_.erase(orders_[slot].intent.id);
      ++given_up_;
      return static_cast<std::uint32_t>(slot);
    }
  }
  CHECK(false && "every order record is open");
  return 0;
}

}  // namespace ebb::execution
