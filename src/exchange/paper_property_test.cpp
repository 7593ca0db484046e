// Properties of the paper venue under arbitrary tapes of frames, prints, orders and cancels.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "exchange/paper_tape.hpp"
#include "polymarket/user_decoder.hpp"

namespace ebb::exchange {
namespace {

using model::Side;

/// Plays a tape, one step from each number, and keeps its own account of what was recorded.
struct Player {
  explicit Player(std::uint64_t seed, QueueModel queue = QueueModel::strict) : venue(config(seed, queue)) {
    for (int m = 0; m < 2; ++m) {
      model::MarketSpec spec;
      spec.condition_id = "0xc" + std::to_string(m);
      spec.tokens[0] = {std::to_string(10 + m), "Yes"};
      spec.tokens[1] = {std::to_string(20 + m), "No"};
      const model::MarketIndex index = *venue.add_market(spec);
      for (int outcome = 0; outcome < 2; ++outcome) tokens.push_back(venue.markets().token_of(index, outcome));
    }
    for (const model::TokenIndex token : tokens) venue.deposit_shares(token, kShares);
  }

  static PaperConfig config(std::uint64_t seed, QueueModel queue) {
    PaperConfig config;
    config.seed = seed;
    config.queue = queue;
    config.starting_cash = dollars(12);  // little: the gates and INVALID must come into play
    config.placement.median = milliseconds(60);
    config.cancel.median = milliseconds(60);
    config.settlement.scale = 0.1;
    return config;
  }

  void step(std::uint64_t bits) {
    Random dice(bits);
    now = now + milliseconds(static_cast<std::int64_t>(dice.below(120)));
    const std::uint64_t kind = dice.below(100);
    if (kind < 22) {
      snapshot(dice);
    } else if (kind < 52) {
      change(dice);
    } else if (kind < 68) {
      print(dice);
    } else if (kind < 88) {
      place(dice);
    } else if (kind < 94 && !placed.empty()) {
      venue.cancel(now, placed[dice.below(placed.size())].id);
    } else if (kind < 96) {
      venue.feed_lost(now);
    } else if (kind < 97) {
      now = now + seconds(8);
      venue.advance(now);
    } else {
      venue.advance(now + milliseconds(20));
    }
    for (PaperOutput& output : venue.take_outputs()) outputs.push_back(std::move(output));
  }

  void snapshot(Random& dice) {
    begin(model::MarketEventKind::book, dice);
    const int middle = static_cast<int>(dice.between(44, 52));
    const auto levels = [&](int first, int direction) {
      std::vector<model::Level> side;
      for (int i = 3; i >= 0; --i) {
        const Shares size = shares_of(dice.between(0, 25));
        if (size.raw() > 0) side.push_back({Price(100 * (first + direction * i)), size});
      }
      return side;
    };
    const auto bids = levels(middle, -1);
    const auto asks = levels(middle + 1 + static_cast<int>(dice.below(2)), 1);
    frame.levels.insert(frame.levels.end(), bids.begin(), bids.end());
    frame.levels.insert(frame.levels.end(), asks.begin(), asks.end());
    frame.events[0].bid_count = static_cast<std::uint32_t>(bids.size());
    frame.events[0].ask_count = static_cast<std::uint32_t>(asks.size());
    send();
  }

  void change(Random& dice) {
    begin(model::MarketEventKind::price_change, dice);

    const std::uint64_t entries = 1 + dice.below(2);
    for (std::uint64_t i = 0; i < entries; ++i) {
      model::LevelChange entry;
      entry.asset_id = asset;
      entry.side = dice.chance(0.5) ? Side::buy : Side::sell;
      entry.price = Price(100 * static_cast<int>(dice.between(42, 55)));
      entry.size = shares_of(dice.between(0, 25));
      frame.changes.push_back(entry);
      entry.asset_id = sibling;
      entry.side = opposite(entry.side);
      entry.price = complement(entry.price);
      frame.changes.push_back(entry);
    }
    frame.events[0].asset_id = "";
    frame.events[0].change_count = static_cast<std::uint32_t>(frame.changes.size());
    send();
  }

