// What stands behind VenueServer. Private to this folder: the venue_*.cpp files implement it.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <variant>
#include <vector>

#include "base/flat_map.hpp"
#include "exchange/venue_auth.hpp"
#include "exchange/venue_json.hpp"
#include "exchange/venue_log.hpp"
#include "exchange/venue_markets.hpp"
#include "exchange/venue_server.hpp"
#include "exchange/venue_sockets.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/order_digest.hpp"

namespace ebb::exchange {

class VenueServer::Impl {
 public:
  Impl(const VenueConfig& config, VenueSink& sink, Timestamp now);

  // ---- who is who ----
  /// A paper account and whose it is. Keyed by the maker address.
  struct Wallet {
    AccountIndex account;
    std::string maker;  ///< lower case
    std::string signer;  ///< lower case; whoever first used it
    int signature_type = 0;
  };
  /// A signer: everybody who has an API key.
  struct User {
    std::string address;
    std::vector<std::size_t> wallets;
    SignerBudget budget;
    std::vector<std::size_t> dropped_notifications;
  };
  /// The dead-man switch of one API key (protocol 6.5).
  struct Heartbeat {
    Timestamp last;
    std::string expected;
    std::uint64_t count = 0;
  };
  struct Violation {
    Timestamp at;
    AccountIndex account;
    std::string rule;
    std::string detail;
  };

  // ---- requests ----
  enum class Access : std::uint8_t { open, l1, l2, operators };
  struct Call {
    ReplyToken token = 0;
    const HttpRequest* request = nullptr;
    std::string_view rest;  ///< of the path, after a prefix route
    ApiKey* key = nullptr;  ///< L2
    KeyRing::L1Claim claim;  ///< L1
    [[nodiscard]] std::string query(std::string_view name) const { return query_value(request->query(), name); }
    [[nodiscard]] std::vector<std::string> queries(std::string_view name) const {
      return query_values(request->query(), name);
    }
  };
  /// nullopt: the answer comes later.
  using Answer = std::optional<HttpResponse>;
  struct Route {
    HttpMethod method;
    std::string_view path;  ///< with a '/' at its end it stands for everything below
    Access access;
    FaultPath fault;
    Answer (Impl::*handle)(Call&);
  };
  static const std::vector<Route>& routes();
  [[nodiscard]] static const Route* find_route(const HttpRequest& request, std::string_view& rest);
  void serve(ReplyToken token, const HttpRequest& request, bool loopback);
  Answer carry_out(const Route& route, Call& call, bool loopback);
  Answer check_access(const Route& route, Call& call, bool loopback);
  [[nodiscard]] static bool fault_covers(const FaultSettings& fault, FaultPath path);
  /// Whether a fault swallows the request; it has been seen to then.
  bool spoil(const Route* route, ReplyToken token, const HttpRequest& request, bool loopback);
  void respond(ReplyToken token, const Route* route, Answer answer);

  // ---- what is due later ----
  struct LateReply {
    ReplyToken token;
    HttpResponse response;
  };
  struct LateDrop {
    ReplyToken token;
  };
  struct LateFrame {
    SocketRef socket;
    VenueLog::Text text;
    int events;
  };
  struct LateClose {
    SocketRef socket;
  };
  /// A marketable order that is held (itode: with its request) or delayed (sports: answered already).
  struct LateOrder {
    OrderRequest order;
    std::optional<ReplyToken> token;
    std::string owner;
  };
  struct Late {
    Timestamp due;
    std::uint64_t sequence = 0;
    std::variant<LateReply, LateDrop, LateFrame, LateClose, LateOrder> what;
    friend bool operator>(const Late& a, const Late& b) {
      return a.due != b.due ? a.due > b.due : a.sequence > b.sequence;
    }
  };
  template <class What>
  void later(Timestamp due, What what) {
    late.push({due, ++late_sequence, std::move(what)});
  }

  // ---- venue_server.cpp: time and delivery ----
  void advance_to(Timestamp until);
  void run_own_timers();
  [[nodiscard]] Timestamp next_own_time() const;
  [[nodiscard]] Timestamp next_time() const;
  Timestamp clock(Timestamp outside) const { return config.manual_clock ? now : std::max(outside, now); }
  void deliver();
  void deliver_market(Outgoing& frame);
  void deliver_user(const Outgoing& frame);
  void push(VenueSocket& socket, const VenueLog::Text& text, int events);
  void push_faulty(VenueSocket& socket, const VenueLog::Text& text, int events);
  void send_now(VenueSocket& socket, const VenueLog::Text& text, int events);
  void close_socket(SocketRef socket, bool abruptly);
  void do_late(Late item);
  void sample_prices();
  void sweep_heartbeats();

  // ---- venue_faulting.cpp ----
  void begin_fault(const FaultLine& line);
  void end_fault(const FaultLine& line);
  void disconnect(const FaultSettings& fault);
  void remember_positions();
  [[nodiscard]] model::MarketIndex fault_market(const FaultSettings& fault) const;
  [[nodiscard]] static bool on_channel(const FaultSettings& fault, const VenueSocket& socket);
  [[nodiscard]] std::string claim_matched(std::string text);
  [[nodiscard]] Shares claimed_matched(const OpenOrder& order);

