// For tests only: carries out one scenario (tests/scenarios/README.md lists every word) and collects what differed.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/testing/invariants.hpp"
#include "engine/testing/scenario_tape.hpp"

namespace ebb::engine::testing {

/// A line whose expectation was not met, or that could not be understood.
struct Difference {
  ScenarioLine line;
  std::string what;
};

class ScenarioRun : private ScenarioTape {
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
      if (words.size() > 1) call<ScenarioTape>(*this, kVerbs(), Words(words.begin() + 1, words.end()));
    } else {
      call<ScenarioRun>(*this, kChecks(), Words(words.begin() + 1, words.end()));
    }
    if (const std::string broken = broken_invariant(rig_->engine()); !broken.empty()) differ("invariant: " + broken);
  }

  // Expectations.

  static const std::map<std::string, Verb<ScenarioRun>>& kChecks() {
    using S = ScenarioRun;
    static const std::map<std::string, Verb<ScenarioRun>> kTable = {{"buy", &S::see_buy},
                                                                    {"sell", &S::see_sell},
                                                                    {"cancel", &S::see_cancel},
                                                                    {"none", &S::see_none},
                                                                    {"ask", &S::see_ask},
                                                                    {"alert", &S::see_alert},
                                                                    {"without", &S::see_without},
                                                                    {"result", &S::see_result},
                                                                    {"refused", &S::see_refused},
                                                                    {"phase", &S::see_phase},
                                                                    {"waiting", &S::see_waiting},
                                                                    {"position", &S::see_position},
                                                                    {"settled", &S::see_settled},
                                                                    {"order", &S::see_order},
                                                                    {"trusted", &S::see_trusted},
                                                                    {"untrusted", &S::see_trusted},
                                                                    {"floor", &S::see_floor},
                                                                    {"drop", &S::see_drop},
                                                                    {"points", &S::see_points},
                                                                    {"high", &S::see_high},
                                                                    {"ignored", &S::see_ignored},
                                                                    {"round_trips", &S::see_round_trips},
                                                                    {"realized", &S::see_realized},
                                                                    {"open", &S::see_open},
                                                                    {"quote", &S::see_quote},
                                                                    {"sweeps", &S::see_sweeps},
                                                                    {"unexplained", &S::see_unexplained},
                                                                    {"events", &S::see_events},
                                                                    {"restarting", &S::see_restarting},
                                                                    {"running", &S::see_restarting},
                                                                    {"cash", &S::see_cash},
                                                                    {"difference", &S::see_difference}};
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
      text = token_name(place->token) + (place->side == model::Side::buy ? "buy " : "sell ") + to_text(place->size) +
             " @ " + to_text(place->price) + " " + std::string(model::to_text(place->purpose));
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
    if (trader.waiting != execution::Waiting::none)
      text += ", waits: " + std::string(execution::to_text(trader.waiting));
    if (trader.episode_refusal >= 0) text += ", refused: " + std::string(refusal_name(trader.episode_refusal));
    return text;
  }

  /// `buy 10 @ .40 [PURPOSE] [gtd] [fak] [at 12.5]`
  void see_place(const Args& args, model::Side side) {
    const SentCommand* got = next_order_command();
    const auto* place = got != nullptr ? std::get_if<model::PlaceOrder>(&got->command) : nullptr;
    bool same = place != nullptr && place->side == side && place->token == args.token &&
                place->size == shares_value(args.at(0)) && place->price == price_value(args.at(2));
    std::string expected = token_name(args.token) + (side == model::Side::buy ? "buy" : "sell");
    for (const std::string& word : args.words) expected += " " + word;
    for (std::size_t i = 3; i < args.words.size() && place != nullptr; ++i) {
      const std::string& word = args.words[i];
      if (word == "at") {
        same = same && got->at == kTapeStart + duration_value(args.at(++i));
      } else if (word == "gtd" || word == "gtc" || word == "fak") {
        const model::OrderType type = word == "gtd"   ? model::OrderType::gtd
                                      : word == "gtc" ? model::OrderType::gtc
                                                      : model::OrderType::fak;
        same = same && place->type == type;
      } else {
        same = same && word == model::to_text(place->purpose);
      }
    }
    if (place != nullptr && place->crossing == model::Crossing::allowed &&
        place->purpose != model::OrderPurpose::exit) {
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
    const bool named =
        std::any_of(line_->words.begin(), line_->words.end(), [](const std::string& w) { return w[0] == '#'; });
    if (same && named) same = rig_->order_number(cancel->id) == args.order;
    if (same && args.words.size() > 2 && args.words[1] == "at")
      same = got->at == kTapeStart + duration_value(args.at(2));
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
    if (const SentCommand* got = next_order_command(); got != nullptr)
      wrong("no more orders and cancels at the end", got);
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
    } else if (args.words.size() > 2 && args.words[1] == "at" &&
               got->at != kTapeStart + duration_value(args.words[2])) {
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
    for (const SentCommand& sent : rig_->commands())
      count += std::holds_alternative<model::SweepTrades>(sent.command) ? 1 : 0;
    if (count < integer_value(args.at(0)))
      differ("expected at least " + args.at(0) + " sweeps, got " + std::to_string(count));
  }

  template <class Enum>
  [[nodiscard]] static std::size_t index_of(const std::string& name, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (to_text(static_cast<Enum>(i)) == name) return i;
    }
    throw ScenarioError("no such name: '" + name + "'");
  }
  void see_result(const Args& args) {
    const std::size_t index =
        index_of<execution::Result>(args.at(0), static_cast<std::size_t>(execution::Result::manual) + 1);
    const auto& results = rig_->engine().stats().results;
    if (results[index] > results_seen_[index]) {
      ++results_seen_[index];
      return;
    }
    std::string others;
    for (std::size_t i = 0; i < results.size() && i <= static_cast<std::size_t>(execution::Result::manual); ++i) {
      if (results[i] > results_seen_[i])
        others += " " + std::string(execution::to_text(static_cast<execution::Result>(i)));
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
      differ("expected refusals " + args.at(0) + (counted ? " " + args.at(1) : "") + ", got " + std::to_string(fresh) +
             explain());
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
    if (held.matched != shares_value(args.at(0)))
      differ("expected position " + args.at(0) + ", got " + to_text(held.matched));
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
      differ("expected cost " + args.at(2) + ", got " + std::string(buffer, write_scaled(buffer, got, 6)) +
             (held.cost_known ? "" : " (unknown)"));
    }
  }
  void see_settled(const Args& args) {
    same_text("settled", to_text(shares_value(args.at(0))),
              to_text(rig_->engine().ledger().position(args.token).settled));
  }
  /// `order #2 LIVE`
  void see_order(const Args& args) {
    const execution::OrderHandle handle = rig_->engine().orders().find(rig_->orders()[order_of(args)].intent.id);
    if (!handle.valid()) throw ScenarioError("the engine does not know the order");
    same_text("order", args.at(0), model::to_text(rig_->engine().orders()[handle].state));
  }
  void see_trusted(const Args& args) {
    const bool wanted = std::find(line_->words.begin(), line_->words.end(), "trusted") != line_->words.end();
    if (rig_->engine().feed(args.token).trusted() != wanted)
      differ(wanted ? "the book is UNTRUSTED" : "the book is TRUSTED");
  }
  void see_floor(const Args& args) {
    same_text("floor", to_text(price_value(args.at(0))), to_text(rig_->engine().report(args.token).floor));
  }
  void see_drop(const Args& args) {
    const strategy::Ratio got = rig_->engine().trader(args.token).signal.drop();
    if (got != ratio_value(args.at(0)))
      differ("expected drop " + args.at(0) + ", got " + std::to_string(got.raw()) + " millionths");
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
    same_text("realized", to_text(dollars_value(args.at(0))),
              to_text(rig_->engine().ledger().position(args.token).realized));
  }
  void see_open(const Args& args) {
    same_text("open orders", args.at(0), std::to_string(rig_->engine().orders().open().size()));
  }
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
  /// Whether the restart phase holds back every placement: `restarting`, `running`.
  void see_restarting(const Args&) {
    const bool wanted = line_->words[1] == "restarting";
    if (rig_->engine().restarting() != wanted)
      differ(wanted ? "expected the restart phase" : "the restart phase lasts");
  }
  void see_cash(const Args& args) {
    same_text("cash", to_text(dollars_value(args.at(0))), to_text(rig_->engine().ledger().cash()));
  }
  /// `difference FIRST_SIGHT SWEEP`: the next difference that was recorded; `difference none`.
  void see_difference(const Args& args) {
    const auto all = rig_->records().all<model::DifferenceRecord>();
    const bool none = differences_seen_ >= all.size();
    if (args.at(0) == "none") {
      if (!none) differ("did not expect a difference, got " + std::string(all[differences_seen_].verdict));
      return;
    }
    if (none) {
      differ("expected a difference " + args.at(0) + ", got none");
      return;
    }
    const model::DifferenceRecord& got = all[differences_seen_++];
    same_text("difference", args.at(0), got.verdict);
    if (args.words.size() > 1) same_text("action", args.at(1), got.action);
  }
  /// `events unknown_tokens 2`
  void see_events(const Args& args) {
    const std::map<std::string, std::uint64_t> counters = {
        {"unknown_tokens", rig_->engine().stats().unknown_tokens},
        {"ledger_refusals", rig_->engine().stats().ledger_refusals},
        {"malformed_user", rig_->engine().stats().malformed_user_events},
        {"gaps", rig_->engine().stats().gaps},
        {"evaluations", rig_->engine().stats().evaluations_on_event},
        {"quote_changes", rig_->engine().stats().quote_changes_traded},
        {"repeats", rig_->engine().stats().refusal_repeats}};
    if (!counters.contains(args.at(0))) throw ScenarioError("no such counter");
    same_text(args.at(0), args.at(1), std::to_string(counters.at(args.at(0))));
  }

  const Scenario* scenario_;
  std::vector<Difference> differences_;
  std::size_t next_ = 0;
  std::size_t differences_seen_ = 0;
  std::map<std::string, std::size_t> requests_seen_;
  std::array<std::uint64_t, 32> results_seen_{};
  std::array<std::uint64_t, kSignalRefusals> refused_seen_{};
};

}  // namespace ebb::engine::testing
