#include "app/summary_json.hpp"

#include <fmt/format.h>

#include <array>
#include <map>

#include "app/json.hpp"
#include "app/time_text.hpp"
#include "base/decimal.hpp"

namespace ebb::app {

namespace {

using runner::RunSummary;

/// Exact for whole seconds.
double seconds_of(Duration duration) { return static_cast<double>(duration.raw()) / 1e9; }

double to_ms(Duration duration) { return static_cast<double>(duration.raw()) / 1e6; }

/// The names of `counts` that are not 0, as an object; `begin_object` was called.
template <class Counts, class NameOf>
void write_counts(JsonWriter& json, const Counts& counts, std::string_view prefix, NameOf name_of) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) json.field(fmt::format("{}{}", prefix, name_of(i)), counts[i]);
  }
}

template <class Counts>
void write_event_kinds(JsonWriter& json, std::string_view key, const Counts& counts) {
  json.key(key).begin_object();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    json.field(model::to_text(static_cast<model::MarketEventKind>(i)), counts[i]);
  }
  json.end_object();
}

void write_ratio(JsonWriter& json, std::string_view key, std::uint64_t part, std::uint64_t whole) {
  json.key(key);
  whole == 0 ? json.null() : json.value(static_cast<double>(part) / static_cast<double>(whole));
}

void write_money(JsonWriter& json, std::string_view key, Usdc money) { json.field(key, to_text(money)); }

void write_run(JsonWriter& json, const RunSummary& summary) {
  if (summary.seed) json.field("seed", *summary.seed);
  json.field("market_seconds", seconds_of(summary.market_time)).field("interrupted", summary.interrupted);
  if (summary.command == "demo") {
    json.field("pre_roll_seconds", seconds_of(summary.pre_roll)).field("agents", summary.agents);
  }
  json.field("settlement_scale", summary.settlement_scale).field("note", summary.note);
}

void write_pnl(JsonWriter& json, const RunSummary& summary) {
  json.key("pnl").begin_object();
  write_money(json, "total", summary.money.total);
  write_money(json, "realized", summary.money.realized);
  write_money(json, "unrealized", summary.money.unrealized);
  write_money(json, "fees", summary.money.fees);
  json.end_object().key("daily_loss").begin_object();
  write_money(json, "limit", summary.daily_loss_limit);
  write_money(json, "worst", summary.worst_daily_loss);
  json.field("stops", summary.stops_on_daily_loss);
  json.end_object().key("account").begin_object();
  write_money(json, "cash", summary.account_cash);
  write_money(json, "reserved", summary.account_reserved);
  json.end_object();
}

void write_markouts(JsonWriter& json, const RunSummary& summary) {
  static constexpr std::array<std::string_view, 3> kNames{"s5", "s30", "s300"};
  json.key("markouts").begin_object();
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto average = markout_per_share(summary.markouts[i]);
    json.key(kNames[i]);
    average ? json.value(to_text(*average)) : json.null();
  }
  json.end_object().key("markouts_detail").begin_object();
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const portfolio::Markout& markout = summary.markouts[i];
    json.key(kNames[i]).begin_object().field("fills", markout.samples);
    write_money(json, "sum", markout.sum);
    json.field("shares", to_text(markout.size)).end_object();
  }
  json.field("dropped", summary.markouts_dropped).end_object();
}

void write_events(JsonWriter& json, const RunSummary& summary) {
  const engine::EngineStats& stats = summary.stats;
  json.key("events").begin_object().field("total", stats.events_total);
  write_event_kinds(json, "by_type", stats.events);
  json.field("quote_changes_traded", stats.quote_changes_traded).field("prints_traded", stats.prints_traded);
  json.field("unknown_tokens", stats.unknown_tokens).field("frames", stats.frames).end_object();
  json.field("tokens", summary.tokens.size());
  json.key("evaluations").begin_object().field("on_event", stats.evaluations_on_event);
  json.field("on_timer", stats.evaluations_on_timer).field("on_answer", stats.evaluations_on_answer);
  json.field("deferred", stats.evaluations_deferred).field("skipped", skipped_evaluations(summary)).end_object();
}