  // ---- venue_streams.cpp ----
  void on_market_text(VenueSocket& socket, const SocketRequest& request);
  void on_user_text(VenueSocket& socket, const SocketRequest& request);
  void send_dump(VenueSocket& socket, const std::vector<model::TokenIndex>& tokens);

  // ---- venue_books.cpp ----
  Answer get_ok(Call&);
  Answer get_version(Call&);
  Answer get_time(Call&);
  Answer get_book(Call&);
  Answer get_books(Call&);
  Answer post_books(Call&);
  Answer get_price(Call&);
  Answer post_prices(Call&);
  Answer get_midpoint(Call&);
  Answer post_midpoints(Call&);
  Answer get_spread(Call&);
  Answer post_spreads(Call&);
  Answer get_last_trade(Call&);
  Answer post_last_trades(Call&);
  Answer get_tick_size(Call&);
  Answer get_neg_risk(Call&);
  Answer get_fee_rate(Call&);
  Answer get_prices_history(Call&);
  /// The token of the query or the rest of the path; the 404 of the venue when there is none.
  [[nodiscard]] std::optional<model::TokenIndex> asked_token(const Call& call) const;
  [[nodiscard]] std::optional<std::vector<std::pair<model::TokenIndex, std::string>>> asked_tokens(const Call& call);
  [[nodiscard]] std::string book_text(model::TokenIndex token);
  [[nodiscard]] Price mid_of(model::TokenIndex token) const;

  // ---- venue_listings.cpp ----
  Answer get_clob_market(Call&);
  Answer get_market_by_token(Call&);
  Answer get_markets(Call&);
  Answer get_simplified_markets(Call&);
  Answer get_market(Call&);
  Answer get_gamma_markets(Call&);
  Answer get_gamma_market(Call&);
  Answer get_gamma_events(Call&);
  Answer get_geoblock(Call&);
  Answer get_builder_fees(Call&);
  Answer get_empty_page(Call&);
  Answer get_empty_list(Call&);
  Answer get_no_percentages(Call&);
  void write_market(JsonText& json, model::MarketIndex market) const;
  void write_simplified(JsonText& json, model::MarketIndex market) const;
  void write_gamma_market(JsonText& json, model::MarketIndex market) const;
  [[nodiscard]] bool gamma_wants(const Call& call, model::MarketIndex market) const;
  Answer market_page(const Call& call, void (Impl::*write)(JsonText&, model::MarketIndex) const);

  // ---- venue_keys.cpp ----
  Answer create_key(Call&);
  Answer derive_key(Call&);
  Answer list_keys(Call&);
  Answer delete_key(Call&);
  Answer create_read_only_key(Call&);
  Answer list_read_only_keys(Call&);
  Answer delete_read_only_key(Call&);
  Answer get_closed_only(Call&);
  Answer list_builder_keys(Call&);
  Answer create_builder_key(Call&);
  Answer delete_builder_key(Call&);
  User& user_of(const ApiKey& key);
  /// Opens the paper account of a maker address if there is none; nullptr when it belongs to another signer.
  Wallet* wallet_of(const std::string& maker, int signature_type, const ApiKey& key);
  [[nodiscard]] Wallet* find_wallet(std::string_view maker);

  // ---- venue_orders.cpp ----
  struct Refusal {
    int status = 400;
    std::string text;
    std::optional<model::OrderId> id;
  };
  struct Submission {
    OrderRequest order;
    const ApiKey* key = nullptr;
    bool defer = false;
  };
  Answer post_order(Call&);
  Answer post_orders(Call&);
  [[nodiscard]] std::expected<Submission, Refusal> read_submission(const ApiKey& key, std::uint32_t node);
  /// The outcome of one order: an answer, or nothing yet when it is held.
  std::optional<PlaceResult> submit(const Submission& submission, std::optional<ReplyToken> token);
  [[nodiscard]] std::string accepted_body(const PlaceResult& result) const;
  [[nodiscard]] HttpResponse place_response(const PlaceResult& result);
  void finish_held(const LateOrder& held);
  [[nodiscard]] bool is_held(const model::OrderId& id) const { return held_ids.contains(id); }
  Answer charge(Call& call, bool cancels, std::int64_t cost);
  void add_budget_headers(const ApiKey& key, bool cancels, HttpResponse& response);

  // ---- venue_order_form.cpp ----
  struct OrderForm;
  [[nodiscard]] std::expected<OrderForm, Refusal> read_form(const ApiKey& key, std::uint32_t node) const;
  [[nodiscard]] std::optional<Refusal> check_signature(const OrderForm& form, const ApiKey& key,
                                                       const model::OrderId& id) const;
  [[nodiscard]] std::optional<Refusal> check_addresses(const OrderForm& form, const ApiKey& key) const;
  [[nodiscard]] std::optional<Refusal> price_order(const OrderForm& form, OrderRequest& order) const;

