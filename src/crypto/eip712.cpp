#include "crypto/eip712.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <string>

#include "crypto/hex.hpp"

namespace ebb::crypto {
namespace {

constexpr std::size_t kMaxDecimalDigits = 78;  // of 2^256 - 1

template <std::size_t N>
Expected<std::array<std::uint8_t, N>> parse_hex(std::string_view text) {
  const auto refuse = [text] {
    return fail("bad_hex",
                "'" + std::string(text.substr(0, 80)) + "' is not 0x and " + std::to_string(2 * N) + " hex digits");
  };
  std::array<std::uint8_t, N> bytes;
  if (!text.starts_with("0x") || !read_hex(text.substr(2), bytes)) return refuse();
  return bytes;
}

}  // namespace

Word word_from_uint64(std::uint64_t value) {
  Word word{};
  for (std::size_t i = 0; i < sizeof value; ++i) word[31 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  return word;
}

Word word_from_int64(std::int64_t value) {
  Word word = word_from_uint64(static_cast<std::uint64_t>(value));
  if (value < 0) std::fill_n(word.begin(), 24, std::uint8_t{0xFF});
  return word;
}

Word word_from_address(const Address& address) {
  Word word{};
  std::ranges::copy(address, word.begin() + 12);
  return word;
}

Expected<Word> word_from_decimal(std::string_view text) {
  const auto refuse = [text] {
    return fail("bad_uint256", "'" + std::string(text.substr(0, 100)) + "' is not a decimal number below 2^256");
  };
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return refuse();
  // Leading zeros would make the library read octal.
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  if (text.empty()) return Word{};
  if (text.size() > kMaxDecimalDigits) return refuse();
  const boost::multiprecision::cpp_int value{std::string(text)};
  if (msb(value) >= 256) return refuse();
  std::array<std::uint8_t, 32> digits{};
  const auto end = export_bits(value, digits.begin(), 8);
  Word word{};
  std::copy_backward(digits.begin(), end, word.end());
  return word;
}

Expected<Word> word_from_hex(std::string_view text) { return parse_hex<32>(text); }

Expected<Address> parse_address(std::string_view text) { return parse_hex<20>(text); }

Word eip712_type_hash(std::string_view type) { return keccak256(bytes_of(type)); }

Word eip712_domain(std::string_view name, std::string_view version, std::uint64_t chain_id, const Address& contract) {
  const std::array<Word, 5> words{
      eip712_type_hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
      keccak256(bytes_of(name)), keccak256(bytes_of(version)), word_from_uint64(chain_id), word_from_address(contract)};
  return keccak256({words.front().data(), sizeof words});
}

Word eip712_digest(const Word& domain, const Word& struct_hash) {
  std::array<std::uint8_t, 66> bytes{0x19, 0x01};
  std::ranges::copy(domain, bytes.begin() + 2);
  std::ranges::copy(struct_hash, bytes.begin() + 34);
  return keccak256(bytes);
}

}  // namespace ebb::crypto
