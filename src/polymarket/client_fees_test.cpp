// Fees as the official clients compute them, in exact rationals, and our fee as that rounded up to 1e-5 dollars.
//
// The clients' adjustments of a market BUY to the balance live here only: ebb reserves the fee beside the order and never
// shrinks a budget by a formula. The two official clients differ: TypeScript subtracts the fee of the requested amount,
// Python divides, which spends the balance exactly.
#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>

#include "base/decimal.hpp"
#include "model/fees.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

using Rational = boost::multiprecision::cpp_rational;

constexpr int kDecimals = 12;
Rational rational(std::string_view text) {
  return Rational(parse_scaled(text, kDecimals).value()) / Rational(1'000'000'000'000);
}

struct Terms {
  Rational price, rate, builder, slippage;  // slippage in percent, on the platform's fee
  int exponent = 1;
};

Rational fee_a_share(const Terms& terms) {
  Rational fee = terms.rate;
  for (int i = 0; i < terms.exponent; ++i) fee *= terms.price * (1 - terms.price);
  return fee;
}

/// Platform and builder fee of a BUY for `amount` dollars.
Rational cost_of(const Rational& amount, const Terms& terms) {
  return amount / terms.price * fee_a_share(terms) * (1 + terms.slippage / 100) + amount * terms.builder;
}

Rational adjusted_by_typescript(const Rational& amount, const Rational& balance, const Terms& terms) {
  const Rational cost = cost_of(std::min(amount, balance), terms);
  return balance <= amount + cost ? Rational(balance - cost) : amount;
}

Rational adjusted_by_python(const Rational& amount, const Rational& balance, const Terms& terms) {
  if (balance > amount + cost_of(amount, terms)) return amount;
  return balance / (1 + fee_a_share(terms) * (1 + terms.slippage / 100) / terms.price + terms.builder);
}

Usdc rounded_up(const Rational& dollars) {
  const Rational units = dollars * 100'000;
  const boost::multiprecision::cpp_int whole = (numerator(units) + denominator(units) - 1) / denominator(units);
  return Usdc(static_cast<std::int64_t>(whole) * 10);
}

TEST(ClientFees, platform_fees_are_exact_and_ours_are_those_rounded_up) {
  EBB_VECTORS_OR_SKIP(file, "fees.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "platform_fee_cases");
  int checked = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++checked) {
    const auto text = [&](std::string_view key) { return tree.member(i, key).text; };
    const Terms terms{.price = rational(text("price")),
                      .rate = rational(text("rate")),
                      .exponent = static_cast<int>(parse_scaled(text("exponent"), 0).value())};
    const Rational fee = rational(text("shares")) * fee_a_share(terms);
    EXPECT_EQ(fee, rational(text("fee"))) << checked;
    const auto rate_bps = static_cast<std::int32_t>(parse_scaled(text("rate"), 4).value());
    EXPECT_EQ(model::taker_fee(parse_price(text("price")).value(), parse_shares(text("shares")).value(),
                               {rate_bps, terms.exponent}),
              rounded_up(fee))
        << checked;
  }
  EXPECT_EQ(checked, 10);
}

TEST(ClientFees, adjusted_budgets_are_those_of_the_typescript_client_and_differ_from_pythons) {
  EBB_VECTORS_OR_SKIP(file, "fees.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "adjust_buy_amount_cases");
  int checked = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++checked) {
    const auto value = [&](std::string_view key) { return rational(tree.member(i, key).text); };
    const Terms terms{.price = value("price"),
                      .rate = value("rate"),
                      .builder = value("builder"),
                      .slippage = value("slip"),
                      .exponent = static_cast<int>(parse_scaled(tree.member(i, "exp").text, 0).value())};
    const Rational amount = value("amount"), balance = value("balance");
    EXPECT_EQ(adjusted_by_typescript(amount, balance, terms), value("result")) << checked;
    const Rational python = adjusted_by_python(amount, balance, terms);
    EXPECT_GT(python, value("result")) << "subtracting leaves a part of the balance unspent";
    EXPECT_EQ(python + cost_of(python, terms), balance) << "dividing spends it exactly";
  }
  EXPECT_EQ(checked, 6);
  const Terms plain{.price = rational("0.5"), .rate = rational("0.25"), .exponent = 2};
  EXPECT_EQ(adjusted_by_python(50, 50, plain), Rational(1600) / 33);
  EXPECT_EQ(adjusted_by_typescript(50, 60, plain), 50) << "enough for both";
  EXPECT_EQ(adjusted_by_python(50, 60, plain), 50);
}

}  // namespace
}  // namespace ebb::polymarket
