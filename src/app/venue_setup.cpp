#include "app/venue_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/tokens_file.hpp"
#include "exchange/paper_venue.hpp"
#include "net/loop.hpp"

namespace ebb::app {
namespace {

// Signatures carry the server's time, orders and their ends our own: more than this is a clock to be set right.
constexpr Duration kLargestSkew = seconds(10);

std::vector<std::string> configured_tokens(const Config& config) {
  std::vector<std::string> ids;
  for (const TokenOverride& section : config.tokens) {
    if (section.trade) ids.push_back(section.token_id);
  }
  return ids;
}

std::string name_of(const polymarket::GammaMarket& market) {
  return market.spec.slug.empty() ? market.spec.condition_id : market.spec.slug;
}

/// Why the market is left out; empty when it can be traded.
std::string objection(const polymarket::GammaMarket& market) {
  if (market.refusal) return market.refusal->message;
  if (market.closed || !market.active) return "closed";
  if (!market.accepting_orders || !market.order_book) return "accepts no orders";
  return {};
}

std::string_view state_text(session::CheckState state) {
  switch (state) {
    case session::CheckState::ok: return "ok";
    case session::CheckState::warning: return "warning";
    case session::CheckState::failed: return "FAILED";
    case session::CheckState::pending: return "no answer";
  }
  return "";
}

}  // namespace

Expected<gateway::VenueAddress> venue_of(const Config& config) {
  const VenueConfig& v = config.venue;
  return gateway::parse_venue({.clob_rest = v.clob_rest,
                               .ws_market = v.ws_market,
                               .ws_user = v.ws_user,
                               .gamma = v.gamma,
                               .data = v.data,
                               .geoblock = v.geoblock,
                               .ca_file = v.ca_file});
}

session::FeedConfig feed_of(const Config& config) {
  session::FeedConfig feed;
  feed.assets_per_connection = config.feed.assets_per_connection;
  feed.twin = config.feed.twin;
  return feed;
}

Expected<void> check_cores(const ExecutionConfig& config) {
  const auto check = [](std::string_view name, std::int32_t core) -> Expected<void> {
    if (core < 0 || net::may_run_on(static_cast<unsigned>(core))) return {};
    return fail("core.unavailable",
                fmt::format("[execution] {} = {}: this process cannot run on that core", name, core),
                "name one of those that `taskset -cp $$` lists, or -1 to leave the choice to the scheduler");
  };
  TRY_VOID(check("engine_core", config.engine_core));
  return check("gateway_core", config.gateway_core);
}

void set_threads(const ExecutionConfig& config, gateway::TraderConfig& trader) {
  const auto core = [](std::int32_t wanted) {
    return wanted < 0 ? std::nullopt : std::optional(static_cast<unsigned>(wanted));
  };
  trader.spin = config.spin;
  trader.engine_core = core(config.engine_core);
  trader.gateway_core = core(config.gateway_core);
}

Expected<MarketChoice> choose_markets(const gateway::VenueAddress& venue, const Config& config,
                                      const std::string& tokens_file, std::size_t busiest) {
  MarketChoice choice;
  std::vector<std::string> wanted;
  if (!tokens_file.empty()) {
    TRY(tokens, read_tokens_file(tokens_file));
    wanted = std::move(tokens);
  } else {
    wanted = configured_tokens(config);
  }
  const bool named = !wanted.empty();
  if (!named && busiest == 0) {
    return fail("tokens.none", "which tokens? Nothing is traded with real money that nobody named",
                "--tokens FILE: one token id a line, # starts a comment");
  }
  TRY(markets, named ? gateway::fetch_markets(venue, wanted) : gateway::fetch_busiest_markets(venue, busiest));
  for (polymarket::GammaMarket& market : markets) {
    if (const std::string why = objection(market); !why.empty()) {
      choice.left_out.push_back(fmt::format("{}: {}", name_of(market), why));
      continue;
    }
    for (const model::TokenSpec& token : market.spec.tokens) {
      const bool is_wanted = !named || std::find(wanted.begin(), wanted.end(), token.token_id) != wanted.end();
      if (is_wanted && !token.token_id.empty()) choice.tokens.push_back(token.token_id);
    }
    if (!market.fees_told) market.spec.fees = exchange::fees_for_slug(market.spec.slug);  // rules 8.8
    choice.markets.push_back(std::move(market.spec));
  }
  if (choice.tokens.empty()) {
    return fail("tokens.none",
                choice.left_out.empty() ? "the venue lists no open market"
                                        : fmt::format("no market can be traded: {}", choice.left_out.front()),
                "choose open markets that accept orders");
  }
  return choice;
}

session::PreflightOptions preflight_options(const Wallet& wallet, const std::vector<model::MarketSpec>& markets) {
  session::PreflightOptions options;
  options.wallet = wallet.setup();
  options.contracts.clear();
  for (const model::MarketSpec& market : markets) {
    const polymarket::ExchangeContract contract = polymarket::exchange_of(market);
    const auto same = [&](const auto& known) { return known.contract == contract; };
    if (std::none_of(options.contracts.begin(), options.contracts.end(), same))
      options.contracts.push_back({contract, market.tokens[0].token_id});
  }
  if (options.contracts.empty()) {  // no markets chosen yet: whatever may come
    for (const auto contract : {polymarket::ExchangeContract::standard, polymarket::ExchangeContract::neg_risk,
                                polymarket::ExchangeContract::v3}) {
      options.contracts.push_back({contract, {}});
    }
  }
  options.hopeless_skew = kLargestSkew;
  return options;
}

Expected<polymarket::L2Signer> l2_signer(const Wallet& wallet) {
  return polymarket::L2Signer::create(*wallet.credentials(), wallet.setup().key_address);
}

Expected<gateway::LiveConfig> live_config(const Config& config, const Wallet& wallet, Duration clock_offset) {
  TRY(order_auth, l2_signer(wallet));
  TRY(beat_auth, l2_signer(wallet));
  gateway::OrderLinkConfig orders;
  orders.desk.sender.signature_type = wallet.setup().signature_type;
  if (!config.wallet.builder_code.empty()) {
    auto builder = crypto::word_from_hex(config.wallet.builder_code);
    if (!builder) {
      return fail("wallet.builder_code", "[wallet] builder_code is not 0x and 64 hex digits",
                  "leave it empty unless a builder's terms are wanted");
    }
    orders.desk.sender.builder = *builder;
  }
  orders.desk.sender.maker = wallet.setup().maker;
  orders.desk.sender.signer = wallet.setup().signer;
  orders.desk.sender.foreign = config.execution.foreign_orders;
  orders.desk.use_heartbeat = config.execution.heartbeat && config.execution.stop_policy == StopPolicy::cancel_all;
  orders.desk.clock_offset = clock_offset;
  return gateway::LiveConfig{wallet.key(), *wallet.credentials(), std::move(order_auth), std::move(beat_auth),
                             std::move(orders)};
}

void use_wallet(const Wallet& wallet, engine::EngineConfig& engine) {
  engine.maker_address = crypto::checksum_text(wallet.setup().maker);
  engine.signer_address = crypto::checksum_text(wallet.setup().signer);
  engine.signature_type = wallet.setup().signature_type;
}

std::string checks_text(const std::vector<session::CheckLine>& lines) {
  std::string text;
  for (const session::CheckLine& line : lines) {
    text += fmt::format("{:<9}  {:<22} {}\n", state_text(line.state), line.name, line.text);
    if (!line.hint.empty()) text += fmt::format("{:<34}-> {}\n", "", line.hint);
  }
  return text;
}

}  // namespace ebb::app
