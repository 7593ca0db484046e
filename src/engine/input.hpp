// Everything that an engine is told, as one value: what its public functions take. An observer sees each input before
// the engine acts on it and each command as it leaves, so that a run can be written down and fed to another engine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.hpp"
#include "model/command.hpp"
#include "model/event.hpp"
#include "model/ids.hpp"
#include "model/market.hpp"
#include "model/record.hpp"
#include "risk/gate.hpp"
#include "strategy/params.hpp"

namespace ebb::engine {

class Engine;

/// Whether a market's tokens are traded, or only followed. `work_off`: no longer configured, but we hold something there or
/// have orders: it is sold by the usual rules, nothing is bought.
enum class Follow : std::uint8_t { trade, watch, work_off };

/// Calls of the engine that are no events. Named like the functions of Engine.
struct AddMarket {
  model::MarketSpec spec;
  Follow follow = Follow::trade;
};
struct AddSibling {
  model::MarketIndex market;
  std::string token_id;
  std::string outcome;
};
struct SetTraded {
  model::TokenIndex token;
  bool traded = true;
};
struct SetParams {
  model::TokenIndex token;
  strategy::Params params;
};
struct SetLimits {
  risk::Limits limits;
};
struct Retire {
  model::MarketIndex market;
};
struct Revive {
  model::MarketIndex market;
};
struct Restore {
  model::Recovery recovery;
};
/// Timers were due. Calls of advance() that found none due are no input: they change nothing.
struct Advance {};
struct BeginStop {};
struct EndOfFeed {};

using Call = std::variant<AddMarket, AddSibling, SetTraded, SetParams, SetLimits, Advance, BeginStop, EndOfFeed, Retire,
                          Revive, Restore>;

/// Sees what goes in and what comes out, synchronously, on the engine's thread. Times never go back: an input that was
/// received earlier than the one before carries the engine's time. Must not call the engine's non-const functions.
class InputObserver {
 public:
  virtual ~InputObserver() = default;
  virtual void on_market_frame(Timestamp time, model::ConnectionIndex connection, std::string_view text) = 0;
  virtual void on_event(Timestamp time, const model::EventBody& body) = 0;
  virtual void on_call(Timestamp time, const Call& call) = 0;
  virtual void on_command(const model::Command& command, Timestamp time) = 0;
};

/// Calls the function that the input stands for.
void apply(Engine& engine, Timestamp time, const Call& call);

}  // namespace ebb::engine
