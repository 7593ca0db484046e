#include "polymarket/auth.hpp"

#include <gtest/gtest.h>

#include "base/decimal.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

/// The value of a JSON string whose only escapes are quotes.
std::string unescaped(const JsonNode& node) {
  std::string text(node.text);
  for (auto at = text.find("\\\""); at != std::string::npos; at = text.find("\\\"", at + 1)) text.erase(at, 1);
  return text;
}

std::uint64_t number(const JsonNode& node) { return static_cast<std::uint64_t>(parse_scaled(node.text, 0).value()); }

TEST(L1, official_signatures) {
  EBB_VECTORS_OR_SKIP(file, "l1_auth.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "cases");
  int checked = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++checked) {
    const auto key = crypto::PrivateKey::parse(tree.member(i, "private_key").text);
    ASSERT_TRUE(key);
    const std::uint64_t chain = number(tree.member(i, "chain_id"));
    const std::uint64_t nonce = number(tree.member(i, "nonce"));
    const std::string_view timestamp = tree.member(i, "timestamp").text;
    const crypto::Word digest = l1_digest(key->address(), chain, timestamp, nonce);
    EXPECT_EQ("0x" + crypto::to_hex(digest), tree.member(i, "digest").text);
    const auto headers = l1_headers(*key, chain, static_cast<std::int64_t>(number(tree.member(i, "timestamp"))), nonce);
    ASSERT_EQ(headers.size(), 4U);
    EXPECT_EQ(find_header(headers, "POLY_ADDRESS"), tree.member(i, "address").text);
    EXPECT_EQ(find_header(headers, "POLY_SIGNATURE"), tree.member(i, "signature").text);
    EXPECT_EQ(find_header(headers, "POLY_TIMESTAMP"), timestamp);
    EXPECT_EQ(find_header(headers, "POLY_NONCE"), tree.member(i, "nonce").text);
  }
  EXPECT_EQ(checked, 2);
}

TEST(L2, official_and_derived_signatures) {
  EBB_VECTORS_OR_SKIP(file, "l2_hmac.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "cases");
  int checked = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++checked) {
    const auto signer = L2Signer::create({"k", std::string(tree.member(i, "secret").text), "p"}, {});
    ASSERT_TRUE(signer);
    EXPECT_EQ(signer->signature(tree.member(i, "timestamp").text, tree.member(i, "method").text,
                                tree.member(i, "path").text, unescaped(tree.member(i, "body"))),
              tree.member(i, "signature").text)
        << checked;
  }
  EXPECT_EQ(checked, 7);
}

TEST(L2, headers_cover_the_path_without_its_query_and_the_body_as_it_is) {
  const auto address = crypto::parse_address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266").value();
  const auto signer = L2Signer::create({"the-key", "c2VjcmV0", "the-passphrase"}, address).value();
  HttpRequest request{.method = HttpMethod::get, .target = "/data/orders?next_cursor=MA%3D%3D"};
  request.headers.push_back({"Accept", "*/*"});
  signer.add_headers(request, 1780000000);
  ASSERT_EQ(request.headers.size(), 6U);
  EXPECT_EQ(request.headers.front().name, "Accept");
  EXPECT_EQ(find_header(request.headers, "POLY_ADDRESS"), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  EXPECT_EQ(find_header(request.headers, "POLY_TIMESTAMP"), "1780000000");
  EXPECT_EQ(find_header(request.headers, "POLY_API_KEY"), "the-key");
  EXPECT_EQ(find_header(request.headers, "POLY_PASSPHRASE"), "the-passphrase");
  EXPECT_EQ(find_header(request.headers, "POLY_SIGNATURE"), signer.signature("1780000000", "GET", "/data/orders", ""));

  HttpRequest with_body{.method = HttpMethod::del, .target = "/order", .headers = {}, .body = "{\"a\": 1}"};
  signer.add_headers(with_body, 1);
  EXPECT_EQ(find_header(with_body.headers, "POLY_SIGNATURE"), signer.signature("1", "DELETE", "/order", "{\"a\": 1}"));
  EXPECT_NE(find_header(with_body.headers, "POLY_SIGNATURE"), signer.signature("1", "DELETE", "/order", "{\"a\":1}"));
}

TEST(L2, a_bad_secret_is_refused_and_not_repeated) {
  for (const std::string& secret : {std::string(), std::string("not base64!"), std::string("abcde")}) {
    const auto signer = L2Signer::create({"k", secret, "p"}, {});
    ASSERT_FALSE(signer);
    EXPECT_EQ(signer.error().code, "wallet.bad_secret");
    if (!secret.empty()) {
      EXPECT_EQ((signer.error().message + signer.error().hint).find(secret), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace ebb::polymarket
