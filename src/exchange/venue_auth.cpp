#include "exchange/venue_auth.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/decimal.hpp"
#include "crypto/hash.hpp"
#include "crypto/secp256k1.hpp"
#include "polymarket/auth.hpp"

namespace ebb::exchange {
namespace {

constexpr std::uint64_t kRecalledNonces = 4;
constexpr std::uint64_t kReadOnlyNonces = std::uint64_t{1} << 62;  // apart from those that people choose

crypto::Digest32 drawn(std::string_view what, std::uint64_t seed, const crypto::Address& address, std::uint64_t nonce) {
  crypto::Sha256 hash;
  hash.update(fmt::format("ebb exchange {} {} {} ", what, seed, nonce));
  hash.update(address);
  return hash.finish();
}

bool timestamp_fits(std::string_view text, const ClockRule& clock) {
  const auto value = parse_scaled(text, 0);
  if (!value || text.find('.') != std::string_view::npos) return false;
  if (!clock.checked) return true;
  const std::int64_t off = *value - clock.now.ns() / 1'000'000'000;
  const std::int64_t most = clock.skew.raw() / 1'000'000'000;
  return off <= most && -off <= most;
}

crypto::HmacSha256 hmac_of(std::string_view secret) {
  const auto bytes = crypto::parse_base64(secret);
  return crypto::HmacSha256(bytes ? std::span<const std::uint8_t>(*bytes) : std::span<const std::uint8_t>());
}

}  // namespace

std::string address_text(const crypto::Address& address) { return "0x" + crypto::to_hex(address); }

std::optional<KeyRing::L1Claim> KeyRing::check_l1(const HttpRequest& request, const ClockRule& clock) const {
  const auto address = crypto::parse_address(find_header(request.headers, "POLY_ADDRESS"));
  const auto signature = crypto::parse_signature(find_header(request.headers, "POLY_SIGNATURE"));
  const std::string_view timestamp = find_header(request.headers, "POLY_TIMESTAMP");
  const std::string_view nonce_text = find_header(request.headers, "POLY_NONCE");
  const auto nonce = nonce_text.empty() ? std::optional<std::int64_t>(0) : parse_scaled(nonce_text, 0);
  if (!address || !signature || !nonce || !timestamp_fits(timestamp, clock)) return std::nullopt;
  const auto number = static_cast<std::uint64_t>(*nonce);
  const auto signer = crypto::recover(polymarket::l1_digest(*address, chain_id_, timestamp, number), *signature);
  if (!signer || *signer != *address) return std::nullopt;
  return L1Claim{*address, number};
}

ApiKey* KeyRing::check_l2(const HttpRequest& request, const ClockRule& clock) {
  const std::string_view id = find_header(request.headers, "POLY_API_KEY");
  const std::string_view address = find_header(request.headers, "POLY_ADDRESS");
  const std::string_view timestamp = find_header(request.headers, "POLY_TIMESTAMP");
  if (find(id) == nullptr) recall(id, address);
  ApiKey* key = find(id);
  const auto claimed = crypto::parse_address(address);
  if (key == nullptr || key->revoked || !claimed || *claimed != key->address) return nullptr;
  if (!timestamp_fits(timestamp, clock)) return nullptr;
  const auto digest = key->hmac.sign({timestamp, to_text(request.method), request.path(), request.body});
  const bool signature =
      crypto::equal_in_constant_time(crypto::base64url(digest), find_header(request.headers, "POLY_SIGNATURE"));
  const bool passphrase =
      crypto::equal_in_constant_time(key->passphrase, find_header(request.headers, "POLY_PASSPHRASE"));
  return signature && passphrase ? key : nullptr;
}

ApiKey* KeyRing::check_credentials(std::string_view id, std::string_view secret, std::string_view passphrase) {
  ApiKey* key = find(id);
  if (key == nullptr || key->revoked) return nullptr;
  const bool same_secret = crypto::equal_in_constant_time(key->secret, secret);
  const bool same_passphrase = crypto::equal_in_constant_time(key->passphrase, passphrase);
  return same_secret && same_passphrase ? key : nullptr;
}

ApiKey* KeyRing::find(std::string_view id) {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : &keys_[it->second];
}

std::string KeyRing::key_id(const crypto::Address& address, std::uint64_t nonce) const {
  const std::string hex = crypto::to_hex(drawn("key", seed_, address, nonce));
  return fmt::format("{}-{}-4{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 3), hex.substr(15, 3),
                     hex.substr(18, 12));
}

ApiKey& KeyRing::make(const crypto::Address& address, std::uint64_t nonce, bool read_only) {
  std::string id = key_id(address, nonce);
  if (ApiKey* known = find(id); known != nullptr) {
    known->revoked = false;
    return *known;
  }
  std::string secret = crypto::base64url(drawn("secret", seed_, address, nonce));
  std::string passphrase = crypto::to_hex(drawn("passphrase", seed_, address, nonce));
  crypto::HmacSha256 hmac = hmac_of(secret);
  by_id_.emplace(id, keys_.size());
  keys_.push_back({std::move(id), std::move(secret), std::move(passphrase), address, address_text(address), nonce,
                   read_only, false, std::move(hmac)});
  return keys_.back();
}

ApiKey& KeyRing::issue(const crypto::Address& address, std::uint64_t nonce) { return make(address, nonce, false); }

ApiKey& KeyRing::issue_read_only(const crypto::Address& address) {
  return make(address, kReadOnlyNonces + keys_.size(), true);
}

bool KeyRing::exists(const crypto::Address& address, std::uint64_t nonce) const {
  const auto it = by_id_.find(key_id(address, nonce));
  return it != by_id_.end() && !keys_[it->second].revoked;
}

/// A client kept its key while the server was started anew: the key follows from what the request names.
void KeyRing::recall(std::string_view id, std::string_view address) {
  const auto claimed = crypto::parse_address(address);
  if (!claimed) return;
  for (std::uint64_t nonce = 0; nonce < kRecalledNonces; ++nonce) {
    if (key_id(*claimed, nonce) == id) (void)issue(*claimed, nonce);
  }
}

}  // namespace ebb::exchange
