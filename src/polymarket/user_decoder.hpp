// User-channel frames -> our orders and our legs of trades (protocol section 3).
//
// The venue's habits that are tolerated: absent, null and "" fields; numbers instead of strings; sides, types and
// statuses in any case, prefixed (TRADE_STATUS_, ORDER_STATUS_) or with a sentence behind them (CANCELED_order ...);
// times in s or ms; `matchtime` for match_time; maker_orders without `side`; frames without event_type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/market.hpp"
#include "model/order.hpp"
#include "polymarket/json_tree.hpp"

namespace ebb::polymarket {

/// Who we are on this channel.
struct UserIdentity {
  std::string owner;          ///< API key (uuid); empty = unknown
  std::string maker_address;  ///< 0x + 40 hex digits of the funder; case does not matter; empty = unknown
};

/// What one frame said. Containers are reused from frame to frame.
struct UserFrameContent {
  std::vector<model::UserOrder> orders;
  std::vector<model::UserTrade> trades;
  std::uint32_t non_json = 0;        ///< PONG and other text
  std::uint32_t malformed = 0;       ///< events or legs dropped: a required field missing or out of range
  std::uint32_t unknown_types = 0;
  std::uint32_t unknown_tokens = 0;  ///< events or legs of tokens that the table does not know
  std::uint32_t not_ours = 0;        ///< trades in which no leg is ours
  void clear();
};

class UserDecoder {
 public:
  /// `markets` must outlive the decoder.
  UserDecoder(const model::MarketTable& markets, UserIdentity identity);

  /// Decodes one frame: an object or an array of objects. Never fails: what cannot be used is counted.
  void decode(std::string_view frame, UserFrameContent& out);
  /// The same for one page of GET /data/trades (protocol 1.4): its `data` are trades without event_type. False when the body is
  /// no such page; `next` = the cursor of the next one, empty after the last.
  [[nodiscard]] bool decode_trades_page(std::string_view body, UserFrameContent& out, std::string& next);

 private:
  void read_event(std::uint32_t object, UserFrameContent& out) const;
  void read_order(std::uint32_t object, UserFrameContent& out) const;
  void read_trade(std::uint32_t object, UserFrameContent& out) const;
  void read_leg(std::uint32_t leg, std::uint32_t trade, model::UserTrade base, UserFrameContent& out) const;
  [[nodiscard]] bool is_ours(std::uint32_t object) const;
  [[nodiscard]] std::string_view text(std::uint32_t object, std::string_view key) const;

  const model::MarketTable& markets_;
  UserIdentity identity_;
  JsonTree tree_;
};

}  // namespace ebb::polymarket
