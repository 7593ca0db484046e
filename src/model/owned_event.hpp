// An engine event that outlives the buffers its texts came from: what crosses from the gateway's thread to the engine's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/event.hpp"
#include "model/market_data.hpp"

namespace ebb::model {

/// Owns its texts and trades; event() points into them. Lives on the heap so that it never moves.
class OwnedEvent {
 public:
  OwnedEvent(Timestamp time, const EventBody& body);
  OwnedEvent(const OwnedEvent&) = delete;
  OwnedEvent& operator=(const OwnedEvent&) = delete;
  [[nodiscard]] const Event& event() const { return event_; }
  /// Time at which the engine takes it: never before what it has seen.
  void set_time(Timestamp time) { event_.time = time; }

 private:
  Event event_;
  std::string text_;
  std::vector<UserTrade> trades_;
};

}  // namespace ebb::model