void write_latency(JsonWriter& json, std::string_view stage, const runner::LatencySummary& latency) {
  json.key(stage).begin_object().field("p50", latency.p50).field("p99", latency.p99).field("p999", latency.p999);
  json.field("max", latency.max).field("samples", latency.samples).end_object();
}

void write_commands(JsonWriter& json, const RunSummary& summary) {
  json.field("commands", summary.commands).field("commands_sha256", summary.commands_sha256);
  json.key("latency_us").begin_object();
  write_latency(json, "bytes_to_decision", summary.bytes_to_decision);
  if (summary.wire) {
    for (const auto& [stage, times] : summary.wire->stages) write_latency(json, stage, times);
  }
  json.end_object();
}

void write_span(JsonWriter& json, std::string_view key, const runner::ReconnectSpan& span) {
  json.key(key).begin_object().field("seconds", span.seconds).field("missing_quotes_share", span.missing_share);
  json.field("orders", span.orders).field("fills", span.fills);
  write_ratio(json, "fill_rate", span.fills, span.orders);
  json.end_object();
}

/// What only a run on a real clock has.
void write_wire(JsonWriter& json, const RunSummary& summary) {
  if (!summary.wire) return;
  const runner::WireSummary& wire = *summary.wire;
  json.key("wire").begin_object().field("venue", wire.venue).field("connections", wire.connections);
  json.field("reconnects", wire.reconnects).field("frozen_sockets", wire.frozen).field("requests", wire.requests);
  json.field("unknown_outcomes", wire.unknown_outcomes).field("resent", wire.resent).field("beats", wire.beats);
  json.field("missed_beats", wire.missed_beats).field("lost_commands", wire.lost_commands);
  json.field("left_on_book", wire.left_on_book).key("reconnects_detail").begin_array();
  for (const runner::ReconnectSummary& effect : wire.reconnects_detail) {
    json.begin_object().field("at", iso_text(effect.at)).field("connection", effect.connection);
    write_span(json, "before", effect.before);
    write_span(json, "after", effect.after);
    json.key("recovered_seconds");
    effect.recovered_seconds ? json.value(*effect.recovered_seconds) : json.null();
    json.end_object();
  }
  json.end_array().key("reopened").begin_array();
  for (const runner::ReopenedSummary& reopened : wire.reopened) {
    json.begin_object().field("at", iso_text(reopened.at)).field("connection", reopened.connection);
    json.field("books", reopened.books).field("down_seconds", reopened.down_seconds);
    json.key("trusted_seconds");
    reopened.trusted_seconds ? json.value(*reopened.trusted_seconds) : json.null();
    json.end_object();
  }
  json.end_array().key("notices").begin_array();
  for (const std::string& notice : wire.notices) json.value(notice);
  json.end_array().end_object();
}

void write_orders(JsonWriter& json, const RunSummary& summary) {
  const engine::EngineStats& stats = summary.stats;
  json.key("orders").begin_object().field("placed", stats.orders_placed).field("live", stats.orders_live);
  json.field("filled", stats.orders_filled).field("partially_filled", stats.orders_partially_filled);
  json.field("canceled", stats.orders_canceled).field("rejected", stats.orders_rejected);
  json.key("by_reason").begin_object();
  write_counts(json, stats.canceled_by, "",
               [](std::size_t i) { return model::to_text(static_cast<model::CancelReason>(i)); });
  write_counts(json, stats.rejected_by, "REJECTED_",
               [](std::size_t i) { return model::to_text(static_cast<model::RejectKind>(i)); });
  json.end_object().end_object();
  json.key("routines").begin_object();
  write_counts(json, stats.results, "",
               [](std::size_t i) { return execution::to_text(static_cast<execution::Result>(i)); });
  json.end_object().key("exits").begin_object().field("started", stats.exits_started);
  json.field("flat", stats.exits_flat).field("manual", stats.exits_manual).end_object();
  json.field("markets_resolved", stats.markets_resolved);
}

