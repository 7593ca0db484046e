#include "crypto/secp256k1.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <secp256k1.h>

#include "crypto/hex.hpp"
#include "crypto/rfc6979.hpp"

namespace ebb::crypto {
namespace {

// Known to everybody: the first account of the usual development chains.
constexpr std::string_view kDevKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
constexpr std::string_view kDevAddress = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

Word random_word() {
  Word word;
  for (auto& byte : word) byte = *rc::gen::arbitrary<std::uint8_t>();
  return word;
}

TEST(PrivateKey, its_address_has_the_checksum_case) {
  const auto key = PrivateKey::parse(kDevKey);
  ASSERT_TRUE(key);
  EXPECT_EQ(checksum_text(key->address()), kDevAddress);
  EXPECT_EQ(PrivateKey::parse(kDevKey.substr(2))->address(), key->address());
}

TEST(PrivateKey, is_refused_without_being_repeated) {
  const std::string order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
  for (const std::string& text :
       {std::string(), std::string("0x"), std::string(64, '0'), order, std::string(64, 'g'),
        std::string(kDevKey.substr(0, 65)), std::string(kDevKey) + "0", " " + std::string(kDevKey)}) {
    const auto key = PrivateKey::parse(text);
    ASSERT_FALSE(key) << text.size();
    EXPECT_EQ(key.error().code, "bad_private_key");
    if (text.size() > 8) {
      EXPECT_EQ((key.error().message + key.error().hint).find(text.substr(2, 6)), std::string::npos);
    }
  }
}

TEST(Signature, is_recovered_to_the_signer_and_to_nobody_else_when_a_bit_changes) {
  const auto key = PrivateKey::parse(kDevKey).value();
  EXPECT_TRUE(rc::check("recover(sign(digest)) is the address", [&] {
    const Word digest = random_word();
    const Signature signature = key.sign(digest);
    RC_ASSERT(recover(digest, signature) == key.address());
    RC_ASSERT(key.sign(digest) == signature);  // RFC 6979: no randomness
    RC_ASSERT(parse_signature(to_text(signature)).value() == signature);
    Signature other = signature;
    other[*rc::gen::inRange<std::size_t>(0, 64)] ^= static_cast<std::uint8_t>(1 << *rc::gen::inRange(0, 8));
    RC_ASSERT(recover(digest, other) != key.address());
    Word moved = digest;
    moved[*rc::gen::inRange<std::size_t>(0, 32)] ^= 1;
    RC_ASSERT(recover(moved, signature) != key.address());
  }));
}

TEST(Nonce, is_the_library_s_own_for_every_key_digest_and_attempt) {
  EXPECT_TRUE(rc::check("rfc6979_nonce() is secp256k1_nonce_function_rfc6979", [] {
    const Word key = random_word();
    const Word digest = random_word();
    for (unsigned attempt = 0; attempt < 4; ++attempt) {
      Word theirs;
      RC_ASSERT(secp256k1_nonce_function_rfc6979(theirs.data(), digest.data(), key.data(), nullptr, nullptr, attempt) ==
                1);
      Word ours;
      rfc6979_nonce(ours, digest, key, attempt);
      RC_ASSERT(ours == theirs);
    }
  }));
}

TEST(Signature, with_a_high_s_belongs_to_nobody) {
  // The twin of each signature: s' = order - s and the other parity is as valid on the curve, and refused by the venue.
  constexpr std::string_view kOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
  const auto key = PrivateKey::parse(kDevKey).value();
  const Word digest{1, 2, 3};
  Signature twin = key.sign(digest);
  Word order;
  ASSERT_TRUE(read_hex(kOrder, order));
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int difference = order[i] - twin[32 + i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    twin[32 + i] = static_cast<std::uint8_t>(difference & 0xFF);
  }
  twin[64] = twin[64] == 27 ? 28 : 27;
  EXPECT_EQ(recover(digest, twin), std::nullopt);
  EXPECT_LT(key.sign(digest)[32], 0x80) << "the lower half";
}

TEST(Signature, that_is_malformed_is_refused) {
  const auto key = PrivateKey::parse(kDevKey).value();
  const Word digest{9};
  for (const int v : {0, 1, 26, 29, 255}) {
    Signature signature = key.sign(digest);
    signature[64] = static_cast<std::uint8_t>(v);
    EXPECT_EQ(recover(digest, signature), std::nullopt) << v;
  }
  EXPECT_EQ(recover(digest, Signature{}), std::nullopt);
  Signature zeros{};
  zeros[64] = 27;
  EXPECT_EQ(recover(digest, zeros), std::nullopt);
  Signature beyond;
  beyond.fill(0xFF);
  beyond[64] = 27;
  EXPECT_EQ(recover(digest, beyond), std::nullopt);
  const std::string text = to_text(key.sign(digest));
  EXPECT_FALSE(parse_signature(text.substr(2)));
  EXPECT_FALSE(parse_signature(text + "00"));
  EXPECT_FALSE(parse_signature(text.substr(0, 131) + "x"));
  EXPECT_FALSE(parse_signature(""));
}

// The examples of EIP-55 itself.
TEST(ChecksumText, follows_eip_55) {
  for (const std::string_view text :
       {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"}) {
    EXPECT_EQ(checksum_text(parse_address(text).value()), text);
  }
}

TEST(Hex, is_read_in_either_case_and_written_in_lower) {
  std::array<std::uint8_t, 3> bytes;
  ASSERT_TRUE(read_hex("00aBfF", bytes));
  char text[6];
  EXPECT_EQ(write_hex(text, bytes), text + 6);
  EXPECT_EQ(std::string_view(text, 6), "00abff");
  for (const std::string_view bad : {"00abf", "00abff0", "0xabff", "00ab/f", "00abg0", ""}) {
    EXPECT_FALSE(read_hex(bad, bytes)) << bad;
  }
}

}  // namespace
}  // namespace ebb::crypto
