// From an exchange's words (embedded or paper) to the engine's events, and from the engine's orders to requests.
#pragma once

#include "exchange/messages.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace ebb::exchange {

/// `token` is the order's token in the exchange's own table.
[[nodiscard]] OrderRequest to_request(const model::PlaceOrder& order, model::TokenIndex token, AccountIndex account);
/// The texts point into `result`.
[[nodiscard]] model::PlaceAnswer to_answer(const PlaceResult& result, model::Side side);
[[nodiscard]] model::CancelAnswer to_answer(const CancelResult& result);
[[nodiscard]] model::OrderStatusAnswer to_answer(const OrderStatus& status);

}  // namespace ebb::exchange
