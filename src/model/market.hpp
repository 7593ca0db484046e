// What a market is, apart from its book: the words of Gamma and of `/clob-markets` (protocol 1.3, 1.5).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/archived.hpp"
#include "base/expected.hpp"
#include "base/flat_map.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"

namespace ebb::model {

/// Which exchange contract settles the market's orders (protocol 5.2; Gamma `version`).
enum class ProtocolVersion : std::uint8_t { v1, v2 };

/// Taker fee = shares * rate * (p * (1 - p))^exponent (protocol 6.8). Makers pay nothing.
struct FeeSchedule {
  std::int32_t rate_bps = 500;  ///< 10000 = 1.0; 700 = the crypto rate 0.07
  std::int32_t exponent = 1;
};

/// Where a market's end comes from. An imprecise end (a date without a time) never starts a countdown or an exit.
enum class EndPrecision : std::uint8_t { unknown, date_only, exact };

struct TokenSpec {
  std::string token_id;  ///< decimal text of 256 bits; empty when the recording never showed the token
  std::string outcome;   ///< "Yes", "Up", ...
};

struct MarketSpec {
  std::string condition_id;          ///< 0x + 64 hex digits
  std::string slug;
  std::string question;
  std::string event;                 ///< event the market belongs to; empty = an event of its own
  std::array<TokenSpec, 2> tokens;   ///< [0] = YES / Up
  Price tick{100};                   ///< 0.01
  Shares min_order_size{5'000'000};  ///< 5 shares
  bool neg_risk = false;
  ProtocolVersion version = ProtocolVersion::v1;
  FeeSchedule fees;
  Timestamp start;                   ///< unset = unknown
  Timestamp end;                     ///< unset = no known end
  EndPrecision end_precision = EndPrecision::unknown;
};

/// One token as the hot path needs it.
struct TokenEntry {
  MarketIndex market;
  TokenIndex sibling;         ///< none() when unknown
  std::uint8_t outcome = 0;   ///< 0 = YES, 1 = NO
};

/// Token text -> index, and the markets behind the indices. Filled at start and when tokens are added; never shrinks.
class MarketTable {
 public:
  /// Registers a market and those of its tokens that have an id. Errors: `market.duplicate`, `market.invalid`
  /// (no token at all, tick or minimum size out of range).
  Expected<MarketIndex> add(MarketSpec spec);
  /// The sibling became known later. Errors: `market.invalid` if there is one already.
  Expected<TokenIndex> add_sibling(MarketIndex market, std::string token_id, std::string outcome);

  [[nodiscard]] TokenIndex find_token(std::string_view token_id) const {
    const auto it = tokens_by_id_.find(token_id);
    return it == tokens_by_id_.end() ? TokenIndex::none() : it->second;
  }
  [[nodiscard]] MarketIndex find_market(std::string_view condition_id) const;
  [[nodiscard]] const TokenEntry& token(TokenIndex token) const { return entries_[token.value()]; }
  [[nodiscard]] const MarketSpec& market(MarketIndex market) const { return markets_[market.value()]; }
  [[nodiscard]] MarketSpec& mutable_market(MarketIndex market) { return markets_[market.value()]; }
  [[nodiscard]] const MarketSpec& market_of(TokenIndex t) const { return market(token(t).market); }
  [[nodiscard]] const std::string& token_id(TokenIndex token) const { return token_ids_[token.value()]; }
  [[nodiscard]] const std::string& outcome(TokenIndex t) const { return market_of(t).tokens[token(t).outcome].outcome; }
  /// Token of a market by outcome (0 = YES); none() when unknown.
  [[nodiscard]] TokenIndex token_of(MarketIndex market, int outcome) const;
  /// Markets of the same event share one group; a market without an event has a group of its own.
  [[nodiscard]] EventGroupIndex group(MarketIndex market) const { return groups_[market.value()]; }
  [[nodiscard]] std::size_t token_count() const { return entries_.size(); }
  [[nodiscard]] std::size_t market_count() const { return markets_.size(); }
  [[nodiscard]] std::size_t group_count() const { return group_count_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  TokenIndex register_token(MarketIndex market, std::uint8_t outcome);

  TextMap<TokenIndex> tokens_by_id_;
  TextMap<MarketIndex> markets_by_id_;
  TextMap<EventGroupIndex> groups_by_event_;
  std::vector<TokenEntry> entries_;
  std::vector<std::string> token_ids_;
  std::vector<MarketSpec> markets_;
  std::vector<std::array<TokenIndex, 2>> market_tokens_;
  std::vector<EventGroupIndex> groups_;
  std::size_t group_count_ = 0;
};

}  // namespace ebb::model
