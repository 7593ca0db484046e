// A run's result with every figure different, for the tests of what is printed.
#pragma once

#include "runner/summary.hpp"

namespace ebb::app {

inline engine::TokenReport sample_token(std::uint32_t index, std::string id) {
  engine::TokenReport token;
  token.token = model::TokenIndex(index);
  token.token_id = std::move(id);
  token.outcome = "Yes";
  token.question = "Will the tide turn?";
  token.slug = "tide-turn";
  token.tier = "demo";
  token.phase = engine::Phase::selling;
  token.reason = "ORDER_WORKING";
  token.guards = {"cooling down"};
  token.quote = {Price(4800), Price(4900), shares_of(100), shares_of(50)};
  token.trusted = true;
  token.data_age = milliseconds(250);
  token.link_age = milliseconds(40);
  token.window_high = Price(5000);
  token.drop_now = 0.03;
  token.drop_needed = 0.02;
  token.drop_ticks_needed = 2;
  token.max_drop = 0.04;
  token.window_points = 17;
  token.window = seconds(30);
  token.last_signal = Timestamp(1'776'153'600'000'000'000);
  token.last_refusal = "COOLDOWN";
  token.refusal_repeats = 4;
  token.size = shares_of(10);
  token.sellable = shares_of(8);
  token.settling = shares_of(2);
  token.cost = Usdc(4'700'000);
  token.average_cost_micros = 470'000;
  token.mark = Usdc(4'800'000);
  token.realized = Usdc(250'000);
  token.unrealized = Usdc(100'000);
  token.fees = Usdc(30'000);
  token.floor = Price(4800);
  token.position_class = model::PositionClass::actionable;
  token.fills = 5;
  token.round_trips = 2;
  token.market_worst_loss = Usdc(4'700'000);
  token.total_worst_loss = Usdc(9'400'000);
  engine::OrderReport order;
  order.id.bytes.fill(0xAB);
  order.side = model::Side::sell;
  order.state = model::OrderState::live;
  order.price = Price(4900);
  order.size = shares_of(8);
  order.filled = shares_of(1);
  order.age = seconds(3);
  token.orders.push_back(order);
  token.decisions.push_back({Timestamp(1'776'153'600'000'000'000), engine::DecisionKind::signal, model::Side::buy,
                             Price(4800), shares_of(10), "DROP"});
  token.decisions.push_back({Timestamp(1'776'153'601'500'000'000), engine::DecisionKind::placed, model::Side::sell,
                             Price(4900), shares_of(8), "TAKE_PROFIT"});
  token.stats.events = {3, 400, 7, 1, 0, 0, 0};
  token.stats.quote_changes = 90;
  token.stats.prints = 7;
  token.stats.evaluations_on_event = 97;
  token.stats.evaluations_on_timer = 60;
  token.stats.orders_placed = 9;
  token.stats.orders_live = 8;
  token.stats.live_filled = 6;
  token.stats.live_canceled = 2;
  token.stats.orders_filled = 6;
  token.stats.orders_canceled = 2;
  token.stats.orders_rejected = 1;
  token.stats.time_to_fill = seconds(12);
  token.stats.signals = 5;
  for (int i = 0; i < 100; ++i) token.stats.ages.add(milliseconds(10 * i));
  token.stats.window_points = 55;
  return token;
}

inline runner::RunSummary sample_run() {
  runner::RunSummary run;
  run.command = "demo";
  run.seed = 7;
  run.wall_seconds = 1.25;
  run.market_time = seconds(60);
  run.pre_roll = seconds(120);
  run.agents = "default";
  run.settlement_scale = 0.1;
  run.note = "the mean reversion is assumed";
  run.tokens = {sample_token(0, "71321045679252212594626385532706912750332728571942532289631379312455583992563"),
                sample_token(1, "52114319501245915516055106046884209969926127482827954674443846427813813222426")};
  run.tokens[1].token = model::TokenIndex(2);
  run.stats.events_total = 822;
  run.stats.events = {6, 800, 14, 2, 0, 0, 0};
  run.stats.quote_changes_traded = 180;
  run.stats.prints_traded = 14;
  run.stats.evaluations_on_event = 194;
  run.stats.evaluations_on_timer = 120;
  run.stats.orders_placed = 18;
  run.stats.orders_live = 16;
  run.stats.orders_filled = 12;
  run.stats.orders_partially_filled = 1;
  run.stats.orders_canceled = 4;
  run.stats.orders_rejected = 2;
  run.stats.rejected_by[static_cast<std::size_t>(model::RejectKind::post_only_crosses)] = 2;
  run.stats.canceled_by[static_cast<std::size_t>(model::CancelReason::requote)] = 3;
  run.stats.canceled_by[static_cast<std::size_t>(model::CancelReason::pulled)] = 1;
  run.stats.signals_total = 10;
  run.stats.signals_acted = 8;
  run.stats.signals_refused[static_cast<std::size_t>(engine::refusal_index(engine::SignalRefusal::cooldown))] = 1;
  run.stats.signals_refused[static_cast<std::size_t>(engine::refusal_index(risk::Refusal::token_limit))] = 1;
  run.stats.exits_started = 1;
  run.stats.exits_flat = 1;
  run.stats.markets_resolved = 1;
  run.stats.reconnects = 2;
  run.stats.untrusted_time = milliseconds(1500);
  run.decoder.frames = 820;
  run.decoder.fast_path = 812;
  run.decoder.fallback = 8;
  run.money = {.total = Usdc(640'000),
               .realized = Usdc(500'000),
               .unrealized = Usdc(200'000),
               .fees = Usdc(60'000),
               .cash = Usdc(9'991'040'000),
               .reserved = Usdc(1'000'000),
               .marked = Usdc(9'600'000)};
  run.markouts[0] = {.samples = 10, .sum = Usdc(50'000), .size = shares_of(100)};
  run.markouts[1] = {.samples = 8, .sum = Usdc(-16'000), .size = shares_of(80)};
  run.fills = 10;
  run.round_trips = 4;
  run.commands = 40;
  run.commands_sha256 = std::string(64, 'c');
  run.bytes_to_decision = {.p50 = 1.5, .p99 = 4.5, .p999 = 9.5, .max = 80.0, .samples = 822};
  run.account_cash = Usdc(9'991'040'000);
  run.account_reserved = Usdc(1'000'000);
  for (int i = 0; i < 100; ++i) run.ages.add(milliseconds(10 * i));
  run.silent_tokens = 1;
  run.daily_loss_limit = dollars(20);
  run.worst_daily_loss = dollars(3);
  run.hash_checked = 30;
  run.invariants_checked = 12'345;
  execution::Order order;
  order.intent.id.bytes.fill(0x11);
  order.intent.token = model::TokenIndex(2);
  order.intent.price = Price(4700);
  order.intent.size = shares_of(10);
  order.intent.time = Timestamp(1'776'153'600'000'000'000);
  order.state = model::OrderState::canceled;
  order.cancel_requested = true;
  order.cancel_reason = model::CancelReason::pulled;
  order.filled = shares_of(2);
  run.orders.push_back(order);
  return run;
}

inline runner::RunSummary sample_backtest() {
  runner::RunSummary run = sample_run();
  run.command = "backtest";
  run.seed.reset();
  run.pre_roll = Duration(0);
  run.agents.clear();
  exchange::PaperReport paper;
  paper.fills = 10;
  paper.shares = shares_of(95);
  paper.by_rule[static_cast<std::size_t>(exchange::FillRule::print_at)] = {.fills = 7, .shares = shares_of(60)};
  paper.by_rule[static_cast<std::size_t>(exchange::FillRule::crossing)] = {.fills = 3, .shares = shares_of(35)};
  paper.by_rule[static_cast<std::size_t>(exchange::FillRule::fall)] = {.fills = 31, .shares = shares_of(300)};
  paper.optimistic_fills = 41;
  paper.optimistic_shares = shares_of(395);
  paper.median_queue = Shares(1'234'500'000);
  paper.placed = 18;
  paper.rejected = 2;
  run.paper = paper;
  run.feed_ended.push_back({.slug = "btc-updown-5m-1",
                            .token_id = run.tokens[0].token_id,
                            .size = shares_of(10),
                            .cost = Usdc(4'700'000),
                            .marked = Usdc(4'800'000)});
  return run;
}

}  // namespace ebb::app
