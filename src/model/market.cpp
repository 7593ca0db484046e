#include "model/market.hpp"

#include <utility>

namespace ebb::model {

Expected<MarketIndex> MarketTable::add(MarketSpec spec) {
  if (markets_by_id_.contains(spec.condition_id)) {
    return fail("market.duplicate", "market " + spec.condition_id + " is already known");
  }
  if (spec.tokens[0].token_id.empty() && spec.tokens[1].token_id.empty()) {
    return fail("market.invalid", "market " + spec.condition_id + " has no token id");
  }
  if (spec.tick.raw() < 1 || spec.tick.raw() > kPriceScale / 2) {
    return fail("market.invalid", "market " + spec.condition_id + " has a tick size outside 0.0001 to 0.5");
  }
  if (spec.min_order_size.raw() < 0 || spec.min_order_size > kMaxShares) {
    return fail("market.invalid", "market " + spec.condition_id + " has a minimum order size out of range");
  }
  for (const TokenSpec& token : spec.tokens) {
    if (!token.token_id.empty() && tokens_by_id_.contains(token.token_id)) {
      return fail("market.duplicate", "token " + token.token_id + " already belongs to another market");
    }
  }
  const MarketIndex index(static_cast<std::uint32_t>(markets_.size()));
  if (spec.event.empty()) {
    groups_.push_back(EventGroupIndex(static_cast<std::uint32_t>(group_count_++)));
  } else {
    const auto [it, added] = groups_by_event_.try_emplace(spec.event, static_cast<std::uint32_t>(group_count_));
    if (added) ++group_count_;
    groups_.push_back(it->second);
  }
  markets_by_id_.emplace(spec.condition_id, index);
  markets_.push_back(std::move(spec));
  market_tokens_.push_back({TokenIndex::none(), TokenIndex::none()});
  for (std::uint8_t outcome = 0; outcome < 2; ++outcome) {
    if (!markets_.back().tokens[outcome].token_id.empty()) register_token(index, outcome);
  }
  return index;
}

Expected<TokenIndex> MarketTable::add_sibling(MarketIndex market, std::string token_id, std::string outcome) {
  if (tokens_by_id_.contains(token_id)) return fail("market.duplicate", "token " + token_id + " is already known");
  for (std::uint8_t slot = 0; slot < 2; ++slot) {
    if (market_tokens_[market.value()][slot].valid()) continue;
    markets_[market.value()].tokens[slot] = {std::move(token_id), std::move(outcome)};
    return register_token(market, slot);
  }
  return fail("market.invalid", "market " + markets_[market.value()].condition_id + " already has two tokens");
}

MarketIndex MarketTable::find_market(std::string_view condition_id) const {
  const auto it = markets_by_id_.find(condition_id);
  return it == markets_by_id_.end() ? MarketIndex::none() : it->second;
}

TokenIndex MarketTable::token_of(MarketIndex market, int outcome) const {
  return market_tokens_[market.value()][static_cast<std::size_t>(outcome)];
}

TokenIndex MarketTable::register_token(MarketIndex market, std::uint8_t outcome) {
  const TokenIndex index(static_cast<std::uint32_t>(entries_.size()));
  const TokenIndex sibling = market_tokens_[market.value()][1 - outcome];
  entries_.push_back({market, sibling, outcome});
  if (sibling.valid()) entries_[sibling.value()].sibling = index;
  market_tokens_[market.value()][outcome] = index;
  token_ids_.push_back(markets_[market.value()].tokens[outcome].token_id);
  tokens_by_id_.emplace(token_ids_.back(), index);
  return index;
}

}  // namespace ebb::model
