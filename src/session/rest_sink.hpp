// How sessions of authenticated REST reach the world: requests go out here, answers come back by their id.
#pragma once

#include <cstdint>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "base/strong.hpp"
#include "base/time.hpp"

namespace ebb::session {

/// Names a request within the machine that sent it; never used twice.
using RequestId = Id<struct RestRequestTag, std::uint64_t>;

/// Which server a request is for. `geoblock` is one address: its target is the configured URL's, whatever the request says.
enum class Origin : std::uint8_t { clob, data, geoblock };

/// Where requests go. The owner answers each exactly once, later (never from inside send), by the on_answer() of the machine
/// that sent it, with what net::HttpPool reports: `net.not_sent` = it certainly had no effect, other errors = it may have.
class RestSink {
 public:
  virtual ~RestSink() = default;
  virtual void send(RequestId id, Origin origin, HttpRequest request, Duration timeout) = 0;
};

}  // namespace ebb::session
