// For tests only: carries out one scenario (tests/scenarios/README.md lists every word) and collects what differed.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/testing/invariants.hpp"
#include "engine/testing/rig.hpp"
#include "engine/testing/scenario_text.hpp"
#include "polymarket/errors.hpp"

namespace ebb::engine::testing {

/// A line whose expectation was not met, or that could not be understood.
struct Difference {
  ScenarioLine line;
  std::string what;
};

class ScenarioRun {
 public:
  explicit ScenarioRun(const Scenario& scenario) : scenario_(&scenario) {}

  [[nodiscard]] std::vector<Difference> run() {
    for (const ScenarioLine& line : scenario_->lines) {
      line_ = &line;
      try {
        carry_out(line.words);
      } catch (const ScenarioError& error) {
        differ(error.what());
        break;
      }
    }
    if (rig_ && differences_.empty()) expect_nothing_left();
    return differences_;
  }

 private:
  using Words = std::vector<std::string>;
  struct Args {
    model::TokenIndex token;
    std::size_t order = 0;  ///< of `#n`, otherwise the newest
    Words words;
    [[nodiscard]] const std::string& at(std::size_t i) const {
      if (i >= words.size()) throw ScenarioError("something is missing at the end");
      return words[i];
    }
  };
  using Verb = void (ScenarioRun::*)(const Args&);

  void differ(const std::string& what) { differences_.push_back({*line_, what}); }

  // Lines.

  void carry_out(const Words& words) {
    const std::string& first = words[0];
    const bool timed = std::isdigit(static_cast<unsigned char>(first[0])) != 0;
    if (!timed && first != "expect" && first != "wait") {
      set_up(words);
      return;
    }
    if (!rig_) build();
    if (first == "wait") {
      rig_->run_for(duration_value(words.at(1)));
    } else if (timed) {
      const Timestamp at = kTapeStart + duration_value(first);
      if (at < rig_->now()) throw ScenarioError("time goes back");
      rig_->run_to(at);
      if (words.size() > 1) call(kVerbs(), Words(words.begin() + 1, words.end()));
    } else {
      call(kChecks(), Words(words.begin() + 1, words.end()));
    }
    if (const std::string broken = broken_invariant(rig_->engine()); !broken.empty()) differ("invariant: " + broken);
  }

