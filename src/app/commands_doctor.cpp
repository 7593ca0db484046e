#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/commands.hpp"
#include "app/config.hpp"
#include "app/data_dir.hpp"
#include "app/exit_code.hpp"
#include "app/json.hpp"
#include "app/summary_text.hpp"
#include "app/venue_setup.hpp"
#include "app/wallet.hpp"
#include "base/decimal.hpp"
#include "net/http_client.hpp"
#include "polymarket/rest_book.hpp"

namespace ebb::app {
namespace {

using session::CheckLine;
using session::CheckState;

constexpr std::uintmax_t kLeastDisk = std::uintmax_t{1} << 30U;
constexpr Duration kTimeout = seconds(10);

CheckLine ok(std::string name, std::string text) { return {std::move(name), CheckState::ok, std::move(text), {}}; }
CheckLine failed(std::string name, const Error& error) {
  const char* hint = "check the network and [venue]; a proxy or a block may answer in the venue's place";
  return {std::move(name), CheckState::failed, error.message, error.hint.empty() ? hint : error.hint};
}

CheckLine check_disk(const CommonOptions& common) {
  const auto directory = open_data_dir(common.data_dir);
  if (!directory) return failed("disk", directory.error());
  std::error_code problem;
  const auto space = std::filesystem::space(*directory, problem);
  if (problem) return failed("disk", {"disk", problem.message(), {}});
  const std::string text = fmt::format("{} is writable, {} MB free", directory->string(), space.available >> 20U);
  if (space.available < kLeastDisk)
    return {"disk", CheckState::warning, text, "recordings and journals want some gigabytes"};
  return ok("disk", text);
}

CheckLine describe_limits(const Config& config) {
  const risk::Limits& l = config.limits;
  return ok("limits", fmt::format("{} an order, {} a token, {} a market, {} in total, {} open orders; daily loss {}",
                                  plain_money(l.per_order), plain_money(l.per_token), plain_money(l.per_market),
                                  plain_money(l.total), l.open_orders, plain_money(l.daily_loss)));
}

/// One live book, as proof that market data comes.
CheckLine check_book(const gateway::VenueAddress& venue) {
  auto markets = gateway::fetch_busiest_markets(venue, 1);
  if (!markets) return failed("book", markets.error());
  if (markets->empty()) return failed("book", {"book", "the venue lists no open market", "try again later"});
  const model::MarketSpec& market = markets->front().spec;
  HttpRequest request = polymarket::book_request(market.tokens[0].token_id);
  net::Url url = venue.clob;
  url.target = request.target = gateway::base_path(venue.clob) + request.target;
  const auto response = net::fetch(url, venue.tls, std::move(request), kTimeout);
  if (!response) return failed("book", response.error());
  polymarket::RestBookReader reader;
  std::vector<polymarket::RestBook> books;
  if (const auto read = reader.read(*response, books); !read) return failed("book", read.error());
  if (books.empty()) return failed("book", {"book", "the answer holds no book", "try again later"});
  const model::Quote quote = books.front().quote();
  return ok("book", fmt::format("{}: bid {}, ask {}, {} + {} levels", market.slug, to_text(quote.bid),
                                to_text(quote.ask), books.front().bids.size(), books.front().asks.size()));
}

bool needs_keys(const CheckLine& line) {
  return line.name == "wallet" || line.name == "account" || line.name == "cash" || line.name.starts_with("allowance") ||
         line.name.starts_with("shares");
}

void without_keys(std::vector<CheckLine>& lines) {
  for (CheckLine& line : lines) {
    if (needs_keys(line)) line = {line.name, CheckState::warning, "not checked: there are no keys", {}};
  }
}

/// Wallet, keys, and what the venue says of both.
void check_account(const gateway::VenueAddress& venue, const Config& config, std::vector<CheckLine>& lines) {
  auto wallet = Wallet::load(config.wallet, process_environment());
  if (!wallet) {
    const bool none = wallet.error().code == "wallet.no_key";
    lines.push_back({"keys", none ? CheckState::warning : CheckState::failed, wallet.error().message,
                     none ? "enough for paper trading; live trading needs EBB_PRIVATE_KEY" : wallet.error().hint});
    auto checks = gateway::run_preflight(venue, {.contracts = {}}, nullptr);
    without_keys(checks.lines);
    lines.insert(lines.end(), checks.lines.begin(), checks.lines.end());
    return;
  }
  lines.push_back(ok("keys", fmt::format("signer {}, funds of {}", crypto::checksum_text(wallet->setup().key_address),
                                         crypto::checksum_text(wallet->setup().maker))));
  if (!wallet->credentials()) {
    auto credentials = gateway::obtain_credentials(venue, {}, wallet->key(), nullptr);
    if (credentials) {
      wallet->set_credentials(std::move(*credentials));
      lines.push_back(ok("api key", "derived from the wallet"));
    } else {
      lines.push_back(failed("api key", credentials.error()));
    }
  }
  std::optional<polymarket::L2Signer> l2;
  if (wallet->credentials()) {
    if (auto signer = l2_signer(*wallet)) {
      l2 = std::move(*signer);
    } else {
      lines.push_back(failed("api key", signer.error()));
    }
  }
  const auto checks = gateway::run_preflight(venue, preflight_options(*wallet, {}), l2 ? &*l2 : nullptr);
  lines.insert(lines.end(), checks.lines.begin(), checks.lines.end());
}

std::string_view state_word(CheckState state) {
  constexpr std::string_view words[] = {"unknown", "ok", "warning", "failed"};
  return words[static_cast<std::size_t>(state)];
}

void print_lines(const std::vector<CheckLine>& lines, bool as_json, bool content) {
  if (!as_json) {
    print(checks_text(lines));
    print(content ? "ebb is ready.\n" : "Something is missing: see the lines that failed.\n");
    return;
  }
  JsonWriter json;
  json.begin_object();
  std::vector<Error> errors;
  for (const CheckLine& line : lines) {
    if (line.state == CheckState::failed || line.state == CheckState::pending)
      errors.push_back({"doctor." + line.name, line.text, line.hint});
  }
  write_head(json, "doctor", 0.0, errors);
  json.key("checks").begin_array();
  for (const CheckLine& line : lines) {
    json.begin_object().field("name", line.name).field("state", state_word(line.state)).field("text", line.text);
    json.field("hint", line.hint).end_object();
  }
  json.end_array().end_object();
  print(json.text() + "\n");
}

}  // namespace

int run_doctor(const DoctorOptions& options) {
  const auto config = load_config(options.common.config_file);
  if (!config) return report_errors("doctor", options.common, config.error(), kExitBadUsage);
  std::vector<CheckLine> lines;
  const std::string& file = options.common.config_file;
  lines.push_back(ok("configuration", file.empty() ? "the built-in defaults" : file + " is right"));
  lines.push_back(check_disk(options.common));
  lines.push_back(describe_limits(*config));
  const auto venue = venue_of(*config);
  if (!venue) {
    lines.push_back(failed("venue", venue.error()));
  } else {
    check_account(*venue, *config, lines);
    lines.push_back(check_book(*venue));
  }
  const bool content = std::none_of(lines.begin(), lines.end(), [](const CheckLine& line) {
    return line.state == CheckState::failed || line.state == CheckState::pending;
  });
  print_lines(lines, options.common.json, content);
  return content ? kExitDone : kExitFailed;
}

}  // namespace ebb::app