  void print(Random& dice) {
    begin(model::MarketEventKind::last_trade_price, dice);
    frame.events[0].price = Price(100 * static_cast<int>(dice.between(42, 55)));
    frame.events[0].size = Shares(dice.between(1, 30'000'000));
    frame.events[0].side = dice.chance(0.5) ? Side::buy : Side::sell;
    printed += frame.events[0].size;
    send();
  }

  void place(Random& dice) {
    OrderRequest request;
    request.id.bytes[0] = 1;
    for (std::size_t i = 0; i < 4; ++i)
      request.id.bytes[28 + i] = static_cast<std::uint8_t>(placed.size() >> (24 - 8 * i));
    request.token = tokens[dice.below(tokens.size())];
    request.side = dice.chance(0.6) ? Side::buy : Side::sell;
    constexpr std::array<model::OrderType, 5> kTypes{model::OrderType::gtc, model::OrderType::gtc,
                                                     model::OrderType::gtd, model::OrderType::fak,
                                                     model::OrderType::fok};
    request.type = kTypes[dice.below(kTypes.size())];
    request.crossing = dice.chance(0.8) ? model::Crossing::post_only : model::Crossing::allowed;
    request.price = Price(100 * static_cast<int>(dice.between(42, 55)));
    request.size = Shares(dice.between(400, 1500) * kLot.raw());
    request.expiration = now + seconds(dice.between(100, 400));
    const Usdc money = notional(request.price, request.size);
    request.maker_amount = request.side == Side::buy ? money.raw() : request.size.raw();
    request.taker_amount = request.side == Side::buy ? request.size.raw() : money.raw();
    placed.push_back(request);
    venue.place(now, request);
  }

  void begin(model::MarketEventKind kind, Random& dice) {
    frame.clear();
    const std::uint64_t market = dice.below(2);
    condition = "0xc" + std::to_string(market);
    const bool yes = dice.chance(0.7);
    asset = std::to_string((yes ? 10 : 20) + market);
    sibling = std::to_string((yes ? 20 : 10) + market);
    model::MarketEvent event;
    event.kind = kind;
    event.market = condition;
    event.asset_id = asset;
    event.timestamp_ms = now.ms() - (dice.chance(0.1) ? static_cast<std::int64_t>(dice.below(300)) : 0);
    frame.events.push_back(event);
  }

  void send() {
    const std::size_t fills = venue.fills().size();
    const model::MarketIndex market = venue.markets().find_market(condition);
    venue.advance(now);
    const std::size_t after_advance = venue.fills().size();
    const bool trusted = venue.trusted(market);
    venue.on_frame(now, frame);
    if (!trusted && !venue.trusted(market)) RC_ASSERT(venue.fills().size() == after_advance);
    RC_ASSERT(after_advance >= fills);
  }

