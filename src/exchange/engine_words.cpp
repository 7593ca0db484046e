#include "exchange/engine_words.hpp"

#include "polymarket/errors.hpp"

namespace ebb::exchange {

OrderRequest to_request(const model::PlaceOrder& order, model::TokenIndex token, AccountIndex account) {
  return {.id = order.id,
          .account = account,
          .token = token,
          .side = order.side,
          .type = order.type,
          .crossing = order.crossing,
          .price = order.price,
          .size = order.size,
          .maker_amount = order.maker_amount,
          .taker_amount = order.taker_amount,
          .expiration = order.expiration};
}

model::PlaceAnswer to_answer(const PlaceResult& result, model::Side side) {
  model::PlaceAnswer answer;
  answer.id = result.id;
  answer.outcome = result.outcome;
  answer.text = result.error;
  answer.free_micros = result.free_micros;
  if (result.success) {
    if (result.outcome == model::PlaceOutcome::matched) {
      answer.dollars = Usdc(side == model::Side::sell ? result.taking_micros : result.making_micros);
    }
    answer.matched = Shares(side == model::Side::sell ? result.making_micros : result.taking_micros);
    return answer;
  }
  const polymarket::Refusal refusal{.http_status = result.http_status, .text = result.error};
  if (polymarket::is_outcome_unknown(refusal, false)) {
    answer.outcome = model::PlaceOutcome::unknown;
    return answer;
  }
  answer.outcome = model::PlaceOutcome::rejected;
  answer.reject = polymarket::classify_refusal(refusal);
  return answer;
}

model::CancelAnswer to_answer(const CancelResult& result) {
  model::CancelAnswer answer;
  answer.id = result.id;
  answer.text = result.reason;
  answer.outcome = result.canceled ? model::CancelOutcome::canceled : polymarket::classify_not_canceled(result.reason);
  return answer;
}

model::OrderStatusAnswer to_answer(const OrderStatus& status) {
  return {.id = status.id, .status = status.status, .size_matched = status.size_matched};
}

}  // namespace ebb::exchange
