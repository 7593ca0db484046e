#include "polymarket/order_signing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>

#include "base/check.hpp"
#include "crypto/hex.hpp"

namespace ebb::polymarket {
namespace {

// The blob of type 3 (protocol 5.3): signature, exchange domain, order struct hash, type string, its length.
constexpr std::size_t kPlainBytes = 65;
constexpr std::size_t kDomainAt = kPlainBytes;
constexpr std::size_t kContentsAt = kDomainAt + 32;
constexpr std::size_t kTypeAt = kContentsAt + 32;
constexpr std::size_t kLengthAt = kTypeAt + kOrderType.size();
constexpr std::size_t kBlobBytes = kLengthAt + 2;
static_assert(kOrderType.size() == 186 && kBlobBytes == 317);
using Blob = std::array<std::uint8_t, kBlobBytes>;

constexpr std::string_view kTypedDataSign =
    "TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)";

crypto::Word typed_data_sign_hash() {
  static const crypto::Word kHash = crypto::eip712_type_hash(std::string(kTypedDataSign) + std::string(kOrderType));
  return kHash;
}
crypto::Word wallet_name_hash() {
  static const crypto::Word kHash = crypto::keccak256(crypto::bytes_of("DepositWallet"));
  return kHash;
}
crypto::Word wallet_version_hash() {
  static const crypto::Word kHash = crypto::keccak256(crypto::bytes_of("1"));
  return kHash;
}

/// All of the blob but the signature in front.
void fill_blob(const crypto::Word& domain, const crypto::Word& contents, Blob& blob) {
  std::memcpy(blob.data() + kDomainAt, domain.data(), domain.size());
  std::memcpy(blob.data() + kContentsAt, contents.data(), contents.size());
  std::memcpy(blob.data() + kTypeAt, kOrderType.data(), kOrderType.size());
  blob[kLengthAt] = static_cast<std::uint8_t>(kOrderType.size() >> 8);
  blob[kLengthAt + 1] = static_cast<std::uint8_t>(kOrderType.size() & 0xFF);
}

void append_signature(std::span<const std::uint8_t> bytes, std::string& out) {
  const std::size_t at = out.size();
  out.resize(at + 2 + 2 * bytes.size());
  out[at] = '0';
  out[at + 1] = 'x';
  crypto::write_hex(out.data() + at + 2, bytes);
}

void append_number(std::string& out, std::integral auto value) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  CHECK(error == std::errc());
  out.append(digits, static_cast<std::size_t>(end - digits));
}

void append_word(std::string& out, const crypto::Word& word) {
  static constexpr std::string_view kZero = "0x0000000000000000000000000000000000000000000000000000000000000000";
  const std::size_t at = out.size();
  out += kZero;
  if (word != crypto::Word{}) crypto::write_hex(out.data() + at + 2, word);
}

/// A text from configuration between quotes: nothing in it may end the string early.
void append_quoted(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
}

std::unexpected<Error> invalid_signature() { return fail("order.invalid_signature", "invalid signature"); }

}  // namespace

model::ProtocolVersion version_of_token(const crypto::Word& token_id) {
  // Bits 40 to 103 are eight whole bytes; byte 31 holds bits 0 to 7.
  const bool zero = std::all_of(token_id.begin() + 19, token_id.begin() + 27, [](std::uint8_t b) { return b == 0; });
  return zero ? model::ProtocolVersion::v2 : model::ProtocolVersion::v1;
}

Expected<ExchangeContract> select_exchange(model::ProtocolVersion version, bool neg_risk,
                                           const crypto::Word& token_id) {
  const bool says_v2 = version == model::ProtocolVersion::v2;
  const bool id_says_v2 = version_of_token(token_id) == model::ProtocolVersion::v2;
  // The highest byte of a V2 position id is its module, 1 to 3. An id without one (test ids such as 1234) has the form of
  // neither version and contradicts none.
  const bool has_module = token_id[0] >= 1 && token_id[0] <= 3;
  if (says_v2 != id_says_v2 && (says_v2 || has_module)) {
    return fail("order.version_conflict",
                std::string("the market says version ") + (says_v2 ? "v2" : "v1") +
                    ", but its token id has the form of the other: nothing is signed",
                "read the market again from Gamma and check that the token id is the market's");
  }
  return exchange_of(version, neg_risk);
}

