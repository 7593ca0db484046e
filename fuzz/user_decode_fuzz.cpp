// No text of the user channel makes the decoder misbehave, and what it lets through is in range.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "polymarket/user_decoder.hpp"

namespace {

ebb::model::MarketTable make_table() {
  ebb::model::MarketTable table;
  ebb::model::MarketSpec market;
  market.condition_id = "0xc1";
  market.tokens = {ebb::model::TokenSpec{"111", "Yes"}, ebb::model::TokenSpec{"222", "No"}};
  if (!table.add(market)) std::abort();
  return table;
}

bool in_range(ebb::Price price, ebb::Shares size) {
  return price >= ebb::Price(0) && price <= ebb::kPriceOne && size >= ebb::Shares(0) && size <= ebb::kMaxShares;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ebb::model::MarketTable table = make_table();
  static ebb::polymarket::UserDecoder decoder(table, {"our-key", "0x0000000000000000000000000000000000000001"});
  static ebb::polymarket::UserFrameContent content;
  decoder.decode({reinterpret_cast<const char*>(data), size}, content);
  for (const auto& order : content.orders) {
    if (!order.token.valid() || !in_range(order.price, order.original_size) ||
        !in_range(order.price, order.size_matched))
      std::abort();
  }
  for (const auto& trade : content.trades) {
    if (!trade.token.valid() || !in_range(trade.price, trade.size)) std::abort();
  }
  return 0;
}