  // ---- venue_cancels.cpp ----
  Answer delete_order(Call&);
  Answer delete_orders(Call&);
  Answer delete_all(Call&);
  Answer delete_market_orders(Call&);
  Answer cancel_refusal() const;
  CancelResult cancel_one(const ApiKey& key, const model::OrderId& id);
  HttpResponse cancel_answer(const ApiKey& key, const std::vector<CancelResult>& results,
                             const std::vector<std::pair<std::string, std::string>>& odd = {});

  // ---- venue_account.cpp ----
  Answer get_order(Call&);
  Answer get_orders(Call&);
  Answer get_trades(Call&);
  Answer get_balance(Call&);
  Answer update_balance(Call&);
  Answer get_notifications(Call&);
  Answer delete_notifications(Call&);
  Answer get_order_scoring(Call&);
  Answer post_orders_scoring(Call&);
  Answer post_heartbeat(Call&);
  Answer post_plain_heartbeat(Call&);
  void write_order(JsonText& json, const OrderView& view);
  void write_held_order(JsonText& json, const OrderRequest& order);
  void write_trade(JsonText& json, const TradeView& trade, AccountIndex reader) const;
  [[nodiscard]] const std::string& owner_of(const model::OrderId& id, AccountIndex account) const;
  [[nodiscard]] bool is_theirs(const ApiKey& key, AccountIndex account);

  // ---- venue_data_api.cpp ----
  Answer get_positions(Call&);
  Answer get_data_trades(Call&);
  Answer get_activity(Call&);
  Answer get_value(Call&);
  Answer get_resolutions(Call&);
  Answer data_trades(Call&, bool activity);
  [[nodiscard]] Shares shown_position(const Wallet& wallet, model::TokenIndex token) const;

  // ---- venue_admin.cpp ----
  Answer get_admin_account(Call&);
  Answer get_admin_log(Call&);
  Answer get_admin_stats(Call&);
  Answer post_admin_faults(Call&);
  Answer post_admin_step(Call&);
  void write_admin_orders(JsonText& json, AccountIndex account) const;
  void write_admin_fills(JsonText& json, AccountIndex account) const;
  void write_violations(JsonText& json, const Wallet& wallet) const;

  // ---- words ----
  [[nodiscard]] static HttpResponse ok(std::string body);
  [[nodiscard]] static HttpResponse error(int status, std::string_view text);
  [[nodiscard]] const model::MarketSpec& spec(model::MarketIndex market) const {
    return exchange.markets().market(market);
  }
  [[nodiscard]] Timestamp told_time() const;  ///< the clock that the venue shows: a fault may shift it
  [[nodiscard]] std::size_t market_count() const { return exchange.markets().market_count(); }

  VenueConfig config;
  VenueSink& sink;
  Exchange exchange;
  std::vector<VenueMarket> markets;
  KeyRing keys;
  FaultPlan plan;
  VenueLog log;
  SocketTable sockets;
  polymarket::OrderDigester digester;
  polymarket::JsonTree tree;

  Timestamp start;
  Timestamp now;
  std::priority_queue<Late, std::vector<Late>, std::greater<>> late;
  std::uint64_t late_sequence = 0;
  Timestamp next_sweep = kNever;
  Timestamp next_sample;

  TextMap<std::size_t> users_by_address;
  std::deque<User> users;
  TextMap<std::size_t> wallets_by_maker;
  std::deque<Wallet> wallets;
  std::vector<std::size_t> wallet_by_account;  ///< SIZE_MAX for the agents
  FlatMap<model::OrderId, std::string> order_owners;  ///< API key ids
  FlatMap<model::OrderId, OrderRequest> held_ids;
  std::map<std::string, Heartbeat> heartbeats;  ///< by API key id
  std::vector<Violation> violations;
  std::vector<ShareGrant> given;
  std::vector<std::vector<std::pair<std::int64_t, Price>>> history;  ///< by market: unix seconds, YES mid
  struct StaleView {
    Usdc cash;
    std::vector<Shares> shares;
    bool balance_refreshed = false;
  };
  std::vector<StaleView> stale;  ///< by wallet, while stale_positions is on
};

/// Base64 of an offset, as cursors are (protocol 1.2).
[[nodiscard]] std::string cursor_of(std::size_t offset);
/// nullopt for what is no cursor; "" and "MA==" are the beginning.
[[nodiscard]] std::optional<std::size_t> offset_of(std::string_view cursor);
inline constexpr std::string_view kEndCursor = "LTE=";

/// Writes `{"limit","count","next_cursor","data":[...]}` from items [0, total): `write(i)` writes one.
template <class Write>
[[nodiscard]] std::string page_json(std::size_t total, std::size_t offset, std::size_t limit, Write write) {
  JsonText json;
  const std::size_t begin = std::min(offset, total);
  const std::size_t end = std::min(total, begin + limit);
  json.open('{').key("data").open('[');
  for (std::size_t i = begin; i < end; ++i) write(json, i);
  json.close(']')
      .count("limit", static_cast<std::int64_t>(limit))
      .count("count", static_cast<std::int64_t>(end - begin));
  json.field("next_cursor", end < total ? cursor_of(end) : std::string(kEndCursor)).close('}');
  return json.take();
}

}  // namespace ebb::exchange
