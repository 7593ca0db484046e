// The wallet of a live trader: from the environment, or from a key file that only its owner can read. Nothing here is ever
// printed; errors name a variable, never its value.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/config.hpp"
#include "base/expected.hpp"
#include "crypto/secp256k1.hpp"
#include "polymarket/auth.hpp"
#include "polymarket/order_digest.hpp"
#include "session/preflight.hpp"

namespace ebb::app {

/// Looks up a variable; empty = not set.
using Environment = std::function<std::string(const std::string& name)>;
[[nodiscard]] Environment process_environment();

/// Names: EBB_PRIVATE_KEY, EBB_FUNDER, EBB_SIGNATURE_TYPE, EBB_API_KEY, EBB_API_SECRET, EBB_API_PASSPHRASE; the predecessor's
/// POLY_KEY, POLY_FUNDER, POLY_SIGNATURE, POLY_API_KEY, POLY_API_SECRET, POLY_API_PASSPHRASE stand for the same. A key file
/// has lines NAME=VALUE with these names, or the bare private key on its only line; the environment wins over it.
class Wallet {
 public:
  /// Errors: `wallet.no_key` (neither place has one), `wallet.bad_key`, `wallet.signature_type`, `wallet.key_file`
  /// (unreadable, or readable by others), `wallet.api_key` (a part of the three API values is missing), and those of
  /// session::make_wallet.
  [[nodiscard]] static Expected<Wallet> load(const WalletConfig& config, const Environment& environment);
  ~Wallet();
  Wallet(Wallet&&) noexcept = default;
  Wallet& operator=(Wallet&&) noexcept = default;

  /// The key, parsed anew: each signer owns its own.
  [[nodiscard]] crypto::PrivateKey key() const;
  [[nodiscard]] const session::WalletSetup& setup() const { return setup_; }
  [[nodiscard]] const std::optional<polymarket::ApiCredentials>& credentials() const { return credentials_; }
  void set_credentials(polymarket::ApiCredentials credentials) { credentials_ = std::move(credentials); }

 private:
  Wallet() = default;
  std::string key_text_;
  session::WalletSetup setup_;
  std::optional<polymarket::ApiCredentials> credentials_;
};

}  // namespace ebb::app
