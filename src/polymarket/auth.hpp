// Who we are, as HTTP headers: L1 proves a wallet, L2 proves an API key (protocol 4.1, 4.2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "crypto/hmac.hpp"
#include "crypto/secp256k1.hpp"

namespace ebb::polymarket {

/// What `/auth/api-key` and `/auth/derive-api-key` return. Never logged, never part of an error.
struct ApiCredentials {
  std::string key;         ///< a UUID: the `owner` of orders
  std::string secret;      ///< base64
  std::string passphrase;
};

/// The digest that an L1 signature covers.
[[nodiscard]] crypto::Word l1_digest(const crypto::Address& address, std::uint64_t chain_id, std::string_view timestamp,
                                     std::uint64_t nonce);
/// POLY_ADDRESS, POLY_SIGNATURE, POLY_TIMESTAMP, POLY_NONCE.
[[nodiscard]] std::vector<HttpHeader> l1_headers(const crypto::PrivateKey& key, std::uint64_t chain_id,
                                                 std::int64_t unix_seconds, std::uint64_t nonce = 0);

/// Signs requests with an API key. The keyed HMAC state is made once.
class L2Signer {
 public:
  /// Fails with `wallet.bad_secret` when the secret is not base64.
  [[nodiscard]] static Expected<L2Signer> create(const ApiCredentials& credentials, const crypto::Address& address);
  /// base64url of the HMAC over timestamp, method, path (no query) and the very bytes of the body.
  [[nodiscard]] std::string signature(std::string_view timestamp, std::string_view method, std::string_view path,
                                      std::string_view body) const;
  /// Appends POLY_ADDRESS, POLY_SIGNATURE, POLY_TIMESTAMP, POLY_API_KEY, POLY_PASSPHRASE. The body must not change after.
  void add_headers(HttpRequest& request, std::int64_t unix_seconds) const;

 private:
  L2Signer(crypto::HmacSha256 hmac, ApiCredentials credentials, std::string address);
  crypto::HmacSha256 hmac_;
  ApiCredentials credentials_;
  std::string address_;
};

}  // namespace ebb::polymarket
