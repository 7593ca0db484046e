#include "crashtest/truth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/decimal.hpp"
#include "net/http_client.hpp"
#include "polymarket/json_tree.hpp"

namespace ebb::crashtest {
namespace {

using polymarket::JsonKind;
using polymarket::JsonTree;

constexpr Duration kTimeout = seconds(10);
constexpr std::size_t kLargestPage = 64U << 20U;
constexpr int kNotFound = 404;

/// Calls `take` with the index of each element of the member `key`; false when it is no array.
template <class Take>
bool each(const JsonTree& tree, std::string_view key, Take take) {
  const std::uint32_t array = tree.find(0, key);
  if (array == 0 || tree[array].kind != JsonKind::array) return false;
  for (std::uint32_t i = array + 1; i < tree[array].end; i = tree[i].end) take(i);
  return true;
}

/// Reads the members of one object; remembers whether all were there.
class Row {
 public:
  Row(const JsonTree& tree, std::uint32_t object) : tree_(tree), object_(object) {}
  std::string text(std::string_view key) {
    const auto& node = tree_.member(object_, key);
    good_ = good_ && node.kind == JsonKind::string;
    return std::string(node.text);
  }
  Shares shares(std::string_view key) {
    const auto value = parse_shares(tree_.member(object_, key).text);
    good_ = good_ && value.has_value();
    return value.value_or(Shares(0));
  }
  Timestamp ms(std::string_view key) {
    const auto value = parse_scaled(tree_.member(object_, key).text, 0);
    good_ = good_ && value.has_value();
    return from_ms(value.value_or(0));
  }
  OrderSide side() { return text("side") == "BUY" ? OrderSide::buy : OrderSide::sell; }
  [[nodiscard]] bool has(std::string_view key) const { return tree_.find(object_, key) != 0; }
  [[nodiscard]] bool good() const { return good_; }

 private:
  const JsonTree& tree_;
  std::uint32_t object_;
  bool good_ = true;
};

bool take_orders(const JsonTree& tree, Truth& truth) {
  bool good = true;
  return each(tree, "orders",
              [&](std::uint32_t i) {
                Row row(tree, i);
                TruthOrder order{.id = row.text("id"),
                                 .token = row.text("token_id"),
                                 .side = row.side(),
                                 .size = row.shares("size"),
                                 .matched = row.shares("size_matched"),
                                 .placed = row.ms("at"),
                                 .status = row.text("status")};
                order.live = order.status == "LIVE";
                if (row.has("ended")) order.ended = row.ms("ended");
                good = good && row.good();
                truth.orders.push_back(std::move(order));
              }) &&
         good;
}

bool take_fills(const JsonTree& tree, Truth& truth) {
  bool good = true;
  return each(tree, "fills",
              [&](std::uint32_t i) {
                Row row(tree, i);
                truth.fills.push_back({.trade = row.text("trade_id"),
                                       .order = row.text("order_id"),
                                       .token = row.text("token_id"),
                                       .side = row.side(),
                                       .size = row.shares("size"),
                                       .at = row.ms("at"),
                                       .status = row.text("status")});
                good = good && row.good();
              }) &&
         good;
}

bool take_positions(const JsonTree& tree, Truth& truth) {
  bool good = true;
  return each(tree, "positions",
              [&](std::uint32_t i) {
                Row row(tree, i);
                const Shares size = row.shares("size");
                if (size.raw() != 0) truth.positions.emplace(row.text("token_id"), size);
                good = good && row.good();
              }) &&
         good;
}

bool take_violations(const JsonTree& tree, Truth& truth) {
  return each(tree, "violations", [&](std::uint32_t i) {
    Row row(tree, i);
    truth.violations.push_back(row.text("rule") + " " + row.text("detail"));
  });
}

}  // namespace

bool Truth::settled() const {
  return std::all_of(fills.begin(), fills.end(), [](const TruthFill& fill) {
    return fill.status == "MINED" || fill.status == "CONFIRMED" || fill.status == "FAILED";
  });
}

Expected<Truth> read_truth(const std::string& text) {
  JsonTree tree;
  Truth truth{.exists = true};
  const bool whole = tree.parse(text) && tree[0].kind == JsonKind::object;
  const auto cash = whole ? parse_usdc(tree.member(0, "cash").text) : std::nullopt;
  if (!cash || !take_orders(tree, truth) || !take_fills(tree, truth) || !take_positions(tree, truth) ||
      !take_violations(tree, truth)) {
    return fail("crashtest.truth", "the exchange's account page is not what it should be");
  }
  truth.cash = *cash;
  return truth;
}

Expected<Truth> fetch_truth(const std::string& admin, const std::string& address, const net::TlsClientContext& tls) {
  TRY(url, net::parse_url(admin + "/accounts/" + address));
  HttpRequest request;
  request.target = url.target;
  TRY(response, net::fetch(url, tls, std::move(request), kTimeout, kLargestPage));
  if (response.status == kNotFound) return Truth{};
  if (response.status != 200)
    return fail("crashtest.truth", fmt::format("the exchange's account page answers {}", response.status));
  return read_truth(response.body);
}

}  // namespace ebb::crashtest
