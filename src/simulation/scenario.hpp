// What a seed decides: the world of a run, and what goes wrong in it.
#pragma once

#include <cstdint>
#include <string>

#include "engine/config.hpp"
#include "exchange/venue_server.hpp"
#include "session/order_desk.hpp"
#include "simulation/mover.hpp"
#include "simulation/network.hpp"

namespace ebb::simulation {

struct Scenario {
  std::uint64_t seed = 1;
  Duration length;  ///< of trading with faults
  Duration calm = seconds(40);  ///< then without, before the orderly stop
  exchange::VenueConfig venue;
  MoverConfig mover;
  NetworkConfig network;
  engine::EngineConfig engine;
  session::OrderDeskConfig desk;
  bool hashes = false;
  bool real_signatures = false;
  Duration commit_delay = milliseconds(5);  ///< of the journal's groups
};

/// `days` > 0: so much simulated time in place of what the seed would choose.
[[nodiscard]] Scenario scenario_of(std::uint64_t seed, double days);
/// At least ten faults, drawn from the seed; more in longer runs.
[[nodiscard]] std::string draw_script(const Scenario& scenario);

}  // namespace ebb::simulation
