#include "crashtest/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.hpp"

namespace ebb::crashtest {
namespace {

/// Two BUYs of one token must not live at one moment. The exchange's clock tells milliseconds: what ends in the millisecond in
/// which the next is placed has ended before it.
void judge_live_buys(const Truth& truth, Verdict& verdict) {
  std::map<std::string, const TruthOrder*> last;
  for (const TruthOrder& order : truth.orders) {
    if (order.side != OrderSide::buy) continue;
    const TruthOrder*& before = last[order.token];
    if (before != nullptr && before->ended > order.placed) {
      ++verdict.doubled;
      verdict.violations.push_back(
          fmt::format("two live BUYs of {}: {} was placed while {} lived", order.token, order.id, before->id));
    }
    if (before == nullptr || order.ended > before->ended) before = &order;
  }
}

struct Step {
  Timestamp at;
  int rank;  ///< of one millisecond: sales first, then ends of orders, then purchases, then new orders
  std::int64_t held;
  std::int64_t open;
};

/// Held and on order together never exceed what one signal may buy.
void judge_holdings(const Truth& truth, Shares largest, Verdict& verdict) {
  std::map<std::string, std::vector<Step>> steps;
  for (const TruthOrder& order : truth.orders) {
    if (order.side != OrderSide::buy) continue;
    steps[order.token].push_back({order.placed, 3, 0, order.size.raw()});
    if (order.ended != kNever) steps[order.token].push_back({order.ended, 1, 0, -(order.size - order.matched).raw()});
  }
  for (const TruthFill& fill : truth.fills) {
    if (fill.status == "FAILED") continue;
    const std::int64_t size = fill.size.raw();
    const bool buy = fill.side == OrderSide::buy;
    steps[fill.token].push_back({fill.at, buy ? 2 : 0, buy ? size : -size, buy ? -size : 0});
  }
  for (auto& [token, list] : steps) {
    std::stable_sort(list.begin(), list.end(),
                     [](const Step& a, const Step& b) { return a.at != b.at ? a.at < b.at : a.rank < b.rank; });
    std::int64_t held = 0, open = 0;
    for (const Step& step : list) {
      held += step.held;
      open += step.open;
      if (held + open <= largest.raw()) continue;
      ++verdict.doubled;
      verdict.violations.push_back(fmt::format("{} shares of {} held and on order at {} ms, {} are allowed",
                                               to_text(Shares(held + open)), token, step.at.ms(), to_text(largest)));
      break;
    }
  }
}

void judge_ids(const Truth& truth, Verdict& verdict) {
  std::set<std::string> seen;
  for (const TruthOrder& order : truth.orders) {
    if (seen.insert(order.id).second) continue;
    ++verdict.doubled;
    verdict.violations.push_back("order " + order.id + " was accepted twice");
  }
}

}  // namespace

void Verdict::add(const Verdict& other) {
  lost += other.lost;
  doubled += other.doubled;
  violations.insert(violations.end(), other.violations.begin(), other.violations.end());
}

Verdict judge_history(const Truth& truth, Shares largest_holding) {
  Verdict verdict;
  for (const std::string& text : truth.violations) verdict.violations.push_back("the exchange complains: " + text);
  judge_ids(truth, verdict);
  judge_live_buys(truth, verdict);
  judge_holdings(truth, largest_holding, verdict);
  return verdict;
}

Verdict judge_books(const Truth& truth, const Books& books) {
  Verdict verdict;
  const auto lose = [&](std::string text) {
    ++verdict.lost;
    verdict.violations.push_back(std::move(text));
  };
  for (const TruthOrder& order : truth.orders) {
    if (!books.orders.contains(order.id)) lose("order " + order.id + " is in no intent of the journal");
    if (order.live) lose("order " + order.id + " is still open after the orderly stop");
  }
  std::set<std::pair<std::string, std::string>> known;
  for (const TruthFill& fill : truth.fills) {
    known.emplace(fill.trade, fill.order);
    if (!books.fills.contains({fill.trade, fill.order}))
      lose(fmt::format("trade {} of order {} is not in the journal", fill.trade, fill.order));
  }
  for (const auto& [trade, order] : books.fills) {
    if (known.contains({trade, order})) continue;
    ++verdict.doubled;
    verdict.violations.push_back(fmt::format("the journal has a trade {} of order {} that never was", trade, order));
  }
  for (const std::string& text : books.repeated_fills) {
    ++verdict.doubled;
    verdict.violations.push_back("booked more than once: " + text);
  }
  if (books.cash != truth.cash)
    verdict.violations.push_back(
        fmt::format("cash: the ledger has {}, the exchange {}", to_text(books.cash), to_text(truth.cash)));
  std::set<std::string> tokens;
  for (const auto& [token, size] : truth.positions) tokens.insert(token);
  for (const auto& [token, size] : books.positions) tokens.insert(token);
  for (const std::string& token : tokens) {
    const auto size_in = [&](const std::map<std::string, Shares>& positions) {
      const auto it = positions.find(token);
      return it == positions.end() ? Shares(0) : it->second;
    };
    if (size_in(truth.positions) != size_in(books.positions))
      verdict.violations.push_back(fmt::format("{}: the ledger has {} shares, the exchange {}", token,
                                               to_text(size_in(books.positions)), to_text(size_in(truth.positions))));
  }
  return verdict;
}

}  // namespace ebb::crashtest
