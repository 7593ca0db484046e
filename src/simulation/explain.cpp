#include "simulation/explain.hpp"

#include <fmt/format.h>

#include "base/decimal.hpp"

namespace ebb::simulation {
namespace {

double span(Timestamp at, Timestamp beginning) { return to_seconds(at - beginning); }

std::string token_text(const engine::TokenReport& r, Timestamp beginning) {
  std::string out = fmt::format(
      "  token {} {}: {}; {}\n  bid {} ask {} tick {} trusted {} data age {:.2f} s link age {:.2f} s\n"
      "  high {} drop {:.4f} needed {:.4f}, {} points; last signal {:.3f} {} x{}\n"
      "  held {} sellable {} settling {} cost {} floor {}\n",
      r.token.value(), r.token_id.substr(0, 12), engine::to_text(r.phase), r.reason, to_text(r.quote.bid),
      to_text(r.quote.ask), to_text(r.tick), r.trusted, to_seconds(r.data_age), to_seconds(r.link_age),
      to_text(r.window_high), r.drop_now, r.drop_needed, r.window_points,
      r.last_signal.is_set() ? span(r.last_signal, beginning) : -1.0, r.last_refusal, r.refusal_repeats,
      to_text(r.size), to_text(r.sellable), to_text(r.settling), to_text(r.cost), to_text(r.floor));
  for (const std::string& guard : r.guards) out += fmt::format("  guard: {}\n", guard);
  for (const engine::OrderReport& o : r.orders) {
    out += fmt::format("  order {} {} {} {}@{} filled {} age {:.2f}\n", model::to_text(o.id).substr(0, 12),
                       model::to_text(o.side), model::to_text(o.state), to_text(o.size), to_text(o.price),
                       to_text(o.filled), to_seconds(o.age));
  }
  for (const engine::Decision& d : r.decisions) {
    out += fmt::format("  {:9.3f} {} {} {}@{} {}\n", span(d.at, beginning), engine::to_text(d.kind),
                       model::to_text(d.side), to_text(d.size), to_text(d.price), d.reason);
  }
  return out;
}

}  // namespace

std::string explain(const engine::Engine& engine, const session::OrderDesk& desk, std::string_view token_id,
                    Timestamp beginning) {
  std::string out = fmt::format(
      "  trader's clock {:.3f} s; desk gate {} {} mode {} queued {} in flight {}\n", span(engine.now(), beginning),
      desk.sender().gate_open() ? "open" : "closed:", desk.sender().gate_reasons(),
      static_cast<int>(desk.sender().mode()), desk.sender().queued(), desk.sender().in_flight());
  const model::TokenIndex token = token_id.empty() ? model::TokenIndex::none() : engine.markets().find_token(token_id);
  if (!token.valid()) return out;
  out += token_text(engine.report(token), beginning);
  const model::MarketIndex market = engine.markets().token(token).market;
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex other = engine.markets().token_of(market, outcome);
    if (other.valid() && other != token) out += token_text(engine.report(other), beginning);
  }
  return out;
}

namespace {

struct Describer {
  const model::MarketTable& markets;
  [[nodiscard]] std::string token(model::TokenIndex t) const {
    return t.valid() ? markets.token_id(t).substr(0, 12) : std::string("-");
  }
  std::string operator()(const model::IntentRecord& r) const {
    return fmt::format("intent {} {} {} {}@{}", model::to_text(r.order.id).substr(0, 12), token(r.order.token),
                       model::to_text(r.order.side), to_text(r.order.size), to_text(r.order.price));
  }
  std::string operator()(const model::OrderRecord& r) const {
    return fmt::format("order {} {} {} {} filled {} claimed {}{}", model::to_text(r.id).substr(0, 12), token(r.token),
                       to_text(r.step), to_text(r.state), to_text(r.filled), to_text(r.claimed),
                       r.cancel_requested ? " cancel " + std::string(to_text(r.cancel_reason)) : "");
  }
  std::string operator()(const model::FillRecord& r) const {
    return fmt::format("fill {} {} {} {}@{} {}", token(r.trade.token), r.trade.trade.view().substr(0, 8),
                       model::to_text(r.trade.side), to_text(r.trade.size), to_text(r.trade.price),
                       to_text(r.trade.status));
  }
  std::string operator()(const model::LedgerRecord& r) const {
    return fmt::format("ledger {} {} size {} dollars {} payout {}", token(r.token), to_text(r.change), to_text(r.size),
                       to_text(r.dollars), to_text(r.payout));
  }
  std::string operator()(const model::DifferenceRecord& r) const {
    return fmt::format("difference {} {} ours {} theirs {}: {} -> {}", to_text(r.kind), token(r.token), r.ours,
                       r.theirs, r.verdict, r.action);
  }
  std::string operator()(const model::IncidentRecord& r) const {
    return fmt::format("incident {} {} {}", r.kind, token(r.token), r.value);
  }
  std::string operator()(const model::TokenRecord& r) const {
    return fmt::format("token {} {} blocks {:#x} floor {}", token(r.token), r.phase, r.blocks, to_text(r.floor));
  }
  std::string operator()(const model::RefusalRecord& r) const {
    return fmt::format("refusal {} {}", token(r.token), r.reason);
  }
  std::string operator()(const model::SweepRecord& r) const { return fmt::format("swept {}", r.complete_until.ms()); }
  std::string operator()(const model::OperatorRecord& r) const {
    return fmt::format("operator {} {}", static_cast<int>(r.request.action), token(r.request.token));
  }
  std::string operator()(const auto&) const { return {}; }
};

}  // namespace

std::string describe(const model::Record& record, const model::MarketTable& markets, Timestamp now,
                     Timestamp beginning) {
  const std::string text = std::visit(Describer{markets}, record.body);
  return text.empty() ? text : fmt::format("{:9.3f} {}\n", span(now, beginning), text);
}

}  // namespace ebb::simulation
