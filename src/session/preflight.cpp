#include "session/preflight.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/decimal.hpp"
#include "crypto/secp256k1.hpp"
#include "polymarket/rest_requests.hpp"
#include "polymarket/venue_status.hpp"

namespace ebb::session {
namespace {

using polymarket::SignatureType;

constexpr std::int64_t kNs = 1'000'000'000;
constexpr const char* kNetworkHint = "check the network, the address in [venue] and the keys; then try again";
constexpr const char* kKeyHint =
    "the venue does not take the API key: `ebb keys derive` prints the wallet's own; a wrong clock is refused like "
    "that, "
    "too";
constexpr const char* kPageHint = "something in front of the venue answered: check the network, a proxy, the region";

const char* hint_of(const HttpResponse& response) {
  if (response.status == 401) return kKeyHint;
  return response.status == 403 ? kPageHint : kNetworkHint;
}

std::string_view contract_text(polymarket::ExchangeContract contract) {
  static constexpr std::string_view kNames[] = {"standard", "neg_risk", "v3"};
  return kNames[static_cast<std::size_t>(contract)];
}

bool is_same_address(std::string_view text, const crypto::Address& address) {
  const auto parsed = crypto::parse_address(text);
  return parsed && *parsed == address;
}

/// "error" of a body, or the status alone; bodies that are not JSON are not shown.
std::string words_of(polymarket::AnswerReader& reader, const HttpResponse& response) {
  const polymarket::ErrorBody error = reader.error(response.body);
  std::string text = "HTTP " + std::to_string(response.status);
  if (!error.text.empty()) text += " " + std::string(error.text);
  if (!error.is_json) text += " (not JSON)";
  return text;
}

}  // namespace

Expected<void> check_wallet(const WalletSetup& wallet) {
  const auto mismatch = [](std::string message, std::string hint) {
    return fail("wallet.type_mismatch", std::move(message), std::move(hint));
  };
  switch (wallet.signature_type) {
    case SignatureType::eoa:
      if (wallet.maker == wallet.key_address && wallet.signer == wallet.key_address) return {};
      return mismatch(
          "signature type 0 trades with the key's own address, but the funder is another one",
          "set EBB_SIGNATURE_TYPE to the funder's type: 1 proxy, 2 Safe, 3 deposit wallet; or remove EBB_FUNDER");
    case SignatureType::poly_proxy:
    case SignatureType::poly_gnosis_safe:
      if (wallet.signer != wallet.key_address)
        return mismatch("signature types 1 and 2 sign with the key's own address",
                        "set the signer to the key's address");
      if (wallet.maker != wallet.key_address) return {};
      return mismatch("signature types 1 and 2 need the address of the proxy or Safe that holds the funds",
                      "set EBB_FUNDER to the wallet address shown on the venue's profile page");
    case SignatureType::poly_1271:
      if (wallet.maker != wallet.signer)
        return mismatch("signature type 3 names the deposit wallet as maker and as signer",
                        "set the signer to the funder");
      if (wallet.maker != wallet.key_address) return {};
      return mismatch("signature type 3 needs the address of the deposit wallet, not the key's own",
                      "set EBB_FUNDER to the deposit wallet's address");
  }
  return mismatch("unknown signature type", "set EBB_SIGNATURE_TYPE to 0, 1, 2 or 3");
}

Expected<WalletSetup> make_wallet(SignatureType type, const crypto::Address& key_address, std::string_view funder) {
  WalletSetup wallet{type, key_address, key_address, key_address};
  if (!funder.empty()) {
    const auto parsed = crypto::parse_address(funder);
    if (!parsed) return fail("wallet.bad_funder", "the funder is not an address", "EBB_FUNDER is 0x and 40 hex digits");
    wallet.maker = *parsed;
  }
  if (type == SignatureType::poly_1271) wallet.signer = wallet.maker;
  TRY_VOID(check_wallet(wallet));
  return wallet;
}

Preflight::Preflight(PreflightOptions options, const polymarket::L2Signer* l2, RestSink& sink)
    : options_(std::move(options)), l2_(l2), sink_(sink) {}

std::size_t Preflight::add_line(std::string name) {
  lines_.push_back({std::move(name), CheckState::pending, {}, {}});
  return lines_.size() - 1;
}

void Preflight::add(Ask ask, std::size_t line, std::size_t contract) {
  questions_.push_back({.ask = ask, .line = line, .contract = contract});
}

void Preflight::settle(std::size_t line, CheckState state, std::string text, std::string hint) {
  if (lines_[line].state == CheckState::failed) return;
  lines_[line].state = state;
  lines_[line].text = std::move(text);
  lines_[line].hint = std::move(hint);
}

void Preflight::start(Timestamp now) {
  lines_.clear();
  questions_.clear();
  clock_offset_.reset();
  cash_.reset();
  const std::size_t wallet = add_line("wallet");
  const auto fits = check_wallet(options_.wallet);
  if (fits) {
    settle(wallet, CheckState::ok,
           "type " + std::to_string(static_cast<int>(options_.wallet.signature_type)) + ", funds of " +
               crypto::checksum_text(options_.wallet.maker));
  } else {
    settle(wallet, CheckState::failed, fits.error().message, fits.error().hint);
  }
  if (options_.geoblock) add(Ask::geoblock, add_line("geoblock"));
  add(Ask::version, add_line("version"));
  add(Ask::time, add_line("clock"));
  add(Ask::account, add_line("account"));
  add(Ask::cash_update, add_line("cash"));
  first_allowance_ = lines_.size();
  for (const auto& c : options_.contracts) add_line("allowance/" + std::string(contract_text(c.contract)));
  first_shares_ = lines_.size();
  for (std::size_t i = 0; i < options_.contracts.size(); ++i) {
    if (options_.contracts[i].sample_token.empty()) continue;
    add(Ask::shares, add_line("shares/" + std::string(contract_text(options_.contracts[i].contract))), i);
  }
  for (std::size_t i = 0; i < questions_.size(); ++i) send(now, questions_[i]);
}

void Preflight::send(Timestamp now, Question& question) {
  using polymarket::AssetType;
  using polymarket::BalanceCall;
  const SignatureType type = options_.wallet.signature_type;
  HttpRequest request;
  bool authenticated = true;
  switch (question.ask) {
    case Ask::geoblock:
      request = polymarket::geoblock_request();
      authenticated = false;
      break;
    case Ask::version:
      request = polymarket::version_request();
      authenticated = false;
      break;
    case Ask::time:
      request = polymarket::time_request();
      authenticated = false;
      break;
    case Ask::account: request = polymarket::closed_only_request(); break;
    case Ask::cash_update:
      request = polymarket::balance_request(BalanceCall::update, AssetType::collateral, {}, type);
      break;
    case Ask::cash: request = polymarket::balance_request(BalanceCall::read, AssetType::collateral, {}, type); break;
    case Ask::shares: {
      const auto& contract = options_.contracts[question.contract];
      const bool v3 = contract.contract == polymarket::ExchangeContract::v3;
      request = polymarket::balance_request(BalanceCall::read, v3 ? AssetType::conditional_v2 : AssetType::conditional,
                                            contract.sample_token, type);
      break;
    }
  }
  if (authenticated && l2_ == nullptr) {
    question.done = true;
    settle(question.line, CheckState::failed, "no API credentials",
           "run `ebb keys derive` and set EBB_API_KEY, EBB_API_SECRET and EBB_API_PASSPHRASE");
    if (question.ask == Ask::cash_update) {
      for (std::size_t i = 0; i < options_.contracts.size(); ++i)
        settle(allowance_line(i), CheckState::failed, "no API credentials", "as for cash");
    }
    return;
  }
  if (authenticated) l2_->add_headers(request, (now + clock_offset_.value_or(Duration(0))).ns() / kNs);
  question.id = RequestId(next_id_++);
  question.sent_at = now;
  question.retry_at = kNever;
  ++question.tries;
  sink_.send(question.id, question.ask == Ask::geoblock ? Origin::geoblock : Origin::clob, std::move(request),
             options_.timeout);
}

void Preflight::on_answer(Timestamp now, RequestId id, const Expected<HttpResponse>& answer) {
  const auto found = std::find_if(questions_.begin(), questions_.end(),
                                  [&](const Question& q) { return q.id == id && !q.done && q.retry_at == kNever; });
  if (found == questions_.end()) return;
  if (!answer) return fail_question(now, *found, answer.error().message, kNetworkHint);
  // A wrong clock makes every signature wrong: those questions wait for /time, which is under way.
  const bool transient = answer->status >= 500 || answer->status == 425 || answer->status == 429 ||
                         (answer->status == 401 && found->tries < options_.tries);
  if (transient) {
    return fail_question(now, *found, words_of(reader_, *answer), hint_of(*answer));
  }
  read(now, *found, *answer);
}

void Preflight::fail_question(Timestamp now, Question& question, const std::string& why, const char* hint) {
  if (question.tries < options_.tries) {
    question.retry_at = now + options_.retry * (std::int64_t{1} << (question.tries - 1));
    return;
  }
  question.done = true;
  settle(question.line, CheckState::failed, why, hint);
  if (question.ask == Ask::cash || question.ask == Ask::cash_update) {
    for (std::size_t i = 0; i < options_.contracts.size(); ++i)
      settle(allowance_line(i), CheckState::failed, "not known: " + why, "as for cash");
  }
}

void Preflight::read(Timestamp now, Question& question, const HttpResponse& response) {
  const bool good = response.status >= 200 && response.status < 300;
  if (!good) {
    question.tries = options_.tries;
    return fail_question(now, question, words_of(reader_, response), hint_of(response));
  }
  question.done = true;
  const std::size_t line = question.line;
  switch (question.ask) {
    case Ask::geoblock: {
      const auto geo = polymarket::read_geoblock(response);
      if (!geo)
        return settle(line, CheckState::failed, geo.error().message,
                      "without an answer nobody trades: check [venue] geoblock");
      const std::string where = geo->region.empty() ? geo->country : geo->country + "/" + geo->region;
      if (geo->blocked)
        return settle(line, CheckState::failed, "the venue does not serve " + where,
                      "trade from a region that the venue serves");
      return settle(line, CheckState::ok, "not blocked (" + where + ")");
    }
    case Ask::version: {
      const auto version = polymarket::read_version(response);
      if (!version) return settle(line, CheckState::failed, version.error().message, "check [venue] clob_rest");
      if (*version != options_.expected_version) {
        return settle(line, CheckState::failed,
                      "the venue speaks version " + std::to_string(*version) + ", ebb speaks " +
                          std::to_string(options_.expected_version),
                      "get a newer ebb: orders of this one would be refused");
      }
      return settle(line, CheckState::ok, "version " + std::to_string(*version));
    }
    case Ask::time: return read_time(now, question, response);
    case Ask::account: {
      const auto closed = reader_.closed_only(response.body);
      if (!closed)
        return settle(line, CheckState::failed, "the answer does not say whether the account may trade",
                      "check [venue] clob_rest");
      if (*closed)
        return settle(line, CheckState::failed, "the account is in closed-only mode",
                      "ask the venue's support; open positions can be closed on its site");
      return settle(line, CheckState::ok, "may open positions");
    }
    case Ask::cash_update: {
      question.ask = Ask::cash;
      question.done = false;
      question.tries = 0;
      return send(now, question);
    }
    case Ask::cash: return read_cash(now, response);
    case Ask::shares: return read_shares(question, response);
  }
}

// The server's seconds are cut off: on average it is half a second later. The way there and back is halved.
void Preflight::read_time(Timestamp now, const Question& question, const HttpResponse& response) {
  const auto time = polymarket::read_time(response);
  if (!time) return settle(question.line, CheckState::failed, time.error().message, "check [venue] clob_rest");
  const Duration way = (now - question.sent_at) / 2;
  const Timestamp server = *time + milliseconds(500);
  const Duration offset = server - (now - way);
  const Duration size = offset.raw() < 0 ? -offset : offset;
  clock_offset_ = size <= seconds(1) ? Duration(0) : offset;  // below what whole seconds can tell
  const std::string text =
      "this clock is " + std::to_string(size.raw() / kNs) + " s " + (offset.raw() < 0 ? "ahead" : "behind");
  if (size > options_.hopeless_skew)
    return settle(question.line, CheckState::failed, text, "set this machine's clock (timedatectl set-ntp true)");
  if (size > options_.largest_skew)
    return settle(question.line, CheckState::warning, text + "; signatures are corrected by it",
                  "set this machine's clock (timedatectl set-ntp true)");
  settle(question.line, CheckState::ok, "within " + std::to_string(size.raw() / kNs + 1) + " s of the venue's");
}

void Preflight::read_cash(Timestamp, const HttpResponse& response) {
  const auto line = static_cast<std::size_t>(std::distance(
      lines_.begin(), std::find_if(lines_.begin(), lines_.end(), [](const CheckLine& l) { return l.name == "cash"; })));
  const auto balance = reader_.balance(response.body);
  if (!balance) {
    settle(line, CheckState::failed, "the answer holds no balance", "check [venue] clob_rest");
    for (std::size_t i = 0; i < options_.contracts.size(); ++i)
      settle(allowance_line(i), CheckState::failed, "not known: the answer holds no balance", "as for cash");
    return;
  }
  cash_ = Usdc(balance->micros);
  if (*cash_ < options_.least_cash) {
    settle(line, CheckState::failed, "$" + to_text(*cash_) + " pUSD",
           "deposit; and check that EBB_FUNDER is the wallet that holds the money");
  } else {
    settle(line, CheckState::ok, "$" + to_text(*cash_) + " pUSD");
  }
  check_allowances(*balance);
}

void Preflight::check_allowances(const polymarket::BalanceAnswer& answer) {
  for (std::size_t i = 0; i < options_.contracts.size(); ++i) {
    const crypto::Address exchange = polymarket::exchange_address(options_.contracts[i].contract, options_.chain_id);
    const auto told = std::find_if(answer.allowances.begin(), answer.allowances.end(), [&](const auto& a) {
      return a.spender.empty() || is_same_address(a.spender, exchange);
    });
    const std::string spender = crypto::checksum_text(exchange);
    const std::string hint =
        "approve pUSD for " + spender + " from the funding wallet, on the venue's site or by a wallet";
    if (told == answer.allowances.end()) {
      settle(allowance_line(i), CheckState::failed, "no allowance for " + spender, hint);
    } else if (!told->enough) {
      settle(allowance_line(i), CheckState::failed, "the allowance for " + spender + " is zero", hint);
    } else if (told->spender.empty()) {
      settle(allowance_line(i), CheckState::warning, "the venue does not say for which contract",
             "orders of another contract may be refused");
    } else {
      settle(allowance_line(i), CheckState::ok, "granted to " + spender);
    }
  }
}

void Preflight::read_shares(const Question& question, const HttpResponse& response) {
  const auto balance = reader_.balance(response.body);
  if (!balance)
    return settle(question.line, CheckState::failed, "the answer holds no balance", "check [venue] clob_rest");
  const crypto::Address exchange =
      polymarket::exchange_address(options_.contracts[question.contract].contract, options_.chain_id);
  const bool granted = std::any_of(balance->allowances.begin(), balance->allowances.end(), [&](const auto& a) {
    return a.enough && (a.spender.empty() || is_same_address(a.spender, exchange));
  });
  if (granted) return settle(question.line, CheckState::ok, "SELLs are allowed");
  settle(question.line, CheckState::failed, "SELLs are not allowed yet",
         "setApprovalForAll for " + crypto::checksum_text(exchange) +
             " from the funding wallet, on the venue's site or by a wallet");
}

Timestamp Preflight::next_timer() const {
  Timestamp at = kNever;
  for (const Question& question : questions_) {
    if (!question.done) at = std::min(at, question.retry_at);
  }
  return at;
}

void Preflight::on_timer(Timestamp now) {
  for (Question& question : questions_) {
    if (!question.done && now >= question.retry_at) send(now, question);
  }
}

bool Preflight::done() const {
  return !lines_.empty() && std::all_of(questions_.begin(), questions_.end(), [](const Question& q) { return q.done; });
}

bool Preflight::passed() const {
  return done() && std::none_of(lines_.begin(), lines_.end(), [](const CheckLine& l) {
           return l.state == CheckState::failed || l.state == CheckState::pending;
         });
}

}  // namespace ebb::session
