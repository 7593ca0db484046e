// Gamma: market metadata (protocol 1.5). Read defensively: lists come as JSON inside strings, numbers as text, fields go
// missing. What decides how orders are signed (`version`) is never guessed: such a market may be watched, not traded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "model/market.hpp"
#include "polymarket/json_tree.hpp"

namespace ebb::polymarket {

/// By what markets are asked for; repeated in the query.
enum class GammaKey : std::uint8_t { clob_token_ids, condition_ids, slug };
/// Values in one request: the venue takes about 100; fewer keep the request line below 8 KB.
inline constexpr std::size_t kGammaChunk = 60;

/// As many requests as the values need, in order.
[[nodiscard]] std::vector<HttpRequest> gamma_market_requests(GammaKey key, std::span<const std::string> values,
                                                             std::size_t chunk = kGammaChunk);

struct GammaMarket {
  model::MarketSpec spec;
  std::string id;
  bool active = false;
  bool closed = true;
  bool accepting_orders = false;
  bool order_book = false;  ///< enableOrderBook; true when the field is missing
  bool fees_told = false;  ///< `feesEnabled` is false or there is a schedule; else spec.fees is a default
  std::string resolution;  ///< `resolutionStatus` or `umaResolutionStatus`; empty = not told
  /// Why no order may be signed for it (version missing, unknown or in conflict with its token ids; no tick, no minimum
  /// size): codes `gamma.version`, `gamma.tick`, `gamma.minimum`, `order.version_conflict`. Its tokens may be watched.
  std::optional<Error> refusal;
  /// Protocol 1.5, and nothing against it.
  [[nodiscard]] bool ready_to_trade() const { return active && !closed && accepting_orders && order_book && !refusal; }
};
/// A market of the answer that is none: no ids, outcomes that do not pair. Code `gamma.market`.
struct UnusableMarket {
  std::string name;  ///< slug, condition or id, whichever there is
  Error error;
};
struct GammaPage {
  std::vector<GammaMarket> markets;
  std::vector<UnusableMarket> unusable;
};
/// An array of markets, one market, or an object with `markets` or `data`. Errors: `gamma.status`, `gamma.not_json`,
/// `gamma.shape`.
[[nodiscard]] Expected<GammaPage> read_gamma_markets(const HttpResponse& response);

/// "0x" + 62 hex digits (31 bytes, protocol 1.6) become 64 by one zero byte at the right; lower case. Error:
/// `gamma.condition` for everything else that is not 64 digits.
[[nodiscard]] Expected<std::string> padded_condition(std::string_view text);

/// ISO 8601 in UTC or with an offset: "2026-03-12T09:25:00Z", "2026-05-08 20:00:00+00", "2026-03-12"; fractions are cut to
/// milliseconds. A date alone is date_only; so is midnight exactly, which the venue writes for days without an hour.
struct EndTime {
  Timestamp time;
  model::EndPrecision precision = model::EndPrecision::unknown;
};
[[nodiscard]] std::optional<EndTime> parse_end_time(std::string_view text);

}  // namespace ebb::polymarket
