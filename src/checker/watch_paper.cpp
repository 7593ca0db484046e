// The paper venue's use of recorded liquidity (rules 8): each recorded share once, each fill from recorded shares.
#include <fmt/format.h>

#include <algorithm>

#include "checker/watch.hpp"

namespace ebb::checker {
namespace {

/// A print and the unit granted for it may be told in either order, this far apart.
constexpr SpanNs kPairing = 2 * kSecond;

std::string_view name_of(PaperUnitKind kind) {
  constexpr std::string_view kNames[] = {"print", "displayed", "taken", "fall"};
  const auto i = static_cast<std::size_t>(kind);
  return i < 4 ? kNames[i] : "?";
}

Micros sum_of(const std::map<std::string, Micros>& by_order, const std::string& id) {
  const auto it = by_order.find(id);
  return it == by_order.end() ? 0 : it->second;
}

}  // namespace

void Checker::Impl::paper_grant(const PaperGrant& grant) {
  if (static_cast<std::size_t>(grant.kind) >= granted_.size() || grant.size <= 0) return;
  paper_told_ = true;
  const auto [it, fresh] = grants_.try_emplace(grant.unit, GrantWatch{grant});
  report.check(Rule::paper_used_twice, fresh, now, grant.token_id,
               [&] { return fmt::format("unit {} granted twice", grant.unit); });
  if (!fresh) return;
  granted_[static_cast<std::size_t>(grant.kind)] += grant.size;
  const std::size_t index = token_of(grant.token_id);
  // Without the recording there is nothing to compare a unit with.
  if (index == kNoToken || grant.kind == PaperUnitKind::fall || !tokens_[index]->fed) return;
  pending_grants_.push_back({now, grant, index});
  judge_paper(index);
}

void Checker::Impl::paper_print(std::size_t token, PriceRaw price, Micros size) {
  if (!paper_told_ && config.mode != Mode::paper) return;
  prints_[token].push_back({now, price, size});
  judge_paper(token);
}

/// Pairs what was granted for a token with what its recording shows: a print with a print of the same price and size
/// (each once), a displayed or taken size with a level that shows at least that much.
void Checker::Impl::judge_paper(std::size_t index) {
  if (pending_grants_.empty()) return;
  auto& prints = prints_[index];
  const TokenWatch& token = *tokens_[index];
  std::erase_if(pending_grants_, [&](const GrantPending& pending) {
    if (pending.token != index) return false;
    const PaperGrant& grant = pending.grant;
    bool founded = false;
    if (grant.kind == PaperUnitKind::print) {
      const auto it = std::find_if(prints.begin(), prints.end(),
                                   [&](const PrintSeen& p) { return p.price == grant.price && p.size == grant.size; });
      founded = it != prints.end();
      if (founded) prints.erase(it);
    } else {
      const BookView& book = token.feed.book();
      founded = std::max(book.size_at(Side::buy, grant.price), book.size_at(Side::sell, grant.price)) >= grant.size;
    }
    if (founded) check(Rule::paper_unfounded, true, token, [] { return std::string(); });
    return founded;
  });
}

void Checker::Impl::expire_paper() {
  while (!pending_grants_.empty() && now - pending_grants_.front().time > kPairing) {
    const GrantPending& pending = pending_grants_.front();
    check(Rule::paper_unfounded, false, *tokens_[pending.token], [&] {
      return fmt::format("unit {}: {} {}@{} is not in the recording", pending.grant.unit, name_of(pending.grant.kind),
                         pending.grant.size, pending.grant.price);
    });
    pending_grants_.pop_front();
  }
  for (auto& [token, prints] : prints_) {
    while (!prints.empty() && now - prints.front().time > kPairing) prints.pop_front();
  }
}

void Checker::Impl::paper_used(const PaperUsed& used) {
  if (static_cast<std::size_t>(used.rule) >= granted_.size() || used.size <= 0) return;
  paper_told_ = true;
  const auto it = grants_.find(used.unit);
  const OrderWatch* order = order_of(used.order_id);
  const std::string token_id = order == nullptr ? std::string() : order->claim.token_id;
  if (it == grants_.end()) {
    report.check(Rule::paper_exceeds_grants, false, now, token_id,
                 [&] { return fmt::format("unit {} was never granted", used.unit); });
    return;
  }
  GrantWatch& unit = it->second;
  unit.used += used.size;
  report.check(Rule::paper_used_twice, unit.used <= unit.grant.size, now, token_id,
               [&] { return fmt::format("unit {}: {} used of {}", used.unit, unit.used, unit.grant.size); });
  const auto rule = static_cast<std::size_t>(used.rule);
  if (used.use == PaperUse::fill) {
    filled_[rule] += used.size;
    // What falls would have given is the optimistic shadow of the same orders (rules 8.6).
    (used.rule == PaperUnitKind::fall ? shadow_by_order_ : filled_by_order_)[used.order_id] += used.size;
  }
  report.check(Rule::paper_exceeds_grants, used.rule == unit.grant.kind && filled_[rule] <= granted_[rule], now,
               token_id, [&] {
                 return fmt::format("unit {} ({}) used as {}: {} filled of {}", used.unit, name_of(unit.grant.kind),
                                    name_of(used.rule), filled_[rule], granted_[rule]);
               });
}

void Checker::Impl::finish_paper() {
  while (!pending_grants_.empty() && config.mode == Mode::paper) {
    now = std::max(now, pending_grants_.front().time + kPairing + 1);
    expire_paper();
  }
  if (!paper_told_ || config.mode != Mode::paper) return;
  std::map<std::string, Micros> filled;
  (truth_known() ? truth_ : received_).each_leg([&](std::size_t, const Leg& leg) { filled[leg.order_id] += leg.size; });
  for (const auto& entry : filled) {
    const Micros size = entry.second;
    const Micros strict = sum_of(filled_by_order_, entry.first);
    const Micros optimistic = strict + sum_of(shadow_by_order_, entry.first);
    const OrderWatch* order = order_of(entry.first);
    report.check(Rule::paper_unexplained, size == strict || size == optimistic, now,
                 order == nullptr ? std::string_view() : std::string_view(order->claim.token_id), [&] {
                   return fmt::format("{}: {} filled, {} from recorded units, {} with falls", entry.first, size, strict,
                                      optimistic);
                 });
  }
}

}  // namespace ebb::checker
