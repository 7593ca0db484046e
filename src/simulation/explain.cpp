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

}  // namespace ebb::simulation
