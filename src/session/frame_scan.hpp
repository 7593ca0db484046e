// What a text frame of the market channel is, told by a glance: no JSON is parsed on the way to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ebb::session {

enum class FrameKind : std::uint8_t {
  data,  ///< market data of some token
  global,  ///< new_market: reaches every connection, so it proves nothing of the subscription (protocol 2.3)
  empty,  ///< `[]`
  pong,
  ping,
  other  ///< no JSON
};
[[nodiscard]] FrameKind classify_frame(std::string_view text);

/// Calls `seen(asset_id)` for each asset whose book stands in the frame, that is whose asset_id is followed by its bids
/// before the next asset_id (protocol 2.3, 2.4: so in every key order that the venue uses).
template <class Seen>
void for_each_book(std::string_view frame, Seen&& seen) {
  constexpr std::string_view kAsset = "\"asset_id\"";
  for (std::size_t at = frame.find(kAsset); at != std::string_view::npos;) {
    std::size_t start = at + kAsset.size();
    while (start < frame.size() && (frame[start] == ':' || frame[start] == ' ' || frame[start] == '"')) ++start;
    const std::size_t end = frame.find('"', start);
    if (end == std::string_view::npos) return;
    const std::size_t next = frame.find(kAsset, end);
    const std::string_view rest = frame.substr(end, next == std::string_view::npos ? next : next - end);
    if (rest.find("\"bids\"") != std::string_view::npos) seen(frame.substr(start, end - start));
    at = next;
  }
}

}  // namespace ebb::session
