// Orders of the dead domain version "1". The encoder below exists for their vectors only: ebb signs no such order.
#include <gtest/gtest.h>

#include "base/decimal.hpp"
#include "crypto/secp256k1.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::string_view kTypeV1 =
    "Order(uint256 salt,address maker,address signer,address taker,uint256 tokenId,uint256 makerAmount,uint256 "
    "takerAmount,uint256 expiration,uint256 nonce,uint256 feeRateBps,uint8 side,uint8 signatureType)";

std::string hex(const crypto::Word& word) { return "0x" + crypto::to_hex(word); }

crypto::Word struct_hash_v1(const JsonTree& tree, std::uint32_t order) {
  const auto number = [&](std::string_view key) {
    return crypto::word_from_decimal(tree.member(order, key).text).value();
  };
  const auto address = [&](std::string_view key) {
    return crypto::word_from_address(crypto::parse_address(tree.member(order, key).text).value());
  };
  const std::array<crypto::Word, 13> words = {
      crypto::eip712_type_hash(kTypeV1),
      number("salt"),
      address("maker"),
      address("signer"),
      address("taker"),
      number("tokenId"),
      number("makerAmount"),
      number("takerAmount"),
      number("expiration"),
      number("nonce"),
      number("feeRateBps"),
      crypto::word_from_uint64(tree.member(order, "side").text == "BUY" ? 0 : 1),
      number("signatureType")};
  return crypto::keccak256({words.front().data(), sizeof words});
}

TEST(OrdersV1, official_orders) {
  EBB_VECTORS_OR_SKIP(file, "orders_v1.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  EXPECT_EQ(tree.member(0, "type_string").text, kTypeV1);
  const std::uint32_t cases = tree.find(0, "cases");
  int checked = 0, is_signed = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++checked) {
    const std::string_view name = tree.member(i, "name").text;
    const auto chain = static_cast<std::uint64_t>(parse_scaled(tree.member(i, "chain_id").text, 0).value());
    const auto contract = crypto::parse_address(tree.member(i, "verifying_contract").text).value();
    const crypto::Word domain = crypto::eip712_domain("Polymarket CTF Exchange", "1", chain, contract);
    if (tree.find(i, "domain_separator") != 0) {
      EXPECT_EQ(hex(domain), tree.member(i, "domain_separator").text) << name;
    }
    const crypto::Word fields = struct_hash_v1(tree, tree.find(i, "order"));
    EXPECT_EQ(hex(fields), tree.member(i, "struct_hash").text) << name;
    const crypto::Word digest = crypto::eip712_digest(domain, fields);
    EXPECT_EQ(hex(digest), tree.member(i, "order_hash").text) << name;
    if (tree.find(i, "private_key") == 0) continue;
    const auto key = crypto::PrivateKey::parse(tree.member(i, "private_key").text).value();
    EXPECT_EQ(crypto::to_text(key.sign(digest)), tree.member(i, "signature").text) << name;
    ++is_signed;
  }
  EXPECT_EQ(checked, 3);
  EXPECT_EQ(is_signed, 2);
}

}  // namespace
}  // namespace ebb::polymarket
