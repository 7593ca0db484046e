// Whatever clients ask of the exchange server, each request has one answer, answers and frames are JSON, nothing is sent to a
// closed socket, money and shares are conserved, and the same script gives the same bytes.
#include <cstdint>
#include <string_view>

#include "venue_script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view script(reinterpret_cast<const char*>(data), size);
  ebb::exchange::VenueScript first;
  first.play(script);
  first.require_whole();
  if (size % 4 == 0) {
    ebb::exchange::VenueScript second;
    second.play(script);
    REQUIRE(second.log() == first.log());
  }
  return 0;
}