void write_fills(JsonWriter& json, const RunSummary& summary) {
  json.field("fills", summary.fills);
  if (summary.paper) {
    const exchange::PaperReport& paper = *summary.paper;
    json.key("fills_by_model").begin_object().field("strict", paper.fills).field("optimistic", paper.optimistic_fills);
    json.key("by_rule").begin_object();
    for (std::size_t i = 0; i < paper.by_rule.size(); ++i) {
      const auto rule = static_cast<exchange::FillRule>(i);
      if (rule != exchange::FillRule::fall) json.field(exchange::to_text(rule), paper.by_rule[i].fills);
    }
    json.end_object().key("shares_by_rule").begin_object();
    for (std::size_t i = 0; i < paper.by_rule.size(); ++i) {
      json.field(exchange::to_text(static_cast<exchange::FillRule>(i)), to_text(paper.by_rule[i].shares));
    }
    const auto& falls = paper.by_rule[static_cast<std::size_t>(exchange::FillRule::fall)];
    json.end_object().field("optimistic_falls", falls.fills);
    json.field("strict_shares", to_text(paper.shares)).field("optimistic_shares", to_text(paper.optimistic_shares));
    json.field("median_queue_ahead", to_text(paper.median_queue)).end_object();
    json.key("venue_orders").begin_object().field("placed", paper.placed).field("rejected", paper.rejected);
    json.field("live", paper.live).field("filled", paper.filled).field("partially_filled", paper.partially_filled);
    json.field("canceled", paper.canceled).field("expired", paper.expired).field("invalid", paper.invalid);
    json.field("ended", paper.ended).field("open", paper.open).end_object();
  }
  json.field("round_trips", summary.round_trips);
}

void write_signals(JsonWriter& json, const RunSummary& summary) {
  const engine::EngineStats& stats = summary.stats;
  std::uint64_t refused = 0;
  for (const std::uint64_t count : stats.signals_refused) refused += count;
  json.key("signals").begin_object().field("total", stats.signals_total).field("acted", stats.signals_acted);
  json.key("refused").begin_object().field("total", refused).key("by_reason").begin_object();
  write_counts(json, stats.signals_refused, "",
               [](std::size_t i) { return engine::refusal_name(static_cast<int>(i)); });
  json.end_object().end_object().field("repeats", stats.refusal_repeats).end_object();
}

void write_health(JsonWriter& json, const RunSummary& summary) {
  const engine::EngineStats& stats = summary.stats;
  json.key("data_quality").begin_object().key("cache_age_ms").begin_object();
  json.field("p50", summary.ages.quantile_ms(0.50)).field("p95", summary.ages.quantile_ms(0.95)).end_object();
  json.field("silent_tokens", summary.silent_tokens).end_object();
  json.key("invariants").begin_object().field("checked", summary.invariants_checked);
  json.field("violated", summary.invariants_violated).key("by_rule").begin_object();
  for (const auto& [rule, count] : summary.violations_by_rule) json.field(rule, count);
  json.end_object().key("violations").begin_array();
  for (const checker::Violation& violation : summary.violations) {
    json.begin_object().field("rule", violation.rule).field("at", iso_text(Timestamp(violation.time)));
    json.field("token_id", violation.token_id).field("detail", violation.detail).end_object();
  }
  json.end_array().end_object();
  json.key("feed").begin_object().field("reconnects", stats.reconnects);
  json.field("untrusted_ms", to_ms(stats.untrusted_time)).field("hash_checked", summary.hash_checked);
  json.field("hash_mismatch", summary.hash_mismatch).field("untrusted_episodes", stats.untrusted_episodes);
  json.field("gaps", stats.gaps).field("frames", summary.decoder.frames).field("fast_path", summary.decoder.fast_path);
  json.field("fallback", summary.decoder.fallback).field("non_json", summary.decoder.non_json);
  json.field("malformed", summary.decoder.malformed).field("unknown_types", summary.decoder.unknown_types).end_object();
  json.key("alerts")
      .begin_object()
      .field("total", stats.alerts)
      .field("unexplained_matches", stats.unexplained_matches);
  json.field("settlement_failures", stats.settlement_failures).field("ledger_refusals", stats.ledger_refusals);
  json.field("malformed_user_events", stats.malformed_user_events);
  json.field("window_pool_exhausted", summary.pool_exhausted).end_object();
}

bool has_position(const engine::TokenReport& token) {
  return token.size.raw() != 0 || token.fills != 0 || token.realized.raw() != 0;
}

