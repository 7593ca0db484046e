// API credentials from a wallet (protocol 4.1): derived if the venue has a key for it, created only if it says that there is
// none. A key created beside an existing one was reported to be refused by the user stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/expected.hpp"
#include "crypto/secp256k1.hpp"
#include "polymarket/auth.hpp"
#include "polymarket/rest_answers.hpp"
#include "session/rest_sink.hpp"

namespace ebb::session {

struct KeySetupOptions {
  std::uint64_t chain_id = 137;
  std::uint64_t nonce = 0;
  Duration clock_offset{0};  ///< server time - our time
  Duration timeout = seconds(10);
  std::int32_t tries = 3;  ///< of each request, when the link or the server fails
  Duration retry = seconds(1);  ///< doubles
};

/// One conversation: start(), then answers and timers until result() is there.
class KeySetup {
 public:
  /// `key` and `sink` must outlive it.
  KeySetup(KeySetupOptions options, const crypto::PrivateKey& key, RestSink& sink);
  void start(Timestamp now);
  void on_answer(Timestamp now, RequestId id, const Expected<HttpResponse>& answer);
  [[nodiscard]] Timestamp next_timer() const { return retry_at_; }
  void on_timer(Timestamp now);
  /// The credentials, or `keys.refused` (the venue does not accept the wallet's signature), `keys.unreadable`,
  /// `keys.unreachable`. No error text contains a secret.
  [[nodiscard]] const std::optional<Expected<polymarket::ApiCredentials>>& result() const { return result_; }
  [[nodiscard]] bool created() const { return creating_ && result_ && result_->has_value(); }

 private:
  void ask(Timestamp now);
  void try_again(Timestamp now, Error error);

  KeySetupOptions options_;
  const crypto::PrivateKey& key_;
  RestSink& sink_;
  polymarket::AnswerReader reader_;
  bool creating_ = false;
  RequestId in_flight_;
  std::uint64_t next_id_ = 0;
  std::int32_t tries_ = 0;
  Timestamp retry_at_ = kNever;
  std::optional<Expected<polymarket::ApiCredentials>> result_;
};

}  // namespace ebb::session
