#include "polymarket/auth.hpp"

#include <array>
#include <utility>

namespace ebb::polymarket {
namespace {

constexpr std::string_view kAuthDomainType = "EIP712Domain(string name,string version,uint256 chainId)";
constexpr std::string_view kAuthType = "ClobAuth(address address,string timestamp,uint256 nonce,string message)";
constexpr std::string_view kMessage = "This message attests that I control the given wallet";

template <std::size_t N>
crypto::Word hash_words(const std::array<crypto::Word, N>& words) {
  return crypto::keccak256({words.front().data(), sizeof words});
}

/// The domain of L1: unlike that of orders, it names no contract.
crypto::Word auth_domain(std::uint64_t chain_id) {
  return hash_words<4>({crypto::eip712_type_hash(kAuthDomainType),
                        crypto::keccak256(crypto::bytes_of("ClobAuthDomain")), crypto::keccak256(crypto::bytes_of("1")),
                        crypto::word_from_uint64(chain_id)});
}

}  // namespace

crypto::Word l1_digest(const crypto::Address& address, std::uint64_t chain_id, std::string_view timestamp,
                       std::uint64_t nonce) {
  const crypto::Word fields =
      hash_words<5>({crypto::eip712_type_hash(kAuthType), crypto::word_from_address(address),
                     crypto::keccak256(crypto::bytes_of(timestamp)), crypto::word_from_uint64(nonce),
                     crypto::keccak256(crypto::bytes_of(kMessage))});
  return crypto::eip712_digest(auth_domain(chain_id), fields);
}

std::vector<HttpHeader> l1_headers(const crypto::PrivateKey& key, std::uint64_t chain_id, std::int64_t unix_seconds,
                                   std::uint64_t nonce) {
  const std::string timestamp = std::to_string(unix_seconds);
  const crypto::Word digest = l1_digest(key.address(), chain_id, timestamp, nonce);
  return {{"POLY_ADDRESS", crypto::checksum_text(key.address())},
          {"POLY_SIGNATURE", crypto::to_text(key.sign(digest))},
          {"POLY_TIMESTAMP", timestamp},
          {"POLY_NONCE", std::to_string(nonce)}};
}

Expected<L2Signer> L2Signer::create(const ApiCredentials& credentials, const crypto::Address& address) {
  auto secret = crypto::parse_base64(credentials.secret);
  if (!secret || secret->empty()) {
    return fail("wallet.bad_secret", "the API secret is not base64",
                "take the secret from `ebb keys derive` again; it belongs to the API key and the passphrase beside it");
  }
  crypto::HmacSha256 hmac(*secret);
  crypto::wipe(*secret);
  return L2Signer(std::move(hmac), {credentials.key, {}, credentials.passphrase}, crypto::checksum_text(address));
}

L2Signer::L2Signer(crypto::HmacSha256 hmac, ApiCredentials credentials, std::string address)
    : hmac_(std::move(hmac)), credentials_(std::move(credentials)), address_(std::move(address)) {}

std::string L2Signer::signature(std::string_view timestamp, std::string_view method, std::string_view path,
                                std::string_view body) const {
  return crypto::base64url(hmac_.sign({timestamp, method, path, body}));
}

void L2Signer::add_headers(HttpRequest& request, std::int64_t unix_seconds) const {
  std::string timestamp = std::to_string(unix_seconds);
  std::string proof = signature(timestamp, to_text(request.method), request.path(), request.body);
  request.headers.reserve(request.headers.size() + 5);
  request.headers.push_back({"POLY_ADDRESS", address_});
  request.headers.push_back({"POLY_SIGNATURE", std::move(proof)});
  request.headers.push_back({"POLY_TIMESTAMP", std::move(timestamp)});
  request.headers.push_back({"POLY_API_KEY", credentials_.key});
  request.headers.push_back({"POLY_PASSPHRASE", credentials_.passphrase});
}

}  // namespace ebb::polymarket
