#include "gateway/rest_conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/http_client.hpp"
#include "net/loop.hpp"

namespace ebb::gateway {
namespace {

constexpr Duration kLongestConversation = seconds(90);
constexpr Duration kTimerGrain = milliseconds(50);
constexpr Duration kFetchTimeout = seconds(15);
constexpr std::size_t kNamedTokens = 3;

/// Runs one machine until it says that it is done.
class Conversation : public session::RestSink {
 public:
  Conversation(const VenueAddress& venue)
      : venue_(venue),
        clob_(loop_, venue.tls, venue.clob, {.connections = 4, .warm = 1}),
        data_(loop_, venue.tls, venue.data, {.connections = 1, .warm = 0}),
        geoblock_(loop_, venue.tls, venue.geoblock, {.connections = 1, .warm = 0}) {}

  void send(session::RequestId id, session::Origin origin, HttpRequest request, Duration timeout) override {
    net::HttpPool* pool = &clob_;
    if (origin == session::Origin::data) {
      pool = &data_;
      request.target = base_path(venue_.data) + request.target;
    } else if (origin == session::Origin::geoblock) {
      pool = &geoblock_;
      request.target = venue_.geoblock.target;
    } else {
      request.target = base_path(venue_.clob) + request.target;
    }
    pool->send(std::move(request), timeout,
               [this, id](Timestamp now, const Expected<HttpResponse>& response) { on_answer_(now, id, response); });
  }

  template <class Machine>
  void run(Machine& machine, const std::function<bool()>& done) {
    on_answer_ = [&](Timestamp now, session::RequestId id, const Expected<HttpResponse>& response) {
      machine.on_answer(now, id, response);
    };
    const Timestamp give_up = loop_.now() + kLongestConversation;
    machine.start(loop_.now());
    while (!done() && loop_.now() < give_up) {
      loop_.run_for(kTimerGrain);
      if (machine.next_timer() <= loop_.now()) machine.on_timer(loop_.now());
    }
  }

 private:
  using OnAnswer = std::function<void(Timestamp, session::RequestId, const Expected<HttpResponse>&)>;
  const VenueAddress& venue_;
  net::Loop loop_;
  net::HttpPool clob_;
  net::HttpPool data_;
  net::HttpPool geoblock_;
  OnAnswer on_answer_;
};

/// Says whose answer it was, and what may help where nothing better is known.
Error of_gamma(const VenueAddress& venue, Error error) {
  error.message = fmt::format("[venue] gamma, {}: {}", venue.gamma.authority(false), error.message);
  if (error.hint.empty()) {
    error.hint =
        "check the network and the address; a proxy or a block may answer in its place, or the venue is not well";
  }
  return error;
}

Expected<polymarket::GammaPage> fetch_page(const VenueAddress& venue, HttpRequest request) {
  net::Url url = venue.gamma;
  request.target = base_path(venue.gamma) + request.target;
  url.target = request.target;
  const auto response = net::fetch(url, venue.tls, std::move(request), kFetchTimeout);
  if (!response) return std::unexpected(of_gamma(venue, response.error()));
  auto page = polymarket::read_gamma_markets(*response);
  if (!page) return std::unexpected(of_gamma(venue, page.error()));
  return page;
}

bool names_token(const polymarket::GammaMarket& market, const std::string& token_id) {
  return market.spec.tokens[0].token_id == token_id || market.spec.tokens[1].token_id == token_id;
}

Error unknown_tokens(const std::vector<std::string>& unknown) {
  std::string ids;
  for (std::size_t i = 0; i < std::min(unknown.size(), kNamedTokens); ++i) ids += (i == 0 ? "" : ", ") + unknown[i];
  if (unknown.size() > kNamedTokens) ids += ", ...";
  return {"tokens.unknown", fmt::format("the venue knows no market of {} token(s): {}", unknown.size(), ids),
          "check the ids in the tokens file: a decimal number each, as the market's page or Gamma shows it"};
}

}  // namespace

Expected<polymarket::ApiCredentials> obtain_credentials(const VenueAddress& venue,
                                                        const session::KeySetupOptions& options,
                                                        const crypto::PrivateKey& key, bool* created) {
  Conversation conversation(venue);
  session::KeySetup setup(options, key, conversation);
  conversation.run(setup, [&] { return setup.result().has_value(); });
  if (created != nullptr) *created = setup.created();
  if (!setup.result()) return fail("keys.unreachable", "the venue gave no answer in time", "try again later");
  return *setup.result();
}

PreflightResult run_preflight(const VenueAddress& venue, const session::PreflightOptions& options,
                              const polymarket::L2Signer* l2) {
  Conversation conversation(venue);
  session::Preflight preflight(options, l2, conversation);
  conversation.run(preflight, [&] { return preflight.done(); });
  return {preflight.lines(), preflight.passed(), preflight.clock_offset(), preflight.cash()};
}

Expected<std::vector<polymarket::GammaMarket>> fetch_markets(const VenueAddress& venue,
                                                             const std::vector<std::string>& token_ids) {
  std::vector<polymarket::GammaMarket> known;
  for (HttpRequest& request : polymarket::gamma_market_requests(polymarket::GammaKey::clob_token_ids, token_ids)) {
    TRY(page, fetch_page(venue, std::move(request)));
    for (polymarket::GammaMarket& market : page.markets) known.push_back(std::move(market));
  }
  std::vector<polymarket::GammaMarket> ordered;
  std::vector<std::string> unknown;
  for (const std::string& id : token_ids) {
    const auto same = [&](const polymarket::GammaMarket& market) { return names_token(market, id); };
    if (std::any_of(ordered.begin(), ordered.end(), same)) continue;
    const auto found = std::find_if(known.begin(), known.end(), same);
    if (found == known.end()) {
      unknown.push_back(id);
    } else {
      ordered.push_back(*found);
    }
  }
  if (!unknown.empty()) return std::unexpected(unknown_tokens(unknown));
  return ordered;
}

Expected<std::vector<polymarket::GammaMarket>> fetch_busiest_markets(const VenueAddress& venue, std::size_t count) {
  HttpRequest request;
  request.target = fmt::format("/markets?active=true&closed=false&order=volume24hr&ascending=false&limit={}",
                               std::min(count, std::size_t{100}));
  TRY(page, fetch_page(venue, std::move(request)));
  std::erase_if(page.markets, [](const polymarket::GammaMarket& market) { return !market.ready_to_trade(); });
  if (page.markets.size() > count) page.markets.resize(count);
  return std::move(page.markets);
}

}  // namespace ebb::gateway
