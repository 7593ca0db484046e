// When to try again: a back-off that doubles up to a cap, with jitter, and a gate that keeps many sockets apart.
#pragma once

#include <cstdint>

#include "base/random.hpp"
#include "base/time.hpp"
#include "session/feed_config.hpp"

namespace ebb::session {

/// Back-off of one socket. The delay before try n is uniform in [1/2, 1] of min(cap, first x 2^n).
class Reconnect {
 public:
  Reconnect(const ReconnectConfig& config, Random random) : config_(config), random_(random) {}
  /// The socket failed or ended after it had been open for `open_for` (0 = never): how long to wait.
  [[nodiscard]] Duration after_loss(Duration open_for);
  [[nodiscard]] std::uint32_t tries() const { return tries_; }

 private:
  ReconnectConfig config_;
  Random random_;
  std::uint32_t tries_ = 0;
};

/// Keeps the attempts of a feed at least `spacing` apart: many sockets that were lost in one instant do not come back in
/// one.
class ConnectGate {
 public:
  explicit ConnectGate(Duration spacing) : spacing_(spacing) {}
  /// Whether an attempt may be made now; if so, the moment is taken.
  [[nodiscard]] bool pass(Timestamp now) {
    if (now < free_at_) return false;
    free_at_ = now + spacing_;
    return true;
  }
  [[nodiscard]] Timestamp free_at() const { return free_at_; }

 private:
  Duration spacing_;
  Timestamp free_at_;
};

}  // namespace ebb::session
