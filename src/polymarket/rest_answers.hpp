// The CLOB's authenticated answers in our words (protocol 1.2, 1.4, 6.2 to 6.5). Read with suspicion: numbers for strings and
// the reverse, prefixed statuses, null for an unknown order, HTML, cut or oversized texts. What cannot be read is *unknown*,
// never zero and never "no such order".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "model/event.hpp"
#include "model/market.hpp"
#include "model/order.hpp"
#include "polymarket/auth.hpp"
#include "polymarket/json_tree.hpp"

namespace ebb::polymarket {

/// What an error body says. Views point into the body.
struct ErrorBody {
  bool is_json = false;  ///< false: HTML, cut, empty: not the venue's own words
  std::string_view text;  ///< `error`, `errorMsg` or `error_msg`; the backslashes of escapes stay in it
  std::string_view code;
  std::int32_t retry_after_seconds = -1;
  std::string_view heartbeat_id;  ///< the one expected (protocol 6.5)
};

/// One entry of an answer to POST /order or /orders.
struct PlacedEntry {
  bool success = false;
  std::string_view error;
  std::string_view code;
  std::optional<model::OrderId> id;  ///< nullopt: empty or unreadable
  bool has_id = false;  ///< a non-empty text stood there
  std::string_view status;
  std::string_view making;
  std::string_view taking;
  /// Accepted only if success and no error and an id (protocol 6.2).
  [[nodiscard]] bool accepted() const { return success && error.empty() && has_id; }
};

/// What of our order is needed to read its answer.
struct PlacedOrder {
  model::OrderId id;
  model::Side side = model::Side::buy;
  model::OrderType type = model::OrderType::gtc;
  std::int64_t maker_amount = 0;
  std::int64_t taker_amount = 0;
};

struct NotCanceled {
  model::OrderId id;
  std::string_view reason;
};
struct CancelReport {
  std::vector<model::OrderId> canceled;
  std::vector<NotCanceled> not_canceled;
};

/// An order as the venue keeps it.
struct VenueOrder {
  model::OrderId id;
  model::VenueOrderStatus status = model::VenueOrderStatus::unknown;
  model::TokenIndex token;  ///< none() when the table does not know it
  model::Side side = model::Side::buy;
  Shares original_size;  ///< dollars of a FAK or FOK BUY (protocol 3)
  Shares size_matched;
};

/// One page of a list. `next` empty = it was the last one.
struct PageEnd {
  bool ok = false;  ///< false: unreadable; the list is incomplete
  std::string next;
  std::uint32_t skipped = 0;  ///< entries that could not be read or are of tokens that we do not know
};

/// Balance and allowances, in millionths. Older answers have one allowance and no spender.
struct BalanceAnswer {
  std::int64_t micros = 0;
  struct Allowance {
    std::string_view spender;  ///< empty: not told
    bool enough = false;  ///< more than zero; values beyond 64 bits are common
  };
  std::vector<Allowance> allowances;
};

struct HeartbeatAnswer {
  std::string id;
};
/// Reads answers with buffers of its own; views in results are valid until its next call and as long as the body is.
/// One thread.
class AnswerReader {
 public:
  [[nodiscard]] ErrorBody error(std::string_view body);
  /// POST /order (an object) or /orders (an array). False when the body is neither.
  [[nodiscard]] bool placed(std::string_view body, std::vector<PlacedEntry>& out);
  /// False when it has neither `canceled` nor `not_canceled`.
  [[nodiscard]] bool canceled(std::string_view body, CancelReport& out);
  /// GET /data/order/{id}: nullopt when unreadable; status not_found for `null`.
  [[nodiscard]] std::optional<VenueOrder> order(std::string_view body, const model::MarketTable& markets);
  /// A page of open orders, appended to `out`.
  [[nodiscard]] PageEnd orders(std::string_view body, const model::MarketTable& markets, std::vector<VenueOrder>& out);
  [[nodiscard]] std::optional<BalanceAnswer> balance(std::string_view body);
  [[nodiscard]] std::optional<ApiCredentials> credentials(std::string_view body);
  [[nodiscard]] std::optional<bool> closed_only(std::string_view body);
  [[nodiscard]] std::optional<HeartbeatAnswer> heartbeat(std::string_view body);

 private:
  [[nodiscard]] std::optional<VenueOrder> read_order(std::uint32_t object, const model::MarketTable& markets) const;
  [[nodiscard]] PageEnd page(std::string_view body, std::uint32_t& data);
  [[nodiscard]] std::string_view text(std::uint32_t object, std::string_view key) const;
  JsonTree tree_;
};

/// What an entry means for the order it answers. Amounts may be decimal texts or millionths (protocol 6.2); the signed amounts
/// tell which. A fill whose amounts make no sense, and an id that is not ours, are `unknown`: the venue must be asked.
[[nodiscard]] model::PlaceAnswer to_place_answer(const PlacedEntry& entry, const PlacedOrder& order);

}  // namespace ebb::polymarket
