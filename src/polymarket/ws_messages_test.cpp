#include "polymarket/ws_messages.hpp"

#include <gtest/gtest.h>

#include <array>

#include "polymarket/json_tree.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::array<std::string_view, 2> kAssets{"111", "222"};

TEST(WsMessages, FirstMarketFrameCarriesTypeAndTheSpellingAssetsIds) {
  EXPECT_EQ(market_hello(kAssets, CustomFeatures::on),
            R"({"assets_ids":["111","222"],"type":"market","initial_dump":true,"custom_feature_enabled":true})");
  EXPECT_EQ(market_hello({}, CustomFeatures::off), R"({"assets_ids":[],"type":"market","initial_dump":true})");
}

TEST(WsMessages, LaterMarketFramesCarryTheOperation) {
  EXPECT_EQ(market_subscribe(kAssets, CustomFeatures::on),
            R"({"operation":"subscribe","assets_ids":["111","222"],"custom_feature_enabled":true})");
  EXPECT_EQ(market_subscribe(kAssets, CustomFeatures::off), R"({"operation":"subscribe","assets_ids":["111","222"]})");
  EXPECT_EQ(market_unsubscribe(kAssets), R"({"operation":"unsubscribe","assets_ids":["111","222"]})");
}

TEST(WsMessages, UserFrameOmitsMarketsWhenAllAreMeant) {
  const UserAuth auth{"k", "s+/=", "p"};
  EXPECT_EQ(user_hello(auth, {}), R"({"auth":{"apiKey":"k","secret":"s+/=","passphrase":"p"},"type":"user"})");
  constexpr std::array<std::string_view, 1> kMarkets{"0xc"};
  EXPECT_EQ(user_hello(auth, kMarkets),
            R"({"auth":{"apiKey":"k","secret":"s+/=","passphrase":"p"},"type":"user","markets":["0xc"]})");
  EXPECT_EQ(user_subscribe(kMarkets), R"({"operation":"subscribe","markets":["0xc"]})");
  EXPECT_EQ(user_unsubscribe(kMarkets), R"({"operation":"unsubscribe","markets":["0xc"]})");
}

TEST(WsMessages, StayJsonWhateverAnIdHolds) {
  constexpr std::array<std::string_view, 1> kOdd{"a\"b\\c\n"};
  JsonTree tree;
  const std::string text = market_unsubscribe(kOdd);
  EXPECT_TRUE(tree.parse(text)) << text;
}

}  // namespace
}  // namespace ebb::polymarket
