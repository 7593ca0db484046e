#include "polymarket/order_signing.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/hex.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/test_files.hpp"
#include "polymarket/test_orders.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::string_view kDevKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
constexpr std::string_view kOtherKey = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

crypto::PrivateKey key_of(std::string_view hex) { return crypto::PrivateKey::parse(hex).value(); }

/// Signs every case of a file, compares signature and id, and lets the verifier see the signature whole and damaged.
int check_signatures(const std::string& file) {
  JsonTree tree;
  EXPECT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "cases");
  int checked = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++checked) {
    const std::string_view name = tree.member(i, "name").text;
    const auto chain = static_cast<std::uint64_t>(parse_scaled(tree.member(i, "chain_id").text, 0).value());
    const bool v3 = tree.member(i, "domain_version").text == "3";
    const auto contract = exchange_of(v3 ? model::ProtocolVersion::v2 : model::ProtocolVersion::v1,
                                      tree.member(i, "neg_risk").text == "true");
    const OrderFields order = test::fields_of(tree, tree.find(i, "order"));
    const OrderDigester digester(chain);
    const OrderSigner signer(key_of(tree.member(i, "private_key").text), chain);
    const auto& owner = signer.key().address();
    const model::OrderId id = digester.digest(contract, order);
    EXPECT_EQ(to_text(id), tree.member(i, "order_hash").text) << name;
    const std::string_view wrapped = tree.member(i, "wrapped_digest_signed").text;
    if (!wrapped.empty()) {
      EXPECT_EQ("0x" + crypto::to_hex(wallet_digest(digester, contract, order.signer, order_struct_hash(order))),
                wrapped)
          << name;
    }
    std::string signature = "before ";
    signer.sign(contract, order, id, signature);
    EXPECT_EQ(signature.substr(0, 7), "before ");
    signature.erase(0, 7);
    EXPECT_EQ(signature, tree.member(i, "signature").text) << name;
    EXPECT_TRUE(verify_order_signature(digester, contract, order, signature, owner)) << name;
    for (std::size_t at = 2; at < signature.size(); at += 7) {
      std::string damaged = signature;
      damaged[at] = damaged[at] == '0' ? '1' : '0';
      EXPECT_FALSE(verify_order_signature(digester, contract, order, damaged, owner)) << name << " at " << at;
    }
    OrderFields other = order;
    ++other.maker_amount;
    EXPECT_FALSE(verify_order_signature(digester, contract, other, signature, owner)) << name;
  }
  return checked;
}

TEST(OrderSigning, official_orders_of_domain_2) {
  EBB_VECTORS_OR_SKIP(file, "orders_v2.json");
  EXPECT_EQ(check_signatures(file), 8);
}

TEST(OrderSigning, derived_orders_of_domain_3) {
  EBB_VECTORS_OR_SKIP(file, "orders_v3_derived.json");
  EXPECT_EQ(check_signatures(file), 4);
}

struct Scene {
  OrderDigester digester{kPolygon};
  OrderSigner signer{key_of(kDevKey), kPolygon};
  OrderFields order;
  Scene() {
    order.salt = 1;
    order.maker = order.signer = signer.key().address();
    order.maker_amount = 5'000'000;
    order.taker_amount = 10'000'000;
    order.timestamp_ms = 1'790'000'000'000;
  }
  std::string sign(ExchangeContract contract) {
    std::string text;
    signer.sign(contract, order, digester.digest(contract, order), text);
    return text;
  }
  bool is_valid(ExchangeContract contract, std::string_view signature, std::string_view owner = kDevKey) {
    const auto verdict = verify_order_signature(digester, contract, order, signature, key_of(owner).address());
    if (!verdict) {
      EXPECT_EQ(verdict.error().code, "order.invalid_signature");
      EXPECT_EQ(verdict.error().message, "invalid signature");
    }
    return verdict.has_value();
  }
};

TEST(Verify, each_type_asks_the_right_account) {
  Scene scene;
  const crypto::Address wallet{7};
  EXPECT_TRUE(scene.is_valid(ExchangeContract::standard, scene.sign(ExchangeContract::standard)));
  for (const auto type : {SignatureType::poly_proxy, SignatureType::poly_gnosis_safe}) {
    scene.order.signature_type = type;
    scene.order.maker = wallet;
    EXPECT_TRUE(scene.is_valid(ExchangeContract::neg_risk, scene.sign(ExchangeContract::neg_risk)));
  }
  scene.order.signature_type = SignatureType::eoa;
  EXPECT_FALSE(scene.is_valid(ExchangeContract::standard, scene.sign(ExchangeContract::standard)))
      << "a plain account trades its own funds";
  scene.order.signature_type = SignatureType::poly_1271;
  scene.order.signer = wallet;
  const std::string blob = scene.sign(ExchangeContract::v3);
  EXPECT_EQ(blob.size(), 636U);
  EXPECT_TRUE(scene.is_valid(ExchangeContract::v3, blob));
  EXPECT_FALSE(scene.is_valid(ExchangeContract::v3, blob, kOtherKey));
  EXPECT_FALSE(scene.is_valid(ExchangeContract::standard, blob)) << "made for another exchange";
  EXPECT_FALSE(scene.is_valid(ExchangeContract::v3, blob.substr(0, 132))) << "the inner signature alone";
  scene.order.maker = crypto::Address{8};
  EXPECT_FALSE(scene.is_valid(ExchangeContract::v3, scene.sign(ExchangeContract::v3)));
}

