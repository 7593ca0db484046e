// What is read again and again although events should have told it: trades, open orders, positions, balances. Evidence against
// what was missed; always the least urgent of all requests.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"
#include "session/order_sender.hpp"

namespace ebb::session {

struct PollerOptions {
  Duration trades = seconds(30);
  Duration trades_overlap =
      minutes(10);  ///< each sweep reaches so far behind the last one, whether that had an answer or not
  Duration open_orders = seconds(60);
  Duration balance = seconds(60);  ///< of cash
  Duration positions = seconds(5);  ///< one token each time, in turn
  std::uint64_t seed = 1;  ///< of the jitter: up to a tenth of each interval
};

/// Puts commands into the sender when they are due. A zero interval switches a poller off.
class Pollers {
 public:
  Pollers(PollerOptions options, OrderSender& sender);
  void start(Timestamp now);
  void stop();
  /// Tokens whose positions are read: those we hold or have orders in.
  void set_tokens(std::vector<model::TokenIndex> tokens);
  [[nodiscard]] Timestamp next_timer() const;
  void on_timer(Timestamp now);

 private:
  struct Poll {
    Duration every;
    Timestamp due = kNever;
  };
  void rearm(Poll& poll, Timestamp now);
  PollerOptions options_;
  OrderSender& sender_;
  Random random_;
  Poll trades_, open_orders_, balance_, positions_;
  Timestamp swept_at_;
  std::vector<model::TokenIndex> tokens_;
  std::size_t turn_ = 0;
};

}  // namespace ebb::session
