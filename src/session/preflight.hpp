// What must hold before the first live order (rules 5, protocol 1.1 to 1.4, 5.2, 5.3), each check a line that says how to mend
// it. Used by `ebb run --venue live` and `ebb doctor`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/units.hpp"
#include "crypto/eip712.hpp"
#include "polymarket/auth.hpp"
#include "polymarket/order_digest.hpp"
#include "polymarket/rest_answers.hpp"
#include "session/rest_sink.hpp"

namespace ebb::session {

enum class CheckState : std::uint8_t { pending, ok, warning, failed };
struct CheckLine {
  std::string name;  ///< stable: geoblock, version, clock, wallet, account, cash, allowance/standard, ...
  CheckState state = CheckState::pending;
  std::string text;  ///< what was found
  std::string hint;  ///< how to mend it; empty when ok
};

/// The wallet as configured.
struct WalletSetup {
  polymarket::SignatureType signature_type = polymarket::SignatureType::eoa;
  crypto::Address key_address{};  ///< what the private key controls
  crypto::Address maker{};  ///< whose funds
  crypto::Address signer{};  ///< the `signer` field of orders
};
/// Whether type, maker and signer fit each other (protocol 5.3): type 0 maker = signer = key; types 1 and 2 signer = key, maker
/// another; type 3 maker = signer = the deposit wallet, not the key. Errors: `wallet.type_mismatch`.
[[nodiscard]] Expected<void> check_wallet(const WalletSetup& wallet);
/// The wallet of a key: `funder` empty = the key's own address (type 0 only). Errors: `wallet.type_mismatch`,
/// `wallet.bad_funder`.
[[nodiscard]] Expected<WalletSetup> make_wallet(polymarket::SignatureType type, const crypto::Address& key_address,
                                                std::string_view funder);

struct PreflightOptions {
  WalletSetup wallet;
  std::uint64_t chain_id = 137;
  std::int32_t expected_version = 2;
  Duration largest_skew =
      seconds(5);  ///< more is corrected by the offset and warned of; beyond `hopeless_skew` it fails
  Duration hopeless_skew = seconds(60);
  Usdc least_cash{1'000'000};  ///< less is a failure
  /// Contracts that the chosen markets settle on; a token of each to ask whether SELLs are allowed (empty = not asked).
  struct Contract {
    polymarket::ExchangeContract contract = polymarket::ExchangeContract::standard;
    std::string sample_token;
  };
  std::vector<Contract> contracts = {{polymarket::ExchangeContract::standard, {}}};
  bool geoblock = true;  ///< false: the venue is an own exchange
  Duration timeout = seconds(10);
  std::int32_t tries = 3;
  Duration retry = seconds(1);
};

/// Asks everything at once; done when every line is decided.
class Preflight {
 public:
  /// `l2` may be null (no credentials yet): what needs them is then failed. Pointers and `sink` must outlive it.
  Preflight(PreflightOptions options, const polymarket::L2Signer* l2, RestSink& sink);
  void start(Timestamp now);
  void on_answer(Timestamp now, RequestId id, const Expected<HttpResponse>& answer);
  [[nodiscard]] Timestamp next_timer() const;
  void on_timer(Timestamp now);
  [[nodiscard]] bool done() const;
  /// Whether an order may leave: done and nothing failed.
  [[nodiscard]] bool passed() const;
  [[nodiscard]] const std::vector<CheckLine>& lines() const { return lines_; }
  /// Server time - our time; set once /time has answered.
  [[nodiscard]] std::optional<Duration> clock_offset() const { return clock_offset_; }
  [[nodiscard]] std::optional<Usdc> cash() const { return cash_; }

 private:
  enum class Ask : std::uint8_t { geoblock, version, time, account, cash_update, cash, shares };
  struct Question {
    Ask ask = Ask::version;
    std::size_t line = 0;
    std::size_t contract = 0;  ///< shares: index of the contract
    RequestId id;
    Timestamp sent_at;
    Timestamp retry_at = kNever;
    std::int32_t tries = 0;
    bool done = false;
  };
  std::size_t add_line(std::string name);
  void add(Ask ask, std::size_t line, std::size_t contract = 0);
  void send(Timestamp now, Question& question);
  void settle(std::size_t line, CheckState state, std::string text, std::string hint = {});
  void read(Timestamp now, Question& question, const HttpResponse& response);
  void read_time(Timestamp now, const Question& question, const HttpResponse& response);
  void read_cash(Timestamp now, const HttpResponse& response);
  void read_shares(const Question& question, const HttpResponse& response);
  void check_allowances(const polymarket::BalanceAnswer& answer);
  void fail_question(Timestamp now, Question& question, const std::string& why, const char* hint);
  [[nodiscard]] std::size_t allowance_line(std::size_t contract) const { return first_allowance_ + contract; }

  PreflightOptions options_;
  const polymarket::L2Signer* l2_;
  RestSink& sink_;
  polymarket::AnswerReader reader_;
  std::vector<CheckLine> lines_;
  std::vector<Question> questions_;
  std::size_t first_allowance_ = 0;
  std::size_t first_shares_ = 0;
  std::uint64_t next_id_ = 0;
  std::optional<Duration> clock_offset_;
  std::optional<Usdc> cash_;
};

}  // namespace ebb::session
