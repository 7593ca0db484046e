#include "crypto/hmac.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <rapidcheck.h>

namespace ebb::crypto {
namespace {

std::vector<std::uint8_t> octets(std::string_view text) { return {text.begin(), text.end()}; }

// RFC 4231, cases 1, 2 and 6.
TEST(HmacSha256, agrees_with_the_rfc) {
  EXPECT_EQ(to_hex(HmacSha256(std::vector<std::uint8_t>(20, 0x0b)).sign({"Hi ", "There"})),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(HmacSha256(octets("Jefe")).sign({"what do ya want ", "", "for nothing?"})),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(HmacSha256(std::vector<std::uint8_t>(131, 0xaa))
                       .sign({"Test Using Larger Than Block-Size Key - Hash Key First"})),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, agrees_with_openssl_for_any_key_and_message) {
  EXPECT_TRUE(rc::check("same digest, again and again", [] {
    const auto key =
        *rc::gen::container<std::vector<std::uint8_t>>(*rc::gen::inRange(1, 150), rc::gen::arbitrary<std::uint8_t>());
    const auto message = *rc::gen::arbitrary<std::string>();
    Digest32 expected;
    unsigned size = 0;
    RC_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                   reinterpret_cast<const unsigned char*>(message.data()), message.size(), expected.data(),
                   &size) != nullptr);
    HmacSha256 first(key);
    RC_ASSERT(first.sign({message}) == expected);
    const HmacSha256 moved = std::move(first);
    const std::size_t cut = *rc::gen::inRange<std::size_t>(0, message.size() + 1);
    RC_ASSERT(moved.sign({message.substr(0, cut), message.substr(cut)}) == expected);
  }));
}

TEST(Base64, reads_what_it_writes_in_both_alphabets_padded_or_not) {
  EXPECT_EQ(base64url(octets("")), "");
  EXPECT_EQ(base64url(octets("f")), "Zg==");
  EXPECT_EQ(base64url(octets("fo")), "Zm8=");
  EXPECT_EQ(base64url(octets("foo")), "Zm9v");
  EXPECT_EQ(base64url(std::vector<std::uint8_t>{0xfb, 0xff, 0xfe}), "-__-");
  EXPECT_EQ(parse_base64("+//+").value(), parse_base64("-__-").value());
  EXPECT_TRUE(rc::check("round trip", [] {
    const auto bytes = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
    std::string text = base64url(bytes);
    RC_ASSERT(parse_base64(text).value() == bytes);
    while (text.ends_with('=')) text.pop_back();
    RC_ASSERT(parse_base64(text).value() == bytes);
  }));
}

TEST(Base64, refuses_other_texts_without_repeating_them) {
  for (const std::string_view text :
       {"Zg=", "Zg===", "Z", "Zm9vZ", "=", "====", "Zm 9", "Zm9v\n", "Zm9v!", "Z=g=", "Zm9v="}) {
    const auto bytes = parse_base64(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, "bad_base64");
    EXPECT_EQ(bytes.error().message.find("Zm"), std::string::npos);
  }
}

TEST(ConstantTime, compares_like_any_comparison) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(Wipe, leaves_nothing) {
  std::string text = "a secret that is longer than a short string";
  const char* memory = text.data();
  wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(memory[5], '\0');
  std::vector<std::uint8_t> bytes(8, 7);
  wipe(bytes);
  EXPECT_EQ(bytes, std::vector<std::uint8_t>(8, 0));
}

}  // namespace
}  // namespace ebb::crypto
