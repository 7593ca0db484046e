// Small public answers: version, time, geoblock (protocol 1.1, 1.3).
#pragma once

#include <cstdint>
#include <string>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "base/time.hpp"

namespace ebb::polymarket {

[[nodiscard]] HttpRequest version_request();
[[nodiscard]] HttpRequest time_request();

/// `{"version":2}`. Errors: `venue.status`, `venue.not_json`, `venue.shape`.
[[nodiscard]] Expected<std::int32_t> read_version(const HttpResponse& response);
/// A bare JSON integer of unix seconds (or text of one). Errors as above.
[[nodiscard]] Expected<Timestamp> read_time(const HttpResponse& response);

struct GeoblockAnswer {
  bool blocked = true;
  std::string country;
  std::string region;
};
/// Errors as above. An answer without `blocked` is an error: nobody trades on a guess.
[[nodiscard]] Expected<GeoblockAnswer> read_geoblock(const HttpResponse& response);

}  // namespace ebb::polymarket
