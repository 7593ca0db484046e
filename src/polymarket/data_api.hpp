// Data API v2 (protocol 1.6): positions and activity of a wallet. Public, cursor-paged. An error or a short page is
// unknown, never zero: the reader of pages says `complete` only after the last one came.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"

namespace ebb::polymarket {

/// One page of holdings. Dust below 0.1 share is hidden by default (protocol 1.6): the request asks for all of it.
/// No status is asked for: what became redeemable is held, too. `condition` restricts to one market; empty = all. `cursor`
/// empty = first page; filters are sent again with it.
[[nodiscard]] HttpRequest positions_request(std::string_view wallet, std::string_view condition,
                                            std::string_view cursor);
[[nodiscard]] HttpRequest activity_request(std::string_view wallet, std::string_view cursor);
[[nodiscard]] HttpRequest data_trades_request(std::string_view wallet, std::string_view cursor);

/// Of one market; empty answer = not resolved, as far as the API knows.
[[nodiscard]] HttpRequest resolutions_request(std::string_view condition);

struct ApiPosition {
  std::string token_id;
  std::string condition_id;  ///< padded to 64 digits; empty when missing or malformed
  Shares size;  ///< rounded half up to a millionth
  Price average{-1};  ///< -1 = not given; rounded to the 1e-4 grid
  std::string status;
  bool redeemable = false;
  bool mergeable = false;
  bool negative_risk = false;
};
struct ApiActivity {
  std::string type;  ///< "TRADE", "REDEEM", "MERGE", ...; "TRADE" for rows of /trades
  std::string token_id;
  std::string condition_id;
  model::Side side = model::Side::buy;  ///< of a trade
  Shares size;
  Price price{-1};  ///< -1 = none; rounded to the grid (on no grid at the source)
  Timestamp time;
  std::string transaction_hash;
  std::int32_t outcome_index = 999;  ///< 999 = unknown
};
/// What a share of each outcome of a resolved market pays, in millionths of a dollar; together one dollar.
struct ApiResolution {
  std::string condition_id;  ///< padded to 64 digits
  std::array<std::int64_t, 2> payouts{};
};
template <class Row>
struct DataPage {
  std::vector<Row> rows;
  std::uint32_t malformed = 0;  ///< rows left out: a page with any is not a complete reading
  bool has_more = false;
  std::string next_cursor;
};
/// Errors: `data.status` (with the envelope's words, and whether it calls itself retryable), `data.not_json`, `data.shape`
/// (no `data` array, or a page that says has_more without a cursor).
[[nodiscard]] Expected<DataPage<ApiPosition>> read_positions(const HttpResponse& response);
[[nodiscard]] Expected<DataPage<ApiActivity>> read_activity(const HttpResponse& response);
[[nodiscard]] Expected<DataPage<ApiResolution>> read_resolutions(const HttpResponse& response);

}  // namespace ebb::polymarket
