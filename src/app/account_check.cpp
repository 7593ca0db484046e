#include "app/account_check.hpp"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <string_view>
#include <thread>
#include <vector>

#include "base/decimal.hpp"
#include "net/http_client.hpp"
#include "polymarket/json_tree.hpp"

namespace ebb::app {
namespace {

using polymarket::JsonKind;
using polymarket::JsonTree;

constexpr Duration kTimeout = seconds(10);
constexpr int kTries = 40;  // of half a second: payouts and settlements arrive meanwhile
constexpr auto kBetween = std::chrono::milliseconds(500);

struct Truth {
  Usdc cash;
  std::map<std::string, Shares, std::less<>> positions;
  std::size_t open_orders = 0;
  std::size_t fills = 0;
  std::vector<std::string> complaints;
};

/// Indices of the elements of a member that is an array; none for anything else.
std::vector<std::uint32_t> elements(const JsonTree& tree, std::string_view key) {
  std::vector<std::uint32_t> indices;
  const std::uint32_t array = tree.find(0, key);
  if (array == 0 || tree[array].kind != JsonKind::array) return indices;
  for (std::uint32_t i = array + 1; i < tree[array].end; i = tree[i].end) indices.push_back(i);
  return indices;
}

Expected<Truth> read_truth(const std::string& text) {
  const auto unreadable = [] {
    return fail("account.unreadable", "the exchange's account page is not what it should be");
  };
  JsonTree tree;
  if (!tree.parse(text) || tree[0].kind != JsonKind::object) return unreadable();
  Truth truth;
  const auto cash = parse_usdc(tree.member(0, "cash").text);
  for (const std::string_view key : {"positions", "open_orders", "fills", "violations"}) {
    if (tree.member(0, key).kind != JsonKind::array) return unreadable();
  }
  if (!cash) return unreadable();
  truth.cash = *cash;
  for (const std::uint32_t i : elements(tree, "positions")) {
    const auto size = parse_shares(tree.member(i, "size").text);
    if (!size) return unreadable();
    if (size->raw() != 0) truth.positions.emplace(tree.member(i, "token_id").text, *size);
  }
  truth.open_orders = elements(tree, "open_orders").size();
  truth.fills = elements(tree, "fills").size();
  for (const std::uint32_t i : elements(tree, "violations")) truth.complaints.emplace_back(tree[i].text);
  return truth;
}

Expected<Truth> fetch_truth(const std::string& url, const net::TlsClientContext& tls) {
  TRY(address, net::parse_url(url));
  HttpRequest request;
  request.target = address.target;
  TRY(response, net::fetch(address, tls, std::move(request), kTimeout));
  if (response.status != 200)
    return fail("account.unreadable", fmt::format("the exchange's account page answers {}", response.status));
  return read_truth(response.body);
}

/// What differs, in words; empty when nothing does.
std::vector<std::string> differences(const Truth& truth, const engine::Engine& engine) {
  std::vector<std::string> found;
  const portfolio::Ledger& ledger = engine.ledger();
  if (truth.cash != ledger.cash())
    found.push_back(
        fmt::format("cash: the exchange has {}, the ledger {}", to_text(truth.cash), to_text(ledger.cash())));
  for (std::uint32_t i = 0; i < engine.markets().token_count(); ++i) {
    const model::TokenIndex token(i);
    const std::string& id = engine.markets().token_id(token);
    const auto known = truth.positions.find(id);
    const Shares theirs = known == truth.positions.end() ? Shares(0) : known->second;
    const Shares ours = ledger.position(token).matched;
    if (theirs != ours)
      found.push_back(fmt::format("{}: the exchange has {} shares, the ledger {}", id, to_text(theirs), to_text(ours)));
  }
  if (truth.fills != ledger.fills())
    found.push_back(fmt::format("fills: the exchange has {}, the ledger {}", truth.fills, ledger.fills()));
  if (truth.open_orders != engine.orders().open().size()) {
    found.push_back(
        fmt::format("open orders: the exchange has {}, we {}", truth.open_orders, engine.orders().open().size()));
  }
  return found;
}

}  // namespace

void compare_with_account(const std::string& url, const net::TlsClientContext& tls, const engine::Engine& engine,
                          runner::RunSummary& summary) {
  std::vector<std::string> found;
  std::vector<std::string> complaints;
  for (int i = 0; i < kTries; ++i) {
    const auto truth = fetch_truth(url, tls);
    if (!truth) {
      summary.errors.push_back(truth.error());
      return;
    }
    found = differences(*truth, engine);
    complaints = truth->complaints;
    if (found.empty()) break;
    std::this_thread::sleep_for(kBetween);
  }
  const auto violated = [&](std::string rule, std::string text) {
    ++summary.invariants_violated;
    ++summary.violations_by_rule[rule];
    summary.violations.push_back(
        {.rule = std::move(rule), .time = engine.now().ns(), .token_id = {}, .detail = std::move(text)});
  };
  summary.invariants_checked += 4 + engine.markets().token_count();
  for (std::string& text : found) violated("ledger_equals_venue", std::move(text));
  for (std::string& text : complaints) violated("exchange_complains", std::move(text));
}

}  // namespace ebb::app
