// Where the engine's commands go, and who may watch it decide. Called synchronously on the engine's thread.
#pragma once

#include "base/time.hpp"
#include "execution/exit.hpp"
#include "execution/order.hpp"
#include "model/command.hpp"
#include "model/order.hpp"
#include "model/record.hpp"

namespace ebb::engine {

class CommandSink {
 public:
  virtual ~CommandSink() = default;
  virtual void on_command(const model::Command& command, Timestamp now) = 0;
};

/// Observers of a run (outside checker, displays). Every call is a claim of the engine.
class EngineListener {
 public:
  virtual ~EngineListener() = default;
  /// A signal was raised: `refusal` is refusal_index(...) or 0 when it became an order.
  virtual void on_signal(Timestamp, model::TokenIndex, int /*refusal*/) {}
  /// `order.reference` holds the bid at the signal (BUY) or the profit floor (SELL).
  virtual void on_order_placed(Timestamp, const execution::Order&) {}
  virtual void on_order_closed(Timestamp, const execution::Order&) {}
  virtual void on_fill(Timestamp, const model::UserTrade&) {}
  /// The token's parameters were chosen or changed (tier, live change).
  virtual void on_params(Timestamp, model::TokenIndex) {}
  virtual void on_round_trip(Timestamp, model::TokenIndex) {}
  /// What the journal keeps (model/record.hpp), in the order in which it happened; an order's intent before its command.
  /// Never one a market frame. The texts in it are static.
  virtual void on_record(const model::Record&) {}
};

}  // namespace ebb::engine