  static constexpr Shares kShares{15'000'000};
  PaperVenue venue;
  Timestamp now = tape::at(0);
  std::vector<model::TokenIndex> tokens;
  std::vector<OrderRequest> placed;
  std::vector<PaperOutput> outputs;
  Shares printed;
  model::DecodedFrame frame;
  std::string condition, asset, sibling;
};

/// Every unit is used at most once, by its own rule.
void check_units(const Player& p) {
  std::map<std::uint64_t, PaperGrant> grants;
  std::map<std::uint64_t, Shares> left;
  for (const PaperGrant& grant : p.venue.audit().grants) {
    RC_ASSERT(grants.emplace(grant.unit, grant).second);
    left[grant.unit] = grant.size;
  }
  const auto by_time = [](const auto& a, const auto& b) { return a.at < b.at; };
  RC_ASSERT(std::ranges::is_sorted(p.venue.audit().grants, by_time));
  RC_ASSERT(std::ranges::is_sorted(p.venue.audit().uses, by_time));
  Shares by_print;
  std::map<std::uint64_t, Shares> used_for_fills;
  for (const PaperUse& use : p.venue.audit().uses) {
    const PaperGrant& grant = grants.at(use.unit);
    RC_ASSERT(use.size > Shares());
    RC_ASSERT(use.at >= grant.at);
    RC_ASSERT(grant.rule == (use.rule == FillRule::print_through ? FillRule::print_at : use.rule));
    left[use.unit] -= use.size;
    RC_ASSERT(left[use.unit] >= Shares());
    if (use.use == UnitUse::fill && grant.rule == FillRule::print_at) by_print += use.size;
    if (use.use == UnitUse::fill && use.rule != FillRule::fall) used_for_fills[use.unit] += use.size;
  }
  RC_ASSERT(by_print <= p.printed);
  for (const PaperFill& fill : p.venue.fills()) used_for_fills[fill.unit] -= fill.size;
  for (const auto& [unit, rest] : used_for_fills) RC_ASSERT(rest == Shares());
  const PaperReport report = p.venue.report();
  for (int r = 0; r < kFillRules; ++r) {
    const RuleCount& count = report.by_rule[static_cast<std::size_t>(r)];
    if (r != static_cast<int>(FillRule::print_through)) RC_ASSERT(count.shares <= count.shares_granted);
  }
  RC_ASSERT(report.optimistic_shares >= Shares());
}

/// Nothing fills before it is live, after its end, beyond its size or outside its limit.
void check_orders(const Player& p) {
  std::map<model::OrderId, Timestamp> live, ended;
  for (const PaperOutput& output : p.outputs) {
    if (const auto* place = std::get_if<PlaceResult>(&output.body); place && place->success)
      live[place->id] = output.at;
    if (const auto* cancel = std::get_if<CancelResult>(&output.body); cancel && cancel->canceled)
      ended[cancel->id] = output.at;
  }
  std::map<model::OrderId, Shares> filled;
  std::map<model::OrderId, const OrderRequest*> requests;
  for (const OrderRequest& request : p.placed) requests[request.id] = &request;
  for (const PaperFill& fill : p.venue.fills()) {
    const OrderRequest& request = *requests.at(fill.order);
    RC_ASSERT(live.contains(fill.order));
    RC_ASSERT(fill.at >= live[fill.order]);
    if (ended.contains(fill.order)) RC_ASSERT(fill.at <= ended[fill.order]);
    if (fill.rule == FillRule::taken) {
      const bool within = request.side == Side::buy ? fill.price <= request.price : fill.price >= request.price;
      RC_ASSERT(within);
      RC_ASSERT(fill.at == live[fill.order]);
    } else {
      RC_ASSERT(fill.price == request.price);
      RC_ASSERT(fill.fee == Usdc());
    }
    RC_ASSERT(fill.size > Shares());
    filled[fill.order] += fill.size;
  }
  for (const auto& [id, size] : filled) {
    const OrderStatus status = p.venue.status(id);
    RC_ASSERT(status.size_matched == size);
    RC_ASSERT(size <= status.original_size);
  }
}

/// Cash and shares are the start plus the fills, never negative; the frames tell the same.
void check_money(Player& p) {
  Usdc cash = dollars(12);
  std::map<model::TokenIndex, Shares> shares;
  for (const PaperFill& fill : p.venue.fills()) {
    const bool buy = fill.side == Side::buy;
    cash += (buy ? -fill.cash : fill.cash) - fill.fee;
    shares[fill.token] += buy ? fill.size : -fill.size;
  }
  RC_ASSERT(p.venue.cash() == cash);
  RC_ASSERT(p.venue.balance() >= Usdc());
  RC_ASSERT(cash >= Usdc());
  std::map<model::TokenIndex, Shares> told;
  const PaperConfig config;
  polymarket::UserDecoder decoder(p.venue.markets(), {config.owner, config.maker_address});
  polymarket::UserFrameContent content;
  for (const PaperOutput& output : p.outputs) {
    const auto* frame = std::get_if<UserFrameText>(&output.body);
    if (frame == nullptr) continue;
    decoder.decode(frame->text, content);
    RC_ASSERT(content.orders.size() + content.trades.size() == 1u);
    for (const model::UserTrade& trade : content.trades) {
      if (trade.status == model::TradeStatus::matched)
        told[trade.token] += trade.side == Side::buy ? trade.size : -trade.size;
    }
  }
  for (const model::TokenIndex token : p.tokens) {
    RC_ASSERT(p.venue.position(token) == Player::kShares + shares[token]);
    RC_ASSERT(p.venue.position(token) >= Shares());
    RC_ASSERT(p.venue.settled(token) >= Shares());
    RC_ASSERT(told[token] == shares[token]);
  }
}

void play(Player& p, const std::vector<std::uint64_t>& tape) {
  for (const std::uint64_t bits : tape) p.step(bits);
}

/// Everything that left the venue, as text.
std::string transcript(const Player& p) {
  std::string text;
  for (const PaperOutput& output : p.outputs) {
    text += std::to_string(output.at.ns());
    if (const auto* frame = std::get_if<UserFrameText>(&output.body)) text += frame->text;
    if (const auto* place = std::get_if<PlaceResult>(&output.body))
      text += place->error + std::to_string(place->taking_micros);
    if (const auto* cancel = std::get_if<CancelResult>(&output.body)) text += cancel->reason;
    text += '\n';
  }
  return text;
}

std::vector<std::uint64_t> long_tape(std::uint64_t seed, int steps) {
  Random random(seed);
  std::vector<std::uint64_t> tape;
  for (int i = 0; i < steps; ++i) tape.push_back(random.next());
  return tape;
}

TEST(PaperProperty, UnitsOrdersAndMoneyHoldOnArbitraryTapes) {
  EXPECT_TRUE(rc::check("paper venue", [](const std::vector<std::uint64_t>& tape, bool prorata) {
    Player p(7, prorata ? QueueModel::prorata : QueueModel::strict);
    play(p, tape);
    check_units(p);
    check_orders(p);
    check_money(p);
  }));
}

TEST(PaperProperty, LongTapesHoldAndExerciseEveryRule) {
  std::set<FillRule> rules;
  std::uint64_t invalid = 0;
  std::uint64_t optimistic = 0;
  EXPECT_TRUE(rc::check("long tapes", [&] {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    Player p(seed, seed % 3 == 0 ? QueueModel::prorata : QueueModel::strict);
    play(p, long_tape(seed, 600));
    check_units(p);
    check_orders(p);
    check_money(p);
    p.venue.end_of_feed(p.now + seconds(1));
    p.venue.advance(p.now + hours(1));
    RC_ASSERT(p.venue.balance() == p.venue.cash());
    RC_ASSERT(p.venue.reserved() == Usdc());
    for (const model::TokenIndex token : p.tokens) RC_ASSERT(p.venue.settled(token) == p.venue.position(token));
    for (const PaperFill& fill : p.venue.fills()) rules.insert(fill.rule);
    invalid += p.venue.report().invalid;
    optimistic += p.venue.report().by_rule[static_cast<std::size_t>(FillRule::fall)].fills;
  }));
  EXPECT_EQ(rules.size(), 4u);
  EXPECT_GT(invalid, 0u);
  EXPECT_GT(optimistic, 0u);
}

TEST(PaperProperty, SameSeedSameOutputs) {
  const auto tape = long_tape(99, 3000);
  Player a(5), b(5), c(6);
  play(a, tape);
  play(b, tape);
  play(c, tape);
  EXPECT_EQ(transcript(a), transcript(b));
  EXPECT_NE(transcript(a), transcript(c));
}

}  // namespace
}  // namespace ebb::exchange