crypto::Word wallet_digest(const OrderDigester& digester, ExchangeContract contract, const crypto::Address& wallet,
                           const crypto::Word& contents) {
  const std::array<crypto::Word, 7> words = {typed_data_sign_hash(),
                                             contents,
                                             wallet_name_hash(),
                                             wallet_version_hash(),
                                             crypto::word_from_uint64(digester.chain_id()),
                                             crypto::word_from_address(wallet),
                                             crypto::Word{}};
  return crypto::eip712_digest(digester.domain(contract), crypto::keccak256({words.front().data(), sizeof words}));
}

OrderSigner::OrderSigner(crypto::PrivateKey key, std::uint64_t chain_id) : key_(std::move(key)), digester_(chain_id) {}

void OrderSigner::sign(ExchangeContract contract, const OrderFields& order, const model::OrderId& digest,
                       std::string& out) const {
  if (order.signature_type != SignatureType::poly_1271) {
    append_signature(key_.sign(digest.bytes), out);
    return;
  }
  const crypto::Word contents = order_struct_hash(order);
  const crypto::Signature plain = key_.sign(wallet_digest(digester_, contract, order.signer, contents));
  Blob blob;
  std::copy(plain.begin(), plain.end(), blob.begin());
  fill_blob(digester_.domain(contract), contents, blob);
  append_signature(blob, out);
}

Expected<void> verify_order_signature(const OrderDigester& digester, ExchangeContract contract,
                                      const OrderFields& order, std::string_view signature,
                                      const crypto::Address& owner) {
  const bool is_wallet = order.signature_type == SignatureType::poly_1271;
  const bool signs_for_itself = is_wallet || order.signature_type == SignatureType::eoa;
  if (signs_for_itself && order.maker != order.signer) return invalid_signature();
  if (!is_wallet) {
    const auto plain = crypto::parse_signature(signature);
    if (!plain || crypto::recover(digester.digest(contract, order).bytes, *plain) != order.signer)
      return invalid_signature();
    return {};
  }
  Blob blob;
  if (!signature.starts_with("0x") || !crypto::read_hex(signature.substr(2), blob)) return invalid_signature();
  const crypto::Word contents = order_struct_hash(order);
  Blob expected = blob;
  fill_blob(digester.domain(contract), contents, expected);
  crypto::Signature plain;
  std::copy_n(blob.begin(), plain.size(), plain.begin());
  if (blob != expected || crypto::recover(wallet_digest(digester, contract, order.signer, contents), plain) != owner)
    return invalid_signature();
  return {};
}

void append_order_body(const OrderFields& order, const OrderEnvelope& envelope, std::string& out) {
  out += envelope.post_only ? R"({"deferExec":false,"postOnly":true,"order":{"salt":)"
                            : R"({"deferExec":false,"postOnly":false,"order":{"salt":)";
  append_number(out, order.salt);
  out += R"(,"maker":")";
  out += envelope.maker;
  out += R"(","signer":")";
  out += envelope.signer;
  out += R"(","tokenId":")";
  out += envelope.token_id;
  out += R"(","makerAmount":")";
  append_number(out, order.maker_amount);
  out += R"(","takerAmount":")";
  append_number(out, order.taker_amount);
  out += R"(","side":")";
  out += model::to_text(order.side);
  out += R"(","signatureType":)";
  append_number(out, static_cast<int>(order.signature_type));
  out += R"(,"timestamp":")";
  append_number(out, order.timestamp_ms);
  out += R"(","expiration":")";
  append_number(out, envelope.expiration);
  out += R"(","metadata":")";
  append_word(out, order.metadata);
  out += R"(","builder":")";
  append_word(out, order.builder);
  out += R"(","signature":")";
  out += envelope.signature;
  out += R"("},"owner":")";
  append_quoted(out, envelope.owner);
  out += R"(","orderType":")";
  out += model::to_text(envelope.type);
  out += R"("})";
}

}  // namespace ebb::polymarket
