// Who asks: L1 proves a wallet, L2 an API key (protocol 4.1, 4.2). Secrets stay in here, and in the answers to their owner.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/flat_map.hpp"
#include "base/http_message.hpp"
#include "base/time.hpp"
#include "crypto/eip712.hpp"
#include "crypto/hmac.hpp"

namespace ebb::exchange {

/// An API key of a signer.
struct ApiKey {
  std::string id;  ///< UUID
  std::string secret;  ///< base64url
  std::string passphrase;
  crypto::Address address{};  ///< of the signer
  std::string address_text;  ///< lower case
  std::uint64_t nonce = 0;
  bool read_only = false;
  bool revoked = false;
  crypto::HmacSha256 hmac;
};

/// Lower-case "0x..." of an address.
[[nodiscard]] std::string address_text(const crypto::Address& address);

/// How far a request's timestamp may be off.
struct ClockRule {
  Timestamp now;
  Duration skew;
  bool checked = true;
};

class KeyRing {
 public:
  KeyRing(std::uint64_t seed, std::uint64_t chain_id) : seed_(seed), chain_id_(chain_id) {}

  /// The wallet and nonce that an L1 request proves; nullopt when it proves none.
  struct L1Claim {
    crypto::Address address{};
    std::uint64_t nonce = 0;
  };
  [[nodiscard]] std::optional<L1Claim> check_l1(const HttpRequest& request, const ClockRule& clock) const;
  /// The key that an L2 request proves; nullptr when it proves none. Keys of an earlier run with the same seed are known
  /// as long as their nonce is small.
  [[nodiscard]] ApiKey* check_l2(const HttpRequest& request, const ClockRule& clock);
  /// The key whose three parts these are (user WebSocket); nullptr for others.
  [[nodiscard]] ApiKey* check_credentials(std::string_view id, std::string_view secret, std::string_view passphrase);

  /// The key of (address, nonce): always the same one. A revoked one becomes valid again.
  ApiKey& issue(const crypto::Address& address, std::uint64_t nonce);
  [[nodiscard]] bool exists(const crypto::Address& address, std::uint64_t nonce) const;
  ApiKey& issue_read_only(const crypto::Address& address);
  /// Every key, in order of issue.
  [[nodiscard]] std::deque<ApiKey>& keys() { return keys_; }

 private:
  [[nodiscard]] ApiKey* find(std::string_view id);
  [[nodiscard]] std::string key_id(const crypto::Address& address, std::uint64_t nonce) const;
  ApiKey& make(const crypto::Address& address, std::uint64_t nonce, bool read_only);
  void recall(std::string_view id, std::string_view address);

  std::uint64_t seed_;
  std::uint64_t chain_id_;
  std::deque<ApiKey> keys_;  ///< stable addresses
  TextMap<std::size_t> by_id_;
};

}  // namespace ebb::exchange
