#include "crypto/eip712.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstring>
#include <string>
#include <vector>

namespace ebb::crypto {
namespace {

Word keccak_of(const std::vector<Word>& words) {
  std::vector<std::uint8_t> bytes;
  for (const Word& word : words) bytes.insert(bytes.end(), word.begin(), word.end());
  return keccak256(bytes);
}

TEST(Word, Integers) {
  EXPECT_EQ(to_hex(word_from_uint64(137)), std::string(62, '0') + "89");
  EXPECT_EQ(to_hex(word_from_uint64(UINT64_MAX)), std::string(48, '0') + std::string(16, 'f'));
  EXPECT_EQ(to_hex(word_from_int64(-1)), std::string(64, 'f'));
  EXPECT_EQ(to_hex(word_from_int64(INT64_MIN)), std::string(48, 'f') + "8" + std::string(15, '0'));
  EXPECT_EQ(word_from_int64(5), word_from_uint64(5));
}

TEST(Word, Decimal) {
  const auto hex = [](std::string_view text) {
    const auto word = word_from_decimal(text);
    return word ? to_hex(*word) : word.error().code;
  };
  EXPECT_EQ(hex("0"), std::string(64, '0'));
  EXPECT_EQ(hex("000"), std::string(64, '0'));
  EXPECT_EQ(hex("256"), std::string(61, '0') + "100");
  EXPECT_EQ(hex("010"), std::string(63, '0') + "a") << "leading zeros are not octal";
  EXPECT_EQ(hex("115792089237316195423570985008687907853269984665640564039457584007913129639935"),
            std::string(64, 'f'));
  EXPECT_EQ(hex("115792089237316195423570985008687907853269984665640564039457584007913129639936"), "bad_uint256");
  EXPECT_EQ(hex("1" + std::string(78, '0')), "bad_uint256");
  EXPECT_EQ(hex(""), "bad_uint256");
  EXPECT_EQ(hex("-1"), "bad_uint256");
  EXPECT_EQ(hex("0x10"), "bad_uint256");
  EXPECT_EQ(hex("1 "), "bad_uint256");
  EXPECT_EQ(hex(std::string(200, '0') + "7"), std::string(63, '0') + "7");
}

TEST(Word, DecimalAgreesWithUint64) {
  EXPECT_TRUE(rc::check("decimal text of a uint64", [](std::uint64_t value) {
    RC_ASSERT(word_from_decimal(std::to_string(value)).value() == word_from_uint64(value));
  }));
}

TEST(Word, HexAndAddress) {
  const auto address = parse_address("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC");
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(to_hex(word_from_address(*address)), std::string(24, '0') + std::string(40, 'c'));
  const std::string digest = "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2";
  EXPECT_EQ(to_hex(word_from_hex("0x" + digest).value()), digest);
  for (const std::string bad :
       {"", "0x", "0xcc", "CcCCccccCCCCcCCCCCCcCcCccCcCCCcCccccccccC0", "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccg",
        "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCccccccccC"}) {
    EXPECT_FALSE(parse_address(bad).has_value()) << bad;
  }
  EXPECT_EQ(word_from_hex("0x12").error().code, "bad_hex");
}

TEST(Eip712, TypeHashOfTheVenuesOrder) {
  EXPECT_EQ(
      to_hex(eip712_type_hash("Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,"
                              "uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,"
                              "bytes32 metadata,bytes32 builder)")),
      "bb86318a2138f5fa8ae32fbe8e659f8fcf13cc6ae4014a707893055433818589");
}

// The example of the EIP-712 text itself.
TEST(Eip712, EtherMail) {
  const Word domain = eip712_domain("Ether Mail", "1", 1, parse_address("0x" + std::string(40, 'C')).value());
  EXPECT_EQ(to_hex(domain), "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f");

  const Word person_type = eip712_type_hash("Person(string name,address wallet)");
  const auto person = [&](std::string_view name, std::string_view wallet) {
    return keccak_of({person_type, keccak256(bytes_of(name)), word_from_address(parse_address(wallet).value())});
  };
  const Word mail =
      keccak_of({eip712_type_hash("Mail(Person from,Person to,string contents)Person(string name,address wallet)"),
                 person("Cow", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"),
                 person("Bob", "0x" + std::string(40, 'b')), keccak256(bytes_of("Hello, Bob!"))});
  EXPECT_EQ(to_hex(eip712_digest(domain, mail)), "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
}

}  // namespace
}  // namespace ebb::crypto
