// For tests only: keeps the engine's records as a journal would, and says what a restart begins with.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "engine/listener.hpp"
#include "model/market.hpp"
#include "model/record.hpp"

namespace ebb::engine::testing {

class RecordBook : public EngineListener {
 public:
  void on_record(const model::Record& record) override { records_.push_back(record); }

  [[nodiscard]] const std::vector<model::Record>& records() const { return records_; }
  template <class Body>
  [[nodiscard]] std::vector<Body> all() const {
    std::vector<Body> found;
    for (const model::Record& record : records_) {
      if (const auto* body = std::get_if<Body>(&record.body)) found.push_back(*body);
    }
    return found;
  }

  /// What the first `count` records leave behind.
  [[nodiscard]] model::Recovery recovery(const model::MarketTable& markets, std::size_t count = SIZE_MAX) const {
    model::Recovery out;
    for (std::uint32_t i = 0; i < markets.token_count(); ++i)
      out.tokens.push_back(markets.token_id(model::TokenIndex(i)));
    std::map<model::OrderId, model::RecoveredOrder> orders;
    std::vector<model::OrderId> order_ids;
    std::map<std::uint32_t, model::TokenRecord> states;
    for (std::size_t i = 0; i < records_.size() && i < count; ++i) {
      const model::Record& record = records_[i];
      out.first_run = false;
      out.last_record = record.time;
      if (const auto* intent = std::get_if<model::IntentRecord>(&record.body)) {
        order_ids.push_back(intent->order.id);
        orders[intent->order.id] = {
            *intent,
            {.id = intent->order.id, .token = intent->order.token, .state = model::OrderState::intent},
            record.time};
      } else if (const auto* step = std::get_if<model::OrderRecord>(&record.body)) {
        orders[step->id].last = *step;
        orders[step->id].time = record.time;
      } else if (const auto* token = std::get_if<model::TokenRecord>(&record.body)) {
        states[token->token.value()] = *token;
      } else if (const auto* sweep = std::get_if<model::SweepRecord>(&record.body)) {
        out.trades_complete_until = sweep->complete_until;
      } else if (const auto* incident = std::get_if<model::IncidentRecord>(&record.body)) {
        if (incident->kind == "DAY_BEGINS") {
          out.day_began = record.time;
          out.day_start_pnl = Usdc(incident->value);
          out.daily_loss_hit = false;
        }
        out.daily_loss_hit = out.daily_loss_hit || incident->kind == "DAILY_LOSS";
      } else if (const auto* request = std::get_if<model::OperatorRecord>(&record.body)) {
        hear(out, request->request);
      } else if (const auto* fill = std::get_if<model::FillRecord>(&record.body)) {
        out.bookings.push_back({record.time, *fill});
      } else if (const auto* change = std::get_if<model::LedgerRecord>(&record.body)) {
        out.bookings.push_back({record.time, *change});
      } else if (const auto* position = std::get_if<model::PositionRecord>(&record.body)) {
        fold(out, *position);
        out.bookings.push_back({record.time, *position});
      }
    }
    for (const model::OrderId& id : order_ids) {
      if (!model::is_terminal(orders[id].last.state)) out.orders.push_back(orders[id]);
    }
    for (const auto& [token, state] : states) out.token_states.push_back(state);
    return out;
  }

 private:
  static void hear(model::Recovery& out, const model::OperatorRequest& request) {
    if (request.token.valid()) return;
    if (request.action == model::OperatorAction::pause) out.paused = true;
    if (request.action == model::OperatorAction::kill) out.killed = true;
    if (request.action == model::OperatorAction::resume) out.paused = out.killed = false;
  }
  static void fold(model::Recovery& out, const model::PositionRecord& position) {
    std::vector<model::RecoveredBooking> kept;
    for (model::RecoveredBooking& booking : out.bookings) {
      const auto* change = std::get_if<model::LedgerRecord>(&booking.body);
      const auto* earlier = std::get_if<model::PositionRecord>(&booking.body);
      if (change != nullptr && change->token == position.token) continue;
      if (earlier != nullptr && earlier->token == position.token) continue;
      const auto* fill = std::get_if<model::FillRecord>(&booking.body);
      if (fill != nullptr && fill->trade.token == position.token) booking.folded = true;
      kept.push_back(booking);
    }
    out.bookings = std::move(kept);
  }

  std::vector<model::Record> records_;
};

}  // namespace ebb::engine::testing
