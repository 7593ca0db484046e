// For tests only: what the lines of a scenario set up, and what its tape lets happen (tests/scenarios/README.md).
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/testing/rig.hpp"
#include "engine/testing/scenario_text.hpp"
#include "polymarket/errors.hpp"

namespace ebb::engine::testing {

class ScenarioTape {
 protected:
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
  template <class Target>
  using Verb = void (Target::*)(const Args&);

  /// Carries out `words` by a table of verbs of `target`.
  template <class Target>
  void call(Target& target, const std::map<std::string, Verb<Target>>& table, Words words) {
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
    (target.*verb->second)(args);
  }

  // Set-up.

  void set_up(const Words& words) {
    if (rig_) {
      if (words[0] != "params" && words[0] != "limits")
        throw ScenarioError("'" + words[0] + "' stands before the tape");
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
    const std::map<std::string, Usdc*> money = {{"order", &l.per_order},   {"token", &l.per_token},
                                                {"market", &l.per_market}, {"event", &l.per_event},
                                                {"total", &l.total},       {"daily_loss", &l.daily_loss}};
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

  static const std::map<std::string, Verb<ScenarioTape>>& kVerbs() {
    using S = ScenarioTape;
    static const std::map<std::string, Verb<ScenarioTape>> kTable = {{"quote", &S::do_quote},
                                                                     {"book", &S::do_book},
                                                                     {"rest", &S::do_rest},
                                                                     {"bid", &S::do_bid},
                                                                     {"ask", &S::do_ask},
                                                                     {"level", &S::do_level},
                                                                     {"print", &S::do_print},
                                                                     {"tick", &S::do_tick},
                                                                     {"resolved", &S::do_resolved},
                                                                     {"payout", &S::do_payout},
                                                                     {"frame", &S::do_frame},
                                                                     {"gap", &S::do_gap},
                                                                     {"disconnect", &S::do_disconnect},
                                                                     {"connect", &S::do_connect},
                                                                     {"link", &S::do_link},
                                                                     {"ack", &S::do_ack},
                                                                     {"reject", &S::do_reject},
                                                                     {"matched", &S::do_matched},
                                                                     {"unknown", &S::do_unknown},
                                                                     {"fill", &S::do_fill},
                                                                     {"trade", &S::do_trade},
                                                                     {"claim", &S::do_claim},
                                                                     {"mined", &S::do_status},
                                                                     {"confirmed", &S::do_status},
                                                                     {"failed", &S::do_status},
                                                                     {"retrying", &S::do_status},
                                                                     {"repeat", &S::do_repeat},
                                                                     {"canceled", &S::do_canceled},
                                                                     {"invalid", &S::do_canceled},
                                                                     {"cancel-answer", &S::do_cancel_answer},
                                                                     {"status", &S::do_order_status},
                                                                     {"sweep", &S::do_sweep},
                                                                     {"update", &S::do_update},
                                                                     {"chatter", &S::do_chatter},
                                                                     {"hidden", &S::do_hidden},
                                                                     {"position", &S::do_position},
                                                                     {"balance", &S::do_balance},
                                                                     {"operator", &S::do_operator},
                                                                     {"request", &S::do_request},
                                                                     {"mode", &S::do_mode},
                                                                     {"stop", &S::do_stop},
                                                                     {"crash", &S::do_crash},
                                                                     {"external", &S::do_external},
                                                                     {"cash", &S::do_cash}};
    return kTable;
  }

  /// .40/.42 with an optional size for both sides (100).
  [[nodiscard]] std::vector<TestLevel> quote_levels(const Args& args) const {
    const std::string& text = args.at(0);
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) throw ScenarioError("'" + text + "' is no quote: bid/ask");
    const Shares size = args.words.size() > 1 ? shares_value(args.words[1]) : shares_of(100);
    std::vector<TestLevel> levels;
    for (const auto& [side, price] :
         {std::pair(model::Side::buy, text.substr(0, slash)), std::pair(model::Side::sell, text.substr(slash + 1))}) {
      const bool none = price == "none";
      for (const TestLevel& level :
           rig_->only_level(args.token, {side, none ? Price(0) : price_value(price), none ? Shares(0) : size})) {
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
  /// The answer to a book request, by REST.
  void do_rest(const Args& args) {
    if (!args.words.empty()) {
      for (const TestLevel& level : quote_levels(args)) rig_->display(args.token, level);
    }
    rig_->answer_book(args.token);
  }
  void one_side(const Args& args, model::Side side) {
    const bool none = args.at(0) == "none";
    const Shares size = args.words.size() > 1 ? shares_value(args.words[1]) : shares_of(100);
    rig_->change(args.token, rig_->only_level(args.token, {side, none ? Price(0) : price_value(args.at(0)),
                                                           none ? Shares(0) : size}));
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
    const std::string winner =
        args.words.empty() ? "" : rig_->engine().markets().token_id(model::TokenIndex(args.at(0) == "YES" ? 0 : 1));
    rig_->market_frame(resolved_frame(rig_->head(args.token), winner));
  }
  /// What a share of YES pays; NO pays the rest.
  void do_payout(const Args& args) {
    const Price yes = price_value(args.at(0));
    rig_->say(model::PayoutReading{.market = rig_->engine().markets().token(args.token).market,
                                   .payouts = {yes, kPriceOne - yes}});
  }
  /// A market frame in the venue's words; $YES, $NO and $MARKET stand for the ids, $MS for the time.
  void do_frame(const Args& args) {
    std::string text;
    for (const std::string& word : args.words) text += word;
    const auto replace = [&](const std::string& name, const std::string& value) {
      for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name))
        text.replace(at, name.size(), value);
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
    const model::TradeStatus status =
        kStatus.at(line_->words[line_->words[1] == "NO" || line_->words[1] == "YES" ? 2 : 1]);
    const bool one =
        std::any_of(line_->words.begin(), line_->words.end(), [](const std::string& w) { return w[0] == '#'; });
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
    static const std::map<std::string, model::CancelOutcome> kOutcomes = {
        {"canceled", model::CancelOutcome::canceled},
        {"already_done", model::CancelOutcome::already_done},
        {"not_found", model::CancelOutcome::not_found},
        {"unknown", model::CancelOutcome::unknown}};
    if (!kOutcomes.contains(args.at(0))) throw ScenarioError("canceled, already_done, not_found or unknown");
    rig_->say(model::CancelAnswer{.id = rig_->orders()[order_of(args)].intent.id, .outcome = kOutcomes.at(args.at(0))});
  }
  void do_order_status(const Args& args) {
    static const std::map<std::string, model::VenueOrderStatus> kStatus = {
        {"live", model::VenueOrderStatus::live},
        {"matched", model::VenueOrderStatus::matched},
        {"canceled", model::VenueOrderStatus::canceled},
        {"not_found", model::VenueOrderStatus::not_found},
        {"unknown", model::VenueOrderStatus::unknown}};
    if (!kStatus.contains(args.at(0))) throw ScenarioError("live, matched, canceled, not_found or unknown");
    const Shares matched = args.words.size() > 1 ? shares_value(args.at(1)) : Shares(0);
    rig_->say(model::OrderStatusAnswer{rig_->orders()[order_of(args)].intent.id, kStatus.at(args.at(0)), matched});
  }
  /// The answer to a sweep of trades: `nothing`, or one leg of the order that was not told before.
  void do_sweep(const Args& args) {
    std::vector<model::UserTrade> legs;
    if (args.at(0) == "missing" || args.at(0) == "later") {  // a page is missing; it does not reach back to the mark
      rig_->say(model::TradesAnswer{legs, args.at(0) == "later", rig_->now()});
      return;
    }
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
    const std::size_t before = rig_->commands().size();
    rig_->say(reading);
    // The venue's balance says the same, when it is asked, and no trade is missing.
    for (std::size_t i = before; i < rig_->commands().size(); ++i) {
      const auto* asked = std::get_if<model::RefreshBalance>(&rig_->commands()[i].command);
      if (asked == nullptr || asked->token != args.token) continue;
      rig_->say(model::BalanceReading{.token = args.token, .ok = true, .micros = reading.size.raw()});
      for (int sweep = 0; sweep < 2; ++sweep) rig_->say(model::TradesAnswer{});
    }
  }
  void do_balance(const Args& args) {
    const bool ok = args.at(0) != "error";
    rig_->say(model::BalanceReading{args.token, ok, ok ? shares_value(args.at(0)).raw() : 0});
  }

  /// 10010, error: what lies in the account.
  void do_cash(const Args& args) {
    const bool ok = args.at(0) != "error";
    rig_->say(model::BalanceReading{model::TokenIndex::none(), ok, ok ? dollars_value(args.at(0)).raw() : 0});
  }
  /// `external buy 5 @ .40`: a trade of this wallet that no order of ours made.
  void do_external(const Args& args) {
    model::UserTrade leg;
    leg.trade = *model::make_trade_id("external-" + std::to_string(++externals_));
    leg.order.bytes[0] = 0xEE;
    leg.order.bytes[1] = static_cast<std::uint8_t>(externals_);
    leg.token = args.token;
    leg.side = args.at(0) == "buy" ? model::Side::buy : model::Side::sell;
    leg.size = shares_value(args.at(1));
    leg.price = price_value(args.at(3));
    leg.status = model::TradeStatus::mined;
    leg.time = rig_->now();
    const std::vector<model::UserTrade> legs{leg};
    rig_->say(model::TradesAnswer{legs, true});
  }
  /// The program dies; another run goes on with its records. `crash work_off`: the market is no longer configured.
  void do_crash(const Args& args) {
    rig_->crash_and_restart(!args.words.empty() && args.words[0] == "work_off" ? Follow::work_off : Follow::trade);
    rig_->send_book(model::TokenIndex(0));
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

  [[nodiscard]] static model::Side side_value(const std::string& text) {
    if (text == "bid") return model::Side::buy;
    if (text == "ask") return model::Side::sell;
    throw ScenarioError("'" + text + "' is neither bid nor ask");
  }

  const ScenarioLine* line_ = nullptr;
  EngineConfig config_ = tape_config();
  strategy::Params params_ = scenario_params();
  model::MarketSpec pending_market_ = test_market();
  std::vector<model::MarketSpec> markets_;
  bool automatic_ = false;
  std::unique_ptr<Rig> rig_;
  int externals_ = 0;
};

}  // namespace ebb::engine::testing