void write_positions(JsonWriter& json, const RunSummary& summary) {
  json.key("positions").begin_array();
  for (const engine::TokenReport& token : summary.tokens) {
    if (!has_position(token)) continue;
    json.begin_object().field("token_id", token.token_id).field("size", to_text(token.size));
    write_money(json, "cost", token.cost);
    write_money(json, "mark", token.mark);
    write_money(json, "realized", token.realized);
    write_money(json, "unrealized", token.unrealized);
    write_money(json, "fees", token.fees);
    json.field("phase", engine::to_text(token.phase)).field("reason", token.reason).end_object();
  }
  json.end_array();
}

/// What became of the lines of the captures (a backtest only).
void write_lines(JsonWriter& json, const RunSummary& summary) {
  if (!summary.paper) return;
  std::uint64_t total = 0;
  for (const auto& [reason, count] : summary.skipped) total += count;
  json.field("lines", summary.lines).key("skipped").begin_object().field("total", total);
  json.key("by_reason").begin_object();
  for (const auto& [reason, count] : summary.skipped) json.field(reason, count);
  json.end_object().end_object();
}

void write_feed_ended(JsonWriter& json, const RunSummary& summary) {
  if (!summary.paper && summary.feed_ended.empty()) return;
  Usdc cost;
  Usdc marked;
  json.key("feed_ended").begin_object().key("positions").begin_array();
  for (const runner::FeedEndedSummary& ended : summary.feed_ended) {
    cost += ended.cost;
    marked += ended.marked;
    json.begin_object().field("slug", ended.slug).field("token_id", ended.token_id);
    json.field("size", to_text(ended.size));
    write_money(json, "cost", ended.cost);
    write_money(json, "marked", ended.marked);
    write_money(json, "unrealized", ended.marked - ended.cost);
    json.end_object();
  }
  json.end_array();
  write_money(json, "cost", cost);
  write_money(json, "marked", marked);
  write_money(json, "unrealized", marked - cost);
  json.end_object();
}

void write_token(JsonWriter& json, const engine::TokenReport& token, double minutes) {
  const engine::TokenStats& stats = token.stats;
  std::uint64_t events = 0;
  for (const std::uint32_t count : stats.events) events += count;
  const std::uint64_t evaluations = stats.evaluations_on_event + stats.evaluations_on_timer;
  const auto per_minute = [&](std::uint64_t count) {
    return minutes > 0.0 ? static_cast<double>(count) / minutes : 0.0;
  };
  json.begin_object().field("token_id", token.token_id).field("question", token.question).field("slug", token.slug);
  json.field("outcome", token.outcome).field("tier", token.tier).field("phase", engine::to_text(token.phase));
  json.field("reason", token.reason);
  write_event_kinds(json, "events", stats.events);
  json.field("events_per_minute", per_minute(events)).field("quote_changes", stats.quote_changes);
  json.field("prints", stats.prints).field("evaluations", evaluations);
  json.field("evaluations_per_minute", per_minute(evaluations));
  json.key("orders").begin_object().field("placed", stats.orders_placed).field("live", stats.orders_live);
  json.field("filled", stats.orders_filled).field("canceled", stats.orders_canceled);
  json.field("rejected", stats.orders_rejected).end_object();
  write_ratio(json, "live_to_filled", stats.live_filled, stats.orders_live);
  write_ratio(json, "live_to_canceled", stats.live_canceled, stats.orders_live);
  json.key("mean_time_to_fill_ms");
  stats.live_filled == 0 ? json.null() : json.value(to_ms(stats.time_to_fill) / stats.live_filled);
  json.key("data_age_ms").begin_object().field("p50", stats.ages.quantile_ms(0.50));
  json.field("p95", stats.ages.quantile_ms(0.95)).end_object();
  json.field("window_points", stats.window_points).field("signals", stats.signals).field("fills", token.fills);
  json.field("round_trips", token.round_trips);
  json.key("pnl").begin_object();
  write_money(json, "total", token.realized + token.unrealized - token.fees);
  write_money(json, "realized", token.realized);
  write_money(json, "unrealized", token.unrealized);
  write_money(json, "fees", token.fees);
  json.end_object().end_object();
}

