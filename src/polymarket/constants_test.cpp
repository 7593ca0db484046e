// The constants of the protocol against the ones in use.
#include <gtest/gtest.h>

#include "base/decimal.hpp"
#include "crypto/eip712.hpp"
#include "polymarket/auth.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/order_digest.hpp"
#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

std::string hex(const crypto::Word& word) { return "0x" + crypto::to_hex(word); }

TEST(Constants, types_hash_to_the_known_values) {
  EBB_VECTORS_OR_SKIP(file, "constants.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t types = tree.find(0, "type_strings");
  const std::uint32_t hashes = tree.find(0, "type_hashes");
  int checked = 0;
  for (std::uint32_t i = hashes + 1; i < tree[hashes].end; i = tree[i].end, ++checked) {
    EXPECT_EQ(hex(crypto::eip712_type_hash(tree.member(types, tree[i].key).text)), tree[i].text) << tree[i].key;
  }
  EXPECT_EQ(checked, 4);
  EXPECT_EQ(kOrderType, tree.member(types, "order_v2_v3").text);
  EXPECT_EQ(hex(order_type_hash()), tree.member(hashes, "order_v2_v3").text);
  EXPECT_EQ(parse_scaled(tree.member(0, "order_type_string_len").text, 0), kOrderType.size());
}

TEST(Constants, domains_are_the_known_ones_on_both_chains) {
  EBB_VECTORS_OR_SKIP(file, "constants.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t domains = tree.find(0, "domain_separators");
  const auto known = [&](const std::string& name) { return tree.member(domains, name).text; };
  for (const std::uint64_t chain : {kPolygon, kAmoy}) {
    const OrderDigester digester(chain);
    const std::string on = " chain " + std::to_string(chain);
    EXPECT_EQ(hex(digester.domain(ExchangeContract::standard)), known("CTF Exchange v2" + on));
    EXPECT_EQ(hex(digester.domain(ExchangeContract::neg_risk)), known("NegRisk Exchange v2" + on));
    EXPECT_EQ(hex(digester.domain(ExchangeContract::v3)), known("ExchangeV3 v3" + on));
  }
  // The dead ones, for their vectors' sake.
  const auto v1_domain = [](std::string_view contract) {
    return hex(
        crypto::eip712_domain("Polymarket CTF Exchange", "1", kPolygon, crypto::parse_address(contract).value()));
  };
  EXPECT_EQ(v1_domain("0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E"), known("CTF Exchange v1 chain 137"));
  EXPECT_EQ(v1_domain("0xC5d563A36AE78145C45a50134d48A1215220f80a"), known("NegRisk Exchange v1 chain 137"));
}

/// The domain of L1 stays inside auth.cpp: here it is told by the digest that is built from the known one.
TEST(Constants, l1_uses_its_own_domain) {
  EBB_VECTORS_OR_SKIP(file, "constants.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t domains = tree.find(0, "domain_separators");
  const std::uint32_t types = tree.find(0, "type_strings");
  const crypto::Address address{1, 2, 3};
  const std::array<crypto::Word, 5> words = {
      crypto::eip712_type_hash(tree.member(types, "clob_auth").text), crypto::word_from_address(address),
      crypto::keccak256(crypto::bytes_of("1790000000")), crypto::word_from_uint64(7),
      crypto::keccak256(crypto::bytes_of("This message attests that I control the given wallet"))};
  const crypto::Word fields = crypto::keccak256({words.front().data(), sizeof words});
  for (const std::uint64_t chain : {kPolygon, kAmoy}) {
    const auto domain =
        crypto::word_from_hex(tree.member(domains, "ClobAuth chain " + std::to_string(chain)).text).value();
    EXPECT_EQ(l1_digest(address, chain, "1790000000", 7), crypto::eip712_digest(domain, fields));
  }
}

}  // namespace
}  // namespace ebb::polymarket