  void call(const std::map<std::string, Verb>& table, Words words) {
    Args args;
    static const std::map<std::string, std::uint32_t> kTokens = {{"YES", 0}, {"NO", 1}, {"YES2", 2}, {"NO2", 3}};
    args.token = model::TokenIndex(0);
    if (!words.empty() && kTokens.contains(words[0])) {
      args.token = model::TokenIndex(kTokens.at(words[0]));
      if (args.token.value() >= rig_->engine().markets().token_count()) throw ScenarioError("no such token");
      words.erase(words.begin());
    }
    if (words.empty()) throw ScenarioError("nothing to do");
    args.order = rig_->orders().empty() ? 0 : rig_->orders().size() - 1;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i][0] != '#') continue;
      args.order = static_cast<std::size_t>(integer_value(words[i].substr(1))) - 1;
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
    const auto verb = table.find(words[0]);
    if (verb == table.end()) throw ScenarioError("nobody knows the word '" + words[0] + "'");
    args.words.assign(words.begin() + 1, words.end());
    (this->*verb->second)(args);
  }

  // Set-up.

  void set_up(const Words& words) {
    if (rig_) {
      if (words[0] != "params" && words[0] != "limits") throw ScenarioError("'" + words[0] + "' stands before the tape");
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[0] == "market") set_market(words[i]);
      if (words[0] == "tier") set_tier(words[i]);
      if (words[0] == "params") set_param(words[i]);
      if (words[0] == "limits") set_limit(words[i]);
      if (words[0] == "config") set_config(words[i]);
      if (words[0] == "venue" && words[i] == "auto") automatic_ = true;
    }
    static const std::array<std::string, 6> kKnown = {"market", "tier", "params", "limits", "config", "venue"};
    if (std::find(kKnown.begin(), kKnown.end(), words[0]) == kKnown.end()) {
      throw ScenarioError("nobody knows the word '" + words[0] + "'");
    }
    if (words[0] == "market") {
      markets_.push_back(pending_market_);
      pending_market_ = test_market(static_cast<int>(markets_.size()));
    }
    if (!rig_) return;
    if (words[0] == "params") rig_->engine().set_params(model::TokenIndex(0), params_, rig_->now());
    if (words[0] == "limits") rig_->engine().set_limits(config_.limits);
  }

  void set_market(const std::string& word) {
    const auto [key, value] = key_value(word);
    model::MarketSpec& m = pending_market_;
    if (key == "tick") {
      m.tick = price_value(value);
    } else if (key == "min") {
      m.min_order_size = shares_value(value);
    } else if (key == "start") {
      m.start = kTapeStart - duration_value(value);
    } else if (key == "end") {
      m.end = kTapeStart + duration_value(value);
      m.end_precision = model::EndPrecision::exact;
    } else if (key == "end_is") {
      m.end_precision = value == "date" ? model::EndPrecision::date_only : model::EndPrecision::exact;
    } else if (key == "sibling") {
      if (!switch_value(value)) m.tokens[1] = {};
    } else if (key == "event") {
      m.event = value;
    } else if (key == "fee_bps") {
      m.fees.rate_bps = static_cast<std::int32_t>(integer_value(value));
    } else {
      throw ScenarioError("nobody knows the key '" + key + "'");
    }
  }

  void set_tier(const std::string& name) {
    if (name == "scenario") {
      params_ = scenario_params();
      return;
    }
    for (const strategy::TierRule& rule : strategy::builtin_tiers()) {
      if (rule.name == name) {
        params_ = rule.params;
        return;
      }
    }
    throw ScenarioError("no tier is called '" + name + "'");
  }

  void set_param(const std::string& word) {
    const auto [key, value] = key_value(word);
    const auto it = param_keys().find(key);
    if (it == param_keys().end()) throw ScenarioError("nobody knows the key '" + key + "'");
    it->second(params_, value);
  }

  void set_limit(const std::string& word) {
    const auto [key, value] = key_value(word);
    risk::Limits& l = config_.limits;
    const std::map<std::string, Usdc*> money = {{"order", &l.per_order},   {"token", &l.per_token}, {"market", &l.per_market},
                                                {"event", &l.per_event},   {"total", &l.total},     {"daily_loss", &l.daily_loss}};
    if (const auto it = money.find(key); it != money.end()) {
      *it->second = dollars_value(value);
    } else if (key == "open_orders") {
      l.open_orders = static_cast<std::uint32_t>(integer_value(value));
    } else if (key == "orders_per_second") {
      l.orders_per_second = static_cast<std::uint32_t>(integer_value(value));
    } else if (key == "one_token") {
      l.one_active_token_per_condition = switch_value(value);
    } else {
      throw ScenarioError("nobody knows the key '" + key + "'");
    }
  }

  void set_config(const std::string& word) {
    const auto [key, value] = key_value(word);
    if (key == "sell_after") {
      config_.sell_after = value == "matched"     ? portfolio::SellAfter::matched
                           : value == "confirmed" ? portfolio::SellAfter::confirmed
                                                  : portfolio::SellAfter::mined;
    } else if (key == "own_in_book") {
      config_.own_orders_in_book = switch_value(value);
    } else if (key == "stop_policy") {
      config_.stop_policy = value == "keep_sells" ? StopPolicy::keep_sells : StopPolicy::cancel_all;
    } else if (key == "cash") {
      config_.starting_cash = dollars_value(value);
    } else if (key == "refusal_alert_every") {
      config_.refusal_alert_every = static_cast<std::uint32_t>(integer_value(value));
    } else if (key == "evaluate_every") {
      config_.evaluate_every = duration_value(value);
    } else if (key == "rearm") {
      config_.rearm_interval = duration_value(value);
    } else {
      throw ScenarioError("nobody knows the key '" + key + "'");
    }
  }

  [[nodiscard]] static EngineConfig tape_config() {
    EngineConfig config;
    config.check_hashes = false;        // the frames carry none
    config.own_orders_in_book = false;  // the tape shows the quotes of others
    config.limits.per_order = dollars(100);
    config.limits.per_token = dollars(200);
    config.limits.per_market = dollars(300);
    config.limits.per_event = dollars(400);
    config.limits.total = dollars(1000);
    return config;
  }

  void build() {
    if (markets_.empty()) markets_.push_back(pending_market_);
    strategy::TierRule rule;
    rule.name = "scenario";
    rule.params = params_;
    config_.tiers = {rule};
    rig_ = std::make_unique<Rig>(config_);
    for (const model::MarketSpec& spec : markets_) rig_->add_market(spec);
    if (automatic_) rig_->answer_by_itself(milliseconds(100));
  }

  // The tape.

  static const std::map<std::string, Verb>& kVerbs() {
    using S = ScenarioRun;
    static const std::map<std::string, Verb> kTable = {
        {"quote", &S::do_quote},       {"book", &S::do_book},           {"bid", &S::do_bid},
        {"ask", &S::do_ask},           {"level", &S::do_level},         {"print", &S::do_print},
        {"tick", &S::do_tick},         {"resolved", &S::do_resolved},   {"frame", &S::do_frame},
        {"gap", &S::do_gap},           {"disconnect", &S::do_disconnect}, {"connect", &S::do_connect},
        {"link", &S::do_link},         {"ack", &S::do_ack},             {"reject", &S::do_reject},
        {"matched", &S::do_matched},   {"unknown", &S::do_unknown},     {"fill", &S::do_fill},
        {"trade", &S::do_trade},       {"claim", &S::do_claim},         {"mined", &S::do_status},
        {"confirmed", &S::do_status},  {"failed", &S::do_status},       {"retrying", &S::do_status},
        {"repeat", &S::do_repeat},     {"canceled", &S::do_canceled},   {"invalid", &S::do_canceled},
        {"cancel-answer", &S::do_cancel_answer}, {"status", &S::do_order_status}, {"sweep", &S::do_sweep},
        {"update", &S::do_update},     {"chatter", &S::do_chatter},
        {"hidden", &S::do_hidden},     {"position", &S::do_position}, {"balance", &S::do_balance},     {"operator", &S::do_operator},
        {"request", &S::do_request},   {"mode", &S::do_mode},           {"stop", &S::do_stop}};
    return kTable;
  }

  /// .40/.42 with an optional size for both sides (100).
  [[nodiscard]] std::vector<TestLevel> quote_levels(const Args& args) const {
    const std::string& text = args.at(0);
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) throw ScenarioError("'" + text + "' is no quote: bid/ask");
    const Shares size = args.words.size() > 1 ? shares_value(args.words[1]) : shares_of(100);
    std::vector<TestLevel> levels;
    for (const auto& [side, price] : {std::pair(model::Side::buy, text.substr(0, slash)), std::pair(model::Side::sell, text.substr(slash + 1))}) {
      const bool none = price == "none";
      for (const TestLevel& level : rig_->only_level(args.token, {side, none ? Price(0) : price_value(price), none ? Shares(0) : size})) {
        levels.push_back(level);
      }
    }
    return levels;
  }
  void do_quote(const Args& args) {
    const std::vector<TestLevel> levels = quote_levels(args);
    if (rig_->engine().feed(args.token).trusted()) {
      rig_->change(args.token, levels);
      return;
    }
    for (const TestLevel& level : levels) rig_->display(args.token, level);
    rig_->send_book(args.token);
  }
  void do_book(const Args& args) {
    if (!args.words.empty()) {
      for (const TestLevel& level : quote_levels(args)) rig_->display(args.token, level);
    }
    rig_->send_book(args.token);
  }
  void one_side(const Args& args, model::Side side) {
    const bool none = args.at(0) == "none";
    const Shares size = args.words.size() > 1 ? shares_value(args.words[1]) : shares_of(100);
    rig_->change(args.token, rig_->only_level(args.token, {side, none ? Price(0) : price_value(args.at(0)), none ? Shares(0) : size}));
  }
  void do_bid(const Args& args) { one_side(args, model::Side::buy); }
  void do_ask(const Args& args) { one_side(args, model::Side::sell); }
  void do_level(const Args& args) {
    const model::Side side = side_value(args.at(0));
    const TestLevel level{side, price_value(args.at(1)), shares_value(args.at(2))};
    if (args.words.size() < 5 || args.words[3] != "claims") {
      rig_->change(args.token, {level});
      return;
    }
    rig_->display(args.token, level);
    model::Quote claimed;
    const std::size_t slash = args.words[4].find('/');
    claimed.bid = price_value(args.words[4].substr(0, slash));
    claimed.ask = price_value(args.words[4].substr(slash + 1));
    rig_->market_frame(change_frame(rig_->head(args.token), {level}, claimed));
  }
  void do_print(const Args& args) {
    const Shares size = args.words.size() > 1 ? shares_value(args.words[1]) : shares_of(10);
    rig_->market_frame(last_trade_frame(rig_->head(args.token), price_value(args.at(0)), size, model::Side::buy));
  }
  void do_tick(const Args& args) {
    const Price from = rig_->engine().markets().market_of(args.token).tick;
    rig_->market_frame(tick_frame(rig_->head(args.token), from, price_value(args.at(0))));
  }
  void do_resolved(const Args& args) {
    const std::string winner = args.words.empty() ? "" : rig_->engine().markets().token_id(model::TokenIndex(args.at(0) == "YES" ? 0 : 1));
    rig_->market_frame(resolved_frame(rig_->head(args.token), winner));
  }
  /// A market frame in the venue's words; $YES, $NO and $MARKET stand for the ids, $MS for the time.
  void do_frame(const Args& args) {
    std::string text;
    for (const std::string& word : args.words) text += word;
    const auto replace = [&](const std::string& name, const std::string& value) {
      for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name)) text.replace(at, name.size(), value);
    };
    for (char& c : text) {
      if (c == '\'') c = '"';
    }
    replace("$YES", rig_->engine().markets().token_id(model::TokenIndex(0)));
    replace("$NO", test_market().tokens[1].token_id);
    replace("$MARKET", rig_->engine().markets().market_of(model::TokenIndex(0)).condition_id);
    replace("$MS", std::to_string(rig_->now().ms()));
    rig_->market_frame(text);
  }
  /// `chatter 90 0.5`: for 90 s a change behind the touch every half second.
  void do_chatter(const Args& args) {
    const Timestamp until = rig_->now() + duration_value(args.at(0));
    for (std::int64_t size = 1; rig_->now() < until; ++size) {
      rig_->change(args.token, {{model::Side::buy, Price(100), shares_of(size)}});
      rig_->run_for(duration_value(args.at(1)));
    }
  }
  void do_gap(const Args&) { rig_->say(model::FeedGap{model::ConnectionIndex(0)}); }
  void do_disconnect(const Args&) { rig_->say(model::ConnectionClosed{model::ConnectionIndex(0)}); }
  void do_connect(const Args&) { rig_->say(model::ConnectionOpened{model::ConnectionIndex(0)}); }
  void do_link(const Args& args) {
    rig_->keep_link_alive(args.at(0) == "alive");
    if (args.at(0) == "alive") rig_->say(model::LinkAlive{model::ConnectionIndex(0)});
  }

  // What the venue says of our orders.

  std::size_t order_of(const Args& args) const {
    if (args.order >= rig_->orders().size()) throw ScenarioError("no such order has been placed");
    return args.order;
  }
  void do_ack(const Args& args) { rig_->accept(order_of(args)); }
  void do_reject(const Args& args) {
    const std::string& text = args.at(0);
    rig_->answer(order_of(args), {.outcome = model::PlaceOutcome::rejected,
                                  .reject = polymarket::classify_refusal({.http_status = 400, .text = text}),
                                  .text = text});
  }
  void do_matched(const Args& args) {
    rig_->answer(order_of(args), {.outcome = model::PlaceOutcome::matched, .matched = shares_value(args.at(0))});
  }
  void do_unknown(const Args& args) { rig_->answer(order_of(args), {.outcome = model::PlaceOutcome::unknown}); }

  struct Fill {
    Shares size;
    Price price;
  };
  /// 4, 4@.41, all, all@.41: the price is the order's own unless said.
  [[nodiscard]] Fill fill_value(const std::string& text, std::size_t order) const {
    const VenueOrder& o = rig_->orders()[order];
    const std::size_t at = text.find('@');
    const std::string size = text.substr(0, at);
    return {size == "all" ? o.intent.size - o.matched : shares_value(size),
            at == std::string::npos ? o.intent.price : price_value(text.substr(at + 1))};
  }
  /// The trade MATCHED, then the order's UPDATE, as the venue sends them (rules 7.6); `mined` settles it at once.
  void do_fill(const Args& args) {
    const std::size_t order = order_of(args);
    const Fill fill = fill_value(args.at(0), order);
    const std::size_t trade = rig_->make_trade(order, fill.price, fill.size);
    rig_->tell_trade(trade, model::TradeStatus::matched);
    rig_->order_event(order, "UPDATE", "MATCHED", rig_->orders()[order].matched);
    if (args.words.size() > 1 && args.words[1] == "mined") rig_->tell_trade(trade, model::TradeStatus::mined);
  }
  /// A trade alone, without the order's UPDATE.
  void do_trade(const Args& args) {
    const std::size_t order = order_of(args);
    const Fill fill = fill_value(args.at(0), order);
    const std::size_t trade = rig_->make_trade(order, fill.price, fill.size);
    rig_->tell_trade(trade, model::TradeStatus::matched);
    if (args.words.size() > 1 && args.words[1] == "mined") rig_->tell_trade(trade, model::TradeStatus::mined);
  }
  /// A trade that the venue does not tell of.
  void do_hidden(const Args& args) {
    const std::size_t order = order_of(args);
    const Fill fill = fill_value(args.at(0), order);
    (void)rig_->make_trade(order, fill.price, fill.size);
  }
  /// An UPDATE that names a matched size, without a trade.
  void do_claim(const Args& args) { rig_->order_event(order_of(args), "UPDATE", "LIVE", shares_value(args.at(0))); }
  /// An UPDATE with this status and matched size: `update CANCELED 4`.
  void do_update(const Args& args) {
    rig_->orders()[order_of(args)].ended = args.at(0) == "CANCELED";
    rig_->order_event(order_of(args), "UPDATE", args.at(0), shares_value(args.at(1)));
  }
  /// The status of all trades so far, or of those of one order.
  void do_status(const Args& args) {
    static const std::map<std::string, model::TradeStatus> kStatus = {{"mined", model::TradeStatus::mined},
                                                                      {"confirmed", model::TradeStatus::confirmed},
                                                                      {"retrying", model::TradeStatus::retrying},
                                                                      {"failed", model::TradeStatus::failed}};
    const model::TradeStatus status = kStatus.at(line_->words[line_->words[1] == "NO" || line_->words[1] == "YES" ? 2 : 1]);
    const bool one = std::any_of(line_->words.begin(), line_->words.end(), [](const std::string& w) { return w[0] == '#'; });
    for (std::size_t i = 0; i < rig_->trades().size(); ++i) {
      const VenueTrade trade = rig_->trades()[i];
      const bool final = trade.status == model::TradeStatus::failed || trade.status == model::TradeStatus::confirmed;
      if (final || (one && trade.order != args.order) || trade.status == status) continue;
      if (status == model::TradeStatus::failed && trade.status == model::TradeStatus::mined) continue;
      rig_->tell_trade(i, status);
    }
  }
  /// The last trade told once more.
  void do_repeat(const Args&) {
    if (rig_->trades().empty()) throw ScenarioError("no trade has been told");
    rig_->tell_trade(rig_->trades().size() - 1, rig_->trades().back().status);
  }
  /// The CANCELLATION; `matched 4`: what it claims, otherwise what the trades say.
  void do_canceled(const Args& args) {
    const std::size_t order = order_of(args);
    const bool invalid = std::find(line_->words.begin(), line_->words.end(), "invalid") != line_->words.end();
    const Shares matched = args.words.size() > 1 ? shares_value(args.at(1)) : rig_->orders()[order].matched;
    rig_->end_order(order, invalid ? "INVALID" : "CANCELED", matched);
  }
  void do_cancel_answer(const Args& args) {
    static const std::map<std::string, model::CancelOutcome> kOutcomes = {{"canceled", model::CancelOutcome::canceled},
                                                                          {"already_done", model::CancelOutcome::already_done},
                                                                          {"not_found", model::CancelOutcome::not_found},
                                                                          {"unknown", model::CancelOutcome::unknown}};
    if (!kOutcomes.contains(args.at(0))) throw ScenarioError("canceled, already_done, not_found or unknown");
    rig_->say(model::CancelAnswer{.id = rig_->orders()[order_of(args)].intent.id, .outcome = kOutcomes.at(args.at(0))});
  }
  void do_order_status(const Args& args) {
    static const std::map<std::string, model::VenueOrderStatus> kStatus = {
        {"live", model::VenueOrderStatus::live},           {"matched", model::VenueOrderStatus::matched},
        {"canceled", model::VenueOrderStatus::canceled},   {"not_found", model::VenueOrderStatus::not_found},
        {"unknown", model::VenueOrderStatus::unknown}};
    if (!kStatus.contains(args.at(0))) throw ScenarioError("live, matched, canceled, not_found or unknown");
    const Shares matched = args.words.size() > 1 ? shares_value(args.at(1)) : Shares(0);
    rig_->say(model::OrderStatusAnswer{rig_->orders()[order_of(args)].intent.id, kStatus.at(args.at(0)), matched});
  }
  /// The answer to a sweep of trades: `nothing`, or one leg of the order that was not told before.
  void do_sweep(const Args& args) {
    std::vector<model::UserTrade> legs;
    if (args.at(0) != "nothing") {
      const std::size_t order = order_of(args);
      const Fill fill = fill_value(args.at(0), order);
      legs.push_back(rig_->leg(rig_->make_trade(order, fill.price, fill.size)));
    }
    rig_->say(model::TradesAnswer{legs, true});
  }
  /// 8, 8@.42 (average), error, stale 8.
  void do_position(const Args& args) {
    model::PositionReading reading{.token = args.token};
    if (args.at(0) == "error") {
      rig_->say(reading);
      return;
    }
    const bool stale = args.at(0) == "stale";
    const std::string& text = args.at(stale ? 1 : 0);
    const std::size_t at = text.find('@');
    reading.quality = stale ? model::ReadingQuality::stale : model::ReadingQuality::fresh;
    reading.size = shares_value(text.substr(0, at));
    if (at != std::string::npos) reading.average = price_value(text.substr(at + 1));
    rig_->say(reading);
  }
  void do_balance(const Args& args) {
    const bool ok = args.at(0) != "error";
    rig_->say(model::BalanceReading{args.token, ok, ok ? shares_value(args.at(0)).raw() : 0});
  }

  // Requests.

  void do_operator(const Args& args) {
    static const std::map<std::string, model::OperatorAction> kActions = {
        {"pause", model::OperatorAction::pause},           {"resume", model::OperatorAction::resume},
        {"exit", model::OperatorAction::exit_token},       {"flatten", model::OperatorAction::flatten},
        {"cancel_all", model::OperatorAction::cancel_all}, {"kill", model::OperatorAction::kill},
        {"sell_only", model::OperatorAction::sell_only},   {"trade", model::OperatorAction::trade}};
    if (!kActions.contains(args.at(0))) throw ScenarioError("no such action of the operator");
    const bool all = args.words.size() > 1 && args.words[1] == "all";
    rig_->say(model::OperatorRequest{kActions.at(args.at(0)), all ? model::TokenIndex::none() : args.token});
  }
  void do_request(const Args& args) { rig_->say(model::BuyRequest{args.token, shares_value(args.at(0))}); }
  void do_mode(const Args& args) {
    static const std::map<std::string, model::VenueMode> kModes = {{"normal", model::VenueMode::normal},
                                                                   {"post_only", model::VenueMode::post_only},
                                                                   {"cancel_only", model::VenueMode::cancel_only},
                                                                   {"disabled", model::VenueMode::disabled},
                                                                   {"restarting", model::VenueMode::restarting}};
    if (!kModes.contains(args.at(0))) throw ScenarioError("no such mode of the venue");
    rig_->say(model::VenueModeChange{kModes.at(args.at(0))});
  }
  void do_stop(const Args&) { rig_->engine().begin_stop(rig_->now()); }

  // Expectations.

  static const std::map<std::string, Verb>& kChecks() {
    using S = ScenarioRun;
    static const std::map<std::string, Verb> kTable = {
        {"buy", &S::see_buy},           {"sell", &S::see_sell},         {"cancel", &S::see_cancel},
        {"none", &S::see_none},         {"ask", &S::see_ask},           {"alert", &S::see_alert},
        {"without", &S::see_without},   {"result", &S::see_result},     {"refused", &S::see_refused},
        {"phase", &S::see_phase},       {"waiting", &S::see_waiting},   {"position", &S::see_position},
        {"settled", &S::see_settled},   {"order", &S::see_order},       {"trusted", &S::see_trusted},
        {"untrusted", &S::see_trusted}, {"floor", &S::see_floor},       {"drop", &S::see_drop},
        {"points", &S::see_points},     {"high", &S::see_high},         {"ignored", &S::see_ignored},
        {"round_trips", &S::see_round_trips}, {"realized", &S::see_realized}, {"open", &S::see_open},
        {"quote", &S::see_quote},       {"sweeps", &S::see_sweeps},     {"unexplained", &S::see_unexplained},
        {"events", &S::see_events}};
    return kTable;
  }

  [[nodiscard]] static bool is_order_command(const model::Command& command) {
    return std::holds_alternative<model::PlaceOrder>(command) || std::holds_alternative<model::CancelOrder>(command);
  }
  [[nodiscard]] std::string token_name(model::TokenIndex token) const {
    static constexpr std::string_view kNames[] = {"", "NO ", "YES2 ", "NO2 "};
    return std::string(kNames[token.value()]);
  }
  [[nodiscard]] std::string describe(const SentCommand& sent) const {
    std::string text;
    if (const auto* place = std::get_if<model::PlaceOrder>(&sent.command)) {
      text = token_name(place->token) + (place->side == model::Side::buy ? "buy " : "sell ") + to_text(place->size) + " @ " +
             to_text(place->price) + " " + std::string(model::to_text(place->purpose));
    } else if (const auto* cancel = std::get_if<model::CancelOrder>(&sent.command)) {
      text = token_name(cancel->token) + "cancel " + std::string(model::to_text(cancel->reason)) + " #" +
             std::to_string(rig_->order_number(cancel->id) + 1);
    }
    const std::int64_t ms = (sent.at - kTapeStart).raw() / 1'000'000;
    return text + " at " + std::to_string(ms / 1000) + "." + std::to_string(1000 + ms % 1000).substr(1);
  }
  /// The next placement or cancel that no line has expected yet; nullptr if there is none.
  const SentCommand* next_order_command() {
    const auto& commands = rig_->commands();
    while (next_ < commands.size() && !is_order_command(commands[next_].command)) ++next_;
    return next_ < commands.size() ? &commands[next_] : nullptr;
  }
  void wrong(const std::string& expected, const SentCommand* got) {
    differ("expected " + expected + ", got " + (got != nullptr ? describe(*got) : std::string("nothing")) + explain());
  }
  [[nodiscard]] std::string explain() const {
    const TokenTrader& trader = rig_->engine().trader(model::TokenIndex(0));
    std::string text = "; YES is " + std::string(to_text(rig_->engine().phase(model::TokenIndex(0))));
    if (trader.waiting != execution::Waiting::none) text += ", waits: " + std::string(execution::to_text(trader.waiting));
    if (trader.episode_refusal >= 0) text += ", refused: " + std::string(refusal_name(trader.episode_refusal));
    return text;
  }

  /// `buy 10 @ .40 [PURPOSE] [gtd] [fak] [at 12.5]`
  void see_place(const Args& args, model::Side side) {
    const SentCommand* got = next_order_command();
    const auto* place = got != nullptr ? std::get_if<model::PlaceOrder>(&got->command) : nullptr;
    bool same = place != nullptr && place->side == side && place->token == args.token && place->size == shares_value(args.at(0)) &&
                place->price == price_value(args.at(2));
    std::string expected = token_name(args.token) + (side == model::Side::buy ? "buy" : "sell");
    for (const std::string& word : args.words) expected += " " + word;
    for (std::size_t i = 3; i < args.words.size() && place != nullptr; ++i) {
      const std::string& word = args.words[i];
      if (word == "at") {
        same = same && got->at == kTapeStart + duration_value(args.at(++i));
      } else if (word == "gtd" || word == "gtc" || word == "fak") {
        const model::OrderType type = word == "gtd" ? model::OrderType::gtd : word == "gtc" ? model::OrderType::gtc : model::OrderType::fak;
        same = same && place->type == type;
      } else {
        same = same && word == model::to_text(place->purpose);
      }
    }
    if (place != nullptr && place->crossing == model::Crossing::allowed && place->purpose != model::OrderPurpose::exit) {
      same = false;  // only exits may cross
    }
    if (!same) wrong(expected, got);
    if (got != nullptr) ++next_;
  }
  void see_buy(const Args& args) { see_place(args, model::Side::buy); }
  void see_sell(const Args& args) { see_place(args, model::Side::sell); }
  /// `cancel REASON [#n] [at 12.5]`
  void see_cancel(const Args& args) {
    const SentCommand* got = next_order_command();
    const auto* cancel = got != nullptr ? std::get_if<model::CancelOrder>(&got->command) : nullptr;
    bool same = cancel != nullptr && args.at(0) == model::to_text(cancel->reason);
    const bool named = std::any_of(line_->words.begin(), line_->words.end(), [](const std::string& w) { return w[0] == '#'; });
    if (same && named) same = rig_->order_number(cancel->id) == args.order;
    if (same && args.words.size() > 2 && args.words[1] == "at") same = got->at == kTapeStart + duration_value(args.at(2));
    std::string expected = "cancel";
    for (std::size_t i = 2; i < line_->words.size(); ++i) expected += " " + line_->words[i];
    if (!same) wrong(expected, got);
    if (got != nullptr) ++next_;
  }
  void see_none(const Args&) {
    if (const SentCommand* got = next_order_command(); got != nullptr) {
      wrong("no order and no cancel", got);
      ++next_;
    }
  }
  void expect_nothing_left() {
    line_ = scenario_->lines.empty() ? &scenario_->at : &scenario_->lines.back();
    if (const SentCommand* got = next_order_command(); got != nullptr) wrong("no more orders and cancels at the end", got);
  }

  [[nodiscard]] static std::string request_name(const model::Command& command) {
    struct Name {
      std::string operator()(const model::PlaceOrder&) const { return {}; }
      std::string operator()(const model::CancelOrder&) const { return {}; }
      std::string operator()(const model::RequestBook&) const { return "book"; }
      std::string operator()(const model::QueryOrder&) const { return "status"; }
      std::string operator()(const model::SweepTrades&) const { return "trades"; }
      std::string operator()(const model::RefreshBalance&) const { return "balance"; }
      std::string operator()(const model::RequestPosition&) const { return "position"; }
      std::string operator()(const model::Alert& a) const { return "alert " + std::string(model::to_text(a.kind)); }
    };
    return std::visit(Name{}, command);
  }
  /// The first request of this name after the last one that a line has expected.
  const SentCommand* next_request(const std::string& name) {
    std::size_t& from = requests_seen_[name];
    const auto& commands = rig_->commands();
    while (from < commands.size() && request_name(commands[from].command) != name) ++from;
    return from < commands.size() ? &commands[from++] : nullptr;
  }
  void see_request(const std::string& name, const Args& args) {
    const SentCommand* got = next_request(name);
    if (got == nullptr) {
      differ("expected " + name + ", nothing was asked or alerted" + explain());
    } else if (args.words.size() > 2 && args.words[1] == "at" && got->at != kTapeStart + duration_value(args.words[2])) {
      differ("expected " + name + " at " + args.words[2] + ", got it" + describe(*got));
    }
  }
  void see_ask(const Args& args) { see_request(args.at(0), args); }
  void see_alert(const Args& args) { see_request("alert " + args.at(0), args); }
  /// `without book`, `without alert KIND`: none of it since the last one that was expected.
  void see_without(const Args& args) {
    const std::string name = args.at(0) == "alert" ? "alert " + args.at(1) : args.at(0);
    if (const SentCommand* got = next_request(name); got != nullptr) differ("did not expect " + name + describe(*got));
  }
  void see_sweeps(const Args& args) {
    std::int64_t count = 0;
    for (const SentCommand& sent : rig_->commands()) count += std::holds_alternative<model::SweepTrades>(sent.command) ? 1 : 0;
    if (count < integer_value(args.at(0))) differ("expected at least " + args.at(0) + " sweeps, got " + std::to_string(count));
  }

  template <class Enum>
  [[nodiscard]] static std::size_t index_of(const std::string& name, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (to_text(static_cast<Enum>(i)) == name) return i;
    }
    throw ScenarioError("no such name: '" + name + "'");
  }
  void see_result(const Args& args) {
    const std::size_t index = index_of<execution::Result>(args.at(0), static_cast<std::size_t>(execution::Result::manual) + 1);
    const auto& results = rig_->engine().stats().results;
    if (results[index] > results_seen_[index]) {
      ++results_seen_[index];
      return;
    }
    std::string others;
    for (std::size_t i = 0; i < results.size() && i <= static_cast<std::size_t>(execution::Result::manual); ++i) {
      if (results[i] > results_seen_[i]) others += " " + std::string(execution::to_text(static_cast<execution::Result>(i)));
    }
    differ("expected a routine to end with " + args.at(0) + ", got" + (others.empty() ? " none" : others) + explain());
  }
  /// `refused REASON [n]`: how many signals were refused so since the last such line.
  void see_refused(const Args& args) {
    int index = 0;
    while (index < kSignalRefusals && refusal_name(index) != args.at(0)) ++index;
    if (index == kSignalRefusals) throw ScenarioError("no such refusal: '" + args.at(0) + "'");
    const std::uint64_t count = rig_->engine().stats().signals_refused[static_cast<std::size_t>(index)];
    const std::uint64_t fresh = count - refused_seen_[static_cast<std::size_t>(index)];
    refused_seen_[static_cast<std::size_t>(index)] = count;
    const bool counted = args.words.size() > 1;
    if (counted ? fresh != static_cast<std::uint64_t>(integer_value(args.at(1))) : fresh == 0) {
      differ("expected refusals " + args.at(0) + (counted ? " " + args.at(1) : "") + ", got " + std::to_string(fresh) + explain());
    }
  }
  void same_text(const std::string& what, const std::string& expected, std::string_view got) {
    if (expected != got) differ("expected " + what + " " + expected + ", got " + std::string(got));
  }
  void see_phase(const Args& args) { same_text("phase", args.at(0), to_text(rig_->engine().phase(args.token))); }
  void see_waiting(const Args& args) {
    same_text("waiting", args.at(0), execution::to_text(rig_->engine().trader(args.token).waiting));
  }
  /// `position 6 [cost .55] [cost unknown]`
  void see_position(const Args& args) {
    const portfolio::Position& held = rig_->engine().ledger().position(args.token);
    if (held.matched != shares_value(args.at(0))) differ("expected position " + args.at(0) + ", got " + to_text(held.matched));
    if (args.words.size() < 3) return;
    if (args.at(2) == "unknown") {
      if (held.cost_known) differ("expected an unknown cost, got " + to_text(held.cost));
      return;
    }
    const auto wanted = parse_scaled(args.at(2), 6);
    if (!wanted) throw ScenarioError("'" + args.at(2) + "' is no cost");
    const std::int64_t got = rig_->engine().ledger().average_cost_micros(args.token);
    if (!held.cost_known || got != *wanted) {
      char buffer[32];
      differ("expected cost " + args.at(2) + ", got " + std::string(buffer, write_scaled(buffer, got, 6)) + (held.cost_known ? "" : " (unknown)"));
    }
  }
  void see_settled(const Args& args) {
    same_text("settled", to_text(shares_value(args.at(0))), to_text(rig_->engine().ledger().position(args.token).settled));
  }
  /// `order #2 LIVE`
  void see_order(const Args& args) {
    const execution::OrderHandle handle = rig_->engine().orders().find(rig_->orders()[order_of(args)].intent.id);
    if (!handle.valid()) throw ScenarioError("the engine does not know the order");
    same_text("order", args.at(0), model::to_text(rig_->engine().orders()[handle].state));
  }
  void see_trusted(const Args& args) {
    const bool wanted = std::find(line_->words.begin(), line_->words.end(), "trusted") != line_->words.end();
    if (rig_->engine().feed(args.token).trusted() != wanted) differ(wanted ? "the book is UNTRUSTED" : "the book is TRUSTED");
  }
  void see_floor(const Args& args) {
    same_text("floor", to_text(price_value(args.at(0))), to_text(rig_->engine().report(args.token).floor));
  }
  void see_drop(const Args& args) {
    const strategy::Ratio got = rig_->engine().trader(args.token).signal.drop();
    if (got != ratio_value(args.at(0))) differ("expected drop " + args.at(0) + ", got " + std::to_string(got.raw()) + " millionths");
  }
  void see_points(const Args& args) {
    same_text("points", args.at(0), std::to_string(rig_->engine().trader(args.token).signal.window().points()));
  }
  void see_high(const Args& args) {
    same_text("window high", to_text(price_value(args.at(0))), to_text(rig_->engine().report(args.token).window_high));
  }
  void see_ignored(const Args& args) {
    same_text("ignored quotes", args.at(0), std::to_string(rig_->engine().trader(args.token).signal.ignored_quotes()));
  }
  void see_round_trips(const Args& args) {
    same_text("round trips", args.at(0), std::to_string(rig_->engine().ledger().position(args.token).round_trips));
  }
  void see_realized(const Args& args) {
    same_text("realized", to_text(dollars_value(args.at(0))), to_text(rig_->engine().ledger().position(args.token).realized));
  }
  void see_open(const Args& args) { same_text("open orders", args.at(0), std::to_string(rig_->engine().orders().open().size())); }
  /// The touch net of our own orders: .40/.42
  void see_quote(const Args& args) {
    const model::Quote& net = rig_->engine().trader(args.token).net;
    const auto side = [](Price price, Shares size) { return size.raw() > 0 ? to_text(price) : std::string("none"); };
    const std::size_t slash = args.at(0).find('/');
    const auto wanted = [](const std::string& text) { return text == "none" ? text : to_text(price_value(text)); };
    same_text("quote", wanted(args.at(0).substr(0, slash)) + "/" + wanted(args.at(0).substr(slash + 1)),
              side(net.bid, net.bid_size) + "/" + side(net.ask, net.ask_size));
  }
  void see_unexplained(const Args& args) {
    same_text("unexplained matches", args.at(0), std::to_string(rig_->engine().stats().unexplained_matches));
  }
  /// `events unknown_tokens 2`
  void see_events(const Args& args) {
    const std::map<std::string, std::uint64_t> counters = {{"unknown_tokens", rig_->engine().stats().unknown_tokens},
                                                           {"ledger_refusals", rig_->engine().stats().ledger_refusals},
                                                           {"malformed_user", rig_->engine().stats().malformed_user_events},
                                                           {"gaps", rig_->engine().stats().gaps},
                                                           {"evaluations", rig_->engine().stats().evaluations_on_event},
                                                           {"quote_changes", rig_->engine().stats().quote_changes_traded},
                                                           {"repeats", rig_->engine().stats().refusal_repeats}};
    if (!counters.contains(args.at(0))) throw ScenarioError("no such counter");
    same_text(args.at(0), args.at(1), std::to_string(counters.at(args.at(0))));
  }

  [[nodiscard]] static model::Side side_value(const std::string& text) {
    if (text == "bid") return model::Side::buy;
    if (text == "ask") return model::Side::sell;
    throw ScenarioError("'" + text + "' is neither bid nor ask");
  }

  const Scenario* scenario_;
  const ScenarioLine* line_ = nullptr;
  EngineConfig config_ = tape_config();
  strategy::Params params_ = scenario_params();
  model::MarketSpec pending_market_ = test_market();
  std::vector<model::MarketSpec> markets_;
  bool automatic_ = false;
  std::unique_ptr<Rig> rig_;
  std::vector<Difference> differences_;
  std::size_t next_ = 0;
  std::map<std::string, std::size_t> requests_seen_;
  std::array<std::uint64_t, 32> results_seen_{};
  std::array<std::uint64_t, kSignalRefusals> refused_seen_{};
};

}  // namespace ebb::engine::testing