void write_order(JsonWriter& json, const execution::Order& order, std::string_view token_id) {
  const model::PlaceOrder& intent = order.intent;
  json.begin_object().field("order_id", model::to_text(intent.id)).field("token_id", token_id);
  json.field("side", model::to_text(intent.side)).field("type", model::to_text(intent.type));
  json.field("post_only", intent.crossing == model::Crossing::post_only);
  json.field("purpose", model::to_text(intent.purpose)).field("price", to_text(intent.price));
  json.field("size", to_text(intent.size)).field("filled", to_text(order.filled));
  json.field("state", model::to_text(order.state)).field("reference", to_text(order.reference));
  json.field("created_at", iso_text(intent.time)).field("live_at", iso_text(order.live_since));
  json.field("first_fill_at", iso_text(order.first_fill_at)).field("ended_at", iso_text(order.ended_at));
  json.key("cancel_reason");
  order.cancel_requested ? json.value(model::to_text(order.cancel_reason)) : json.null();
  json.key("reject_reason");
  order.reject != model::RejectKind::none ? json.value(model::to_text(order.reject)) : json.null();
  json.end_object();
}

void write_leg(JsonWriter& json, const portfolio::LegReport& leg, std::string_view token_id) {
  json.begin_object().field("trade_id", leg.trade.view()).field("order_id", model::to_text(leg.order));
  json.field("token_id", token_id).field("side", model::to_text(leg.side)).field("size", to_text(leg.size));
  write_money(json, "cash", leg.dollars);
  write_money(json, "fee", leg.fee);
  json.field("status", model::to_text(leg.status)).end_object();
}

/// With --verbose: every order that is still kept and every leg of every trade.
void write_detail(JsonWriter& json, const RunSummary& summary) {
  std::map<std::uint32_t, std::string_view> ids;
  for (const engine::TokenReport& token : summary.tokens) ids.emplace(token.token.value(), token.token_id);
  json.key("fills_detail").begin_array();
  for (const portfolio::LegReport& leg : summary.legs) write_leg(json, leg, ids[leg.token.value()]);
  json.end_array();
  json.key("orders_detail").begin_array();
  for (const execution::Order& order : summary.orders) write_order(json, order, ids[order.intent.token.value()]);
  json.end_array();
}

}  // namespace

std::vector<Error> problems_of(const RunSummary& summary) {
  std::vector<Error> problems = summary.errors;
  if (summary.invariants_violated > 0) {
    problems.push_back({"invariant.violated", fmt::format("{} invariants were violated", summary.invariants_violated),
                        "the violations are listed with the result; please report them with the command line"});
  }
  return problems;
}

std::int64_t skipped_evaluations(const RunSummary& summary) {
  const engine::EngineStats& stats = summary.stats;
  return static_cast<std::int64_t>(stats.quote_changes_traded + stats.prints_traded) -
         static_cast<std::int64_t>(stats.evaluations_on_event);
}

std::optional<Usdc> markout_per_share(const portfolio::Markout& markout) {
  if (markout.size.raw() <= 0) return std::nullopt;
  const __int128 scaled = static_cast<__int128>(markout.sum.raw()) * kShareScale;
  return Usdc(static_cast<std::int64_t>(scaled / markout.size.raw()));
}

std::string summary_json(const RunSummary& summary, Detail detail) {
  JsonWriter json;
  json.begin_object();
  write_head(json, summary.command, summary.wall_seconds, problems_of(summary));
  write_run(json, summary);
  write_pnl(json, summary);
  write_fills(json, summary);
  write_orders(json, summary);
  write_signals(json, summary);
  write_events(json, summary);
  write_commands(json, summary);
  write_markouts(json, summary);
  write_health(json, summary);
  write_positions(json, summary);
  write_lines(json, summary);
  write_wire(json, summary);
  write_feed_ended(json, summary);
  json.key("tokens_detail").begin_array();
  const double minutes = seconds_of(summary.market_time) / 60.0;
  for (const engine::TokenReport& token : summary.tokens) write_token(json, token, minutes);
  json.end_array();
  if (detail == Detail::verbose) write_detail(json, summary);
  json.end_object();
  return json.text();
}

}  // namespace ebb::app
