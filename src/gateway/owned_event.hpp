// An engine event that outlives the buffers its texts came from: what crosses from the gateway's thread to the engine's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/event.hpp"
#include "model/market_data.hpp"

namespace ebb::gateway {

/// Owns its texts and trades; event() points into them. Lives on the heap so that it never moves.
class OwnedEvent {
 public:
  OwnedEvent(Timestamp time, const model::EventBody& body);
  OwnedEvent(const OwnedEvent&) = delete;
  OwnedEvent& operator=(const OwnedEvent&) = delete;
  [[nodiscard]] const model::Event& event() const { return event_; }
  /// Time at which the engine takes it: never before what it has seen.
  void set_time(Timestamp time) { event_.time = time; }

 private:
  model::Event event_;
  std::string text_;
  std::vector<model::UserTrade> trades_;
};

}  // namespace ebb::gateway
