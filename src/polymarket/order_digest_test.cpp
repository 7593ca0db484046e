#include "polymarket/order_digest.hpp"

#include <gtest/gtest.h>

#include "base/decimal.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/test_files.hpp"
#include "polymarket/test_orders.hpp"

namespace ebb::polymarket {
namespace {

std::string hex(const crypto::Word& word) { return "0x" + crypto::to_hex(word); }

/// Checks every case of a file; returns how many there were.
int check_orders(const std::string& file) {
  JsonTree tree;
  EXPECT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "cases");
  int checked = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++checked) {
    const std::string_view name = tree.member(i, "name").text;
    const std::uint64_t chain = static_cast<std::uint64_t>(parse_scaled(tree.member(i, "chain_id").text, 0).value());
    const bool v3 = tree.member(i, "domain_version").text == "3";
    const auto contract = exchange_of(v3 ? model::ProtocolVersion::v2 : model::ProtocolVersion::v1,
                                      tree.member(i, "neg_risk").text == "true");
    EXPECT_EQ(exchange_address(contract, chain),
              crypto::parse_address(tree.member(i, "verifying_contract").text).value())
        << name;
    const OrderFields fields = test::fields_of(tree, tree.find(i, "order"));
    const OrderDigester digester(chain);
    const std::string_view separator = tree.member(i, "domain_separator").text;
    if (!separator.empty()) {
      EXPECT_EQ(hex(digester.domain(contract)), separator) << name;
    }
    const std::string_view struct_hash = tree.member(i, "struct_hash").text;
    if (!struct_hash.empty()) {
      EXPECT_EQ(hex(order_struct_hash(fields)), struct_hash) << name;
    }
    EXPECT_EQ(to_text(digester.digest(contract, fields)), tree.member(i, "order_hash").text) << name;
  }
  return checked;
}

TEST(OrderDigest, official_orders_of_domain_2) {
  EBB_VECTORS_OR_SKIP(file, "orders_v2.json");
  EXPECT_GE(check_orders(file), 7);
}

TEST(OrderDigest, derived_orders_of_domain_3) {
  EBB_VECTORS_OR_SKIP(file, "orders_v3_derived.json");
  EXPECT_EQ(check_orders(file), 4);
}

TEST(OrderDigest, type_hash_and_domain_separators_are_the_known_ones) {
  EXPECT_EQ(hex(order_type_hash()), "0xbb86318a2138f5fa8ae32fbe8e659f8fcf13cc6ae4014a707893055433818589");
  const OrderDigester polygon(kPolygon);
  EXPECT_EQ(hex(polygon.domain(ExchangeContract::standard)),
            "0x3264e159346253e26a64e00b69032db0e7d32f94628de3e6eecb50304d7af3d2");
  EXPECT_EQ(hex(polygon.domain(ExchangeContract::neg_risk)),
            "0x9b858f53327b0bd13af8ec14cfb35234fb9eb7b0504d1a4e61f433840d30e81a");
  EXPECT_EQ(hex(polygon.domain(ExchangeContract::v3)),
            "0x466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b");
  EXPECT_EQ(hex(OrderDigester(kAmoy).domain(ExchangeContract::v3)),
            "0xdf8b5fd204134b8d562677d7fc9346884e8f02ef2fd43358239393723e8833e6");
}

TEST(OrderDigest, every_field_counts) {
  const OrderDigester digester;
  const OrderFields base{.salt = 1, .maker_amount = 5, .taker_amount = 10, .timestamp_ms = 1790000000000};
  std::vector<model::OrderId> ids = {digester.digest(ExchangeContract::standard, base),
                                     digester.digest(ExchangeContract::neg_risk, base),
                                     digester.digest(ExchangeContract::v3, base)};
  const auto with = [&](auto change) {
    OrderFields fields = base;
    change(fields);
    ids.push_back(digester.digest(ExchangeContract::standard, fields));
  };
  with([](OrderFields& f) { f.salt = 2; });
  with([](OrderFields& f) { f.maker[19] = 1; });
  with([](OrderFields& f) { f.signer[19] = 1; });
  with([](OrderFields& f) { f.token_id[31] = 1; });
  with([](OrderFields& f) { f.maker_amount = 6; });
  with([](OrderFields& f) { f.taker_amount = 11; });
  with([](OrderFields& f) { f.side = model::Side::sell; });
  with([](OrderFields& f) { f.signature_type = SignatureType::poly_proxy; });
  with([](OrderFields& f) { f.timestamp_ms += 1; });
  with([](OrderFields& f) { f.metadata[31] = 1; });
  with([](OrderFields& f) { f.builder[31] = 1; });
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (std::size_t j = i + 1; j < ids.size(); ++j) EXPECT_NE(ids[i], ids[j]) << i << " and " << j;
  }
}

}  // namespace
}  // namespace ebb::polymarket