TEST(Verify, garbage_is_an_invalid_signature) {
  Scene scene;
  const std::string good = scene.sign(ExchangeContract::standard);
  for (const auto type : {SignatureType::eoa, SignatureType::poly_1271}) {
    scene.order.signature_type = type;
    for (const std::string& text :
         {std::string(), std::string("0x"), good.substr(2), good + "00", std::string(132, 'z'),
          std::string("0x") + std::string(634, 'f'), std::string(1 << 16, '0')}) {
      EXPECT_FALSE(scene.is_valid(ExchangeContract::standard, text)) << text.size();
    }
  }
}

TEST(Verify, a_signature_is_good_on_its_own_chain_and_exchange_only) {
  Scene scene;
  const std::string signature = scene.sign(ExchangeContract::standard);
  EXPECT_FALSE(scene.is_valid(ExchangeContract::neg_risk, signature));
  EXPECT_FALSE(scene.is_valid(ExchangeContract::v3, signature));
  EXPECT_FALSE(verify_order_signature(OrderDigester(kAmoy), ExchangeContract::standard, scene.order, signature,
                                      scene.signer.key().address()));
}

TEST(MarketVersion, is_read_from_bits_40_to_103_of_the_token_id) {
  using model::ProtocolVersion;
  const auto v1 =
      crypto::word_from_decimal("71321045679252212594626385532706912750332728571942532289631379312455583992563")
          .value();
  const auto v2 =
      crypto::word_from_decimal("651150819117105875331414918119047680898421632356043490229292782433651916800").value();
  EXPECT_EQ(version_of_token(v1), ProtocolVersion::v1);
  EXPECT_EQ(version_of_token(v2), ProtocolVersion::v2);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    crypto::Word id{};
    id[31 - bit / 8] = static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_EQ(version_of_token(id), bit >= 40 && bit <= 103 ? ProtocolVersion::v1 : ProtocolVersion::v2) << bit;
  }
  EXPECT_EQ(select_exchange(ProtocolVersion::v1, false, v1).value(), ExchangeContract::standard);
  EXPECT_EQ(select_exchange(ProtocolVersion::v1, true, v1).value(), ExchangeContract::neg_risk);
  EXPECT_EQ(select_exchange(ProtocolVersion::v2, false, v2).value(), ExchangeContract::v3);
  EXPECT_EQ(select_exchange(ProtocolVersion::v2, true, v2).value(), ExchangeContract::v3);
  for (const bool neg_risk : {false, true}) {
    EXPECT_EQ(select_exchange(ProtocolVersion::v2, neg_risk, v1).error().code, "order.version_conflict");
    EXPECT_EQ(select_exchange(ProtocolVersion::v1, neg_risk, v2).error().code, "order.version_conflict");
  }
  const crypto::Word no_module = *crypto::word_from_decimal("1234");  // in the official vectors of both versions
  EXPECT_EQ(select_exchange(ProtocolVersion::v1, false, no_module).value(), ExchangeContract::standard);
  EXPECT_EQ(select_exchange(ProtocolVersion::v2, false, no_module).value(), ExchangeContract::v3);
}

TEST(OrderBody, has_the_clients_key_order) {
  OrderFields order;
  order.salt = (std::uint64_t{1} << 53) - 1;
  order.maker_amount = 10'520'000;
  order.taker_amount = 21'040'000;
  order.side = model::Side::sell;
  order.signature_type = SignatureType::poly_gnosis_safe;
  order.timestamp_ms = 1'790'000'000'000;
  order.builder[31] = 0xAB;
  std::string body = "[";
  append_order_body(order,
                    {.token_id = "123",
                     .maker = "0xMaker",
                     .signer = "0xSigner",
                     .expiration = 1'790'000'300,
                     .signature = "0xSig",
                     .owner = "a\"b\\c",
                     .type = model::OrderType::gtd,
                     .post_only = true},
                    body);
  EXPECT_EQ(body,
            R"([{"deferExec":false,"postOnly":true,"order":{"salt":9007199254740991,"maker":"0xMaker",)"
            R"("signer":"0xSigner","tokenId":"123","makerAmount":"10520000","takerAmount":"21040000","side":"SELL",)"
            R"("signatureType":2,"timestamp":"1790000000000","expiration":"1790000300",)"
            R"("metadata":"0x0000000000000000000000000000000000000000000000000000000000000000",)"
            R"("builder":"0x00000000000000000000000000000000000000000000000000000000000000ab",)"
            R"("signature":"0xSig"},"owner":"a\"b\\c","orderType":"GTD"})");
}

}  // namespace
}  // namespace ebb::polymarket
