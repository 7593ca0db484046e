// Whatever is commanded and whatever the venue answers: no budget is exceeded, no order is left without an answer, none leaves
// late or through a closed gate, and what is urgent goes first.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "polymarket/json_tree.hpp"
#include "polymarket/limits.hpp"
#include "session/order_sender_fixture.hpp"

namespace ebb::session::test {
namespace {

/// What the venue counts, in tokens times ns, by the published numbers.
class VenueBucket {
 public:
  VenueBucket(std::int64_t rate, std::int64_t burst)
      : rate_(rate), full_(static_cast<__int128>(burst) * kNs), left_(full_) {}
  /// What is left after taking `cost` at `at`.
  __int128 take(Timestamp at, std::int64_t cost) {
    if (last_.is_set()) left_ = std::min(full_, left_ + static_cast<__int128>((at - last_).raw()) * rate_);
    last_ = at;
    left_ -= static_cast<__int128>(cost) * kNs;
    return left_;
  }
  static constexpr std::int64_t kNs = 1'000'000'000;

 private:
  std::int64_t rate_;
  __int128 full_, left_;
  Timestamp last_;
};

std::vector<std::string> tokens_in(const std::string& body) {
  polymarket::JsonTree tree;
  RC_ASSERT(tree.parse(body));
  std::vector<std::string> out;
  const auto read = [&](std::uint32_t object) {
    out.emplace_back(tree.member(tree.find(object, "order"), "salt").text);
  };
  if (tree[0].kind == polymarket::JsonKind::object) {
    read(0);
  } else {
    for (std::uint32_t i = 1; i < tree[0].end; i = tree[i].end) read(i);
  }
  return out;
}

std::int64_t cost_of(const HttpRequest& request) {
  if (request.target == "/orders" && request.method == HttpMethod::del)
    return static_cast<std::int64_t>(std::count(request.body.begin(), request.body.end(), ',')) + 1;
  return request.target == "/orders" ? static_cast<std::int64_t>(tokens_in(request.body).size()) : 1;
}

struct Step {
  int what = 0;
  int detail = 0;
};

/// Runs a random schedule against a venue that answers at random.
struct Run {
  explicit Run(OrderSenderOptions options) : rig(std::move(options)) {}

  void place(int detail) {
    static constexpr model::OrderPurpose kPurposes[] = {model::OrderPurpose::dip_buy, model::OrderPurpose::dip_buy,
                                                        model::OrderPurpose::take_profit, model::OrderPurpose::exit};
    const int kind = detail % 4;
    const auto order = rig.place(static_cast<std::uint32_t>(detail / 4 % 4),
                                 kind >= 2 ? model::Side::sell : model::Side::buy, kPurposes[kind]);
    orders.push_back(order);
  }
  void answer(int detail) {
    const auto open = rig.open();
    if (open.empty()) return;
    const std::size_t index = open[static_cast<std::size_t>(detail / 16) % open.size()];
    const HttpRequest& request = rig.sink.sent[index].request;
    const bool many = request.target == "/orders";
    switch (detail % 16) {
      case 0: return rig.respond_to(index, std::unexpected(Error{"net.not_sent", "no connection", ""}));
      case 1: return rig.respond_to(index, std::unexpected(Error{"net.timeout", "no answer", ""}));
      case 2: return rig.respond_to(index, HttpResponse{500, {}, "{}"});
      case 3:
        return rig.respond_to(index, HttpResponse{429,
                                                  {{"Retry-After", "1"}, {"Poly-RateLimit-Remaining", "0"}},
                                                  R"({"error":"Too Many Requests"})"});
      case 4: return rig.respond_to(index, HttpResponse{400, {}, R"({"error":"invalid expiration"})"});
      case 5: return rig.respond_to(index, HttpResponse{200, {}, "<html>"});
      case 6:
        return rig.respond_to(index,
                              HttpResponse{400, {}, R"({"error":"Too many orders in payload, max allowed: 2"})"});
      case 7: return rig.respond_to(index, HttpResponse{400, {}, R"({"error":"order_version_mismatch"})"});
      default: break;
    }
    if (request.target == "/version") return rig.respond_to(index, HttpResponse{200, {}, R"({"version":2})"});
    if (request.method == HttpMethod::del) {
      std::string ids = many ? request.body : "[" + request.body.substr(11, 68) + "]";
      return rig.respond_to(index, HttpResponse{200, {}, R"({"canceled":)" + ids + R"(,"not_canceled":{}})"});
    }
    if (request.method == HttpMethod::get) return rig.respond_to(index, HttpResponse{200, {}, SenderRig::page("")});
    std::string body;
    for (const std::string& salt : tokens_in(request.body)) {
      const auto order =
          std::find_if(orders.begin(), orders.end(), [&](const auto& o) { return std::to_string(o.salt) == salt; });
      RC_ASSERT(order != orders.end());
      body += (body.empty() ? "" : ",") + SenderRig::accepted(*order);
    }
    rig.respond_to(index, HttpResponse{200, {}, many ? "[" + body + "]" : body});
  }
  void step(const Step& s) {
    switch (s.what) {
      case 0:
      case 1:
      case 2:
        for (int i = 0; i <= s.detail % 12; ++i) place(s.detail + i * 7);
        break;
      case 3:
        if (!orders.empty()) {
          const auto& order = orders[static_cast<std::size_t>(s.detail) % orders.size()];
          const bool risk = s.detail % 2 == 0;
          rig.submit(model::CancelOrder{order.id, order.token,
                                        risk ? model::CancelReason::risk : model::CancelReason::requote});
          canceled.insert(order.id);
        }
        break;
      case 4:
        if (!orders.empty())
          rig.submit(model::QueryOrder{orders[static_cast<std::size_t>(s.detail) % orders.size()].id});
        break;
      case 5: rig.submit(model::SweepTrades{rig.sink.now - seconds(60)}); break;
      case 6: rig.advance(milliseconds(s.detail % 400)); break;
      default: answer(s.detail); break;
    }
  }
  /// Everything is answered, and every timer fires, until nothing is left to do.
  void settle() {
    for (int round = 0; round < 2'000; ++round) {
      for (std::size_t index : rig.open())
        rig.respond_to(index, std::unexpected(Error{"net.timeout", "no answer", ""}));
      const Timestamp next = rig.sender->next_timer();
      if (rig.open().empty() && next == kNever) return;
      if (next != kNever) rig.advance(std::max(next - rig.sink.now, nanoseconds(0)));
    }
    RC_FAIL("it never comes to rest");
  }

  SenderRig rig;
  std::vector<model::PlaceOrder> orders;
  std::set<model::OrderId> canceled;
};

rc::Gen<std::vector<Step>> schedules() {
  return rc::gen::container<std::vector<Step>>(rc::gen::build<Step>(
      rc::gen::set(&Step::what, rc::gen::inRange(0, 14)), rc::gen::set(&Step::detail, rc::gen::inRange(0, 10'000))));
}

void check_budgets(const RecordingSink& sink) {
  const polymarket::SignerTier tier = polymarket::signer_tiers().front();
  VenueBucket orders(tier.orders_per_second, tier.order_burst);
  VenueBucket cancels(tier.cancels_per_second, tier.cancel_burst);
  std::vector<std::pair<Timestamp, std::string>> windows;
  for (const SentRequest& sent : sink.sent) {
    if (sent.origin != Origin::clob) continue;
    const HttpRequest& r = sent.request;
    if (r.method == HttpMethod::post && r.target.starts_with("/order"))
      RC_ASSERT(orders.take(sent.at, cost_of(r)) >= 0);
    if (r.method == HttpMethod::del)
      RC_ASSERT(cancels.take(sent.at, cost_of(r)) >= -static_cast<__int128>(tier.cancel_burst) * VenueBucket::kNs);
    RC_ASSERT(cost_of(r) <= (r.method == HttpMethod::del ? 1000 : 15));
  }
}

RC_GTEST_PROP(OrderSenderProperty, budgets_answers_and_deadlines_hold_for_every_schedule, ()) {
  const auto steps = *schedules();
  OrderSenderOptions options;
  options.lanes = *rc::gen::inRange(3, 8);
  options.read_lanes = 1;
  options.batch_window = milliseconds(*rc::gen::element(0, 0, 3));
  Run run(options);
  for (const Step& step : steps) run.step(step);
  run.settle();
  check_budgets(run.rig.sink);

  std::map<std::string, const model::PlaceOrder*> by_salt;
  for (const auto& order : run.orders) by_salt[std::to_string(order.salt)] = &order;
  std::map<model::OrderId, int> answers;
  for (const auto& answer : run.rig.sink.places) ++answers[answer.id];
  for (const auto& order : run.orders) RC_ASSERT(answers[order.id] == 1);
  for (const SentRequest& sent : run.rig.sink.sent) {
    if (sent.request.method != HttpMethod::post || !sent.request.target.starts_with("/order")) continue;
    for (const std::string& salt : tokens_in(sent.request.body)) RC_ASSERT(sent.at <= by_salt.at(salt)->drop_after);
  }
  std::set<model::OrderId> told;
  for (const auto& cancel : run.rig.sink.cancels) told.insert(cancel.id);
  for (const auto& id : run.canceled) RC_ASSERT(told.contains(id));
  RC_ASSERT(run.rig.sender->queued() == 0u);
  RC_ASSERT(run.rig.sender->in_flight() == 0u);
}

RC_GTEST_PROP(OrderSenderProperty, what_is_urgent_goes_first, ()) {
  // Everybody waits behind one lane; then all leave, and none overtakes a more urgent one.
  const auto kinds = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4));
  OrderSenderOptions options;
  options.lanes = 3;
  options.read_lanes = 1;
  Run run(options);
  run.place(0);
  for (const int kind : kinds) run.place(kind);
  for (int i = 0; i < 500 && (!run.rig.open().empty() || run.rig.sender->queued() > 0); ++i) {
    run.answer(8);
    if (run.rig.open().empty()) run.rig.advance(milliseconds(5));
  }
  std::vector<std::pair<Timestamp, Urgency>> left;
  for (const SentRequest& sent : run.rig.sink.sent) {
    for (const std::string& salt : tokens_in(sent.request.body)) {
      const auto order = std::find_if(run.orders.begin(), run.orders.end(),
                                      [&](const auto& o) { return std::to_string(o.salt) == salt; });
      left.emplace_back(sent.at, urgency_of(*order));
    }
  }
  for (std::size_t i = 2; i < left.size(); ++i) RC_ASSERT(left[i - 1].second <= left[i].second);
}

TEST(OrderSenderFairness, a_flood_of_queries_does_not_starve_a_poll) {
  SenderRig rig({.lanes = 3, .read_lanes = 1});
  std::uint32_t next = 0;
  const auto flood = [&] {
    for (int i = 0; i < 5; ++i) {
      model::OrderId id;
      ++next;
      std::memcpy(id.bytes.data(), &next, sizeof next);
      rig.submit(model::QueryOrder{id});
    }
  };
  flood();
  rig.sender->submit(rig.sink.now, model::SweepTrades{kStart}, Urgency::poll);
  for (int i = 0; i < 10 && rig.sink.sweeps.empty(); ++i) {
    flood();
    const auto open = rig.open();
    const bool sweep = rig.sink.sent[open.front()].request.path() == "/data/trades";
    rig.answer(sweep ? SenderRig::page("") : "null");
  }
  EXPECT_EQ(rig.sink.sweeps.size(), 1u);
}

TEST(OrderSenderFairness, a_flood_of_buys_leaves_an_exit_its_turn_at_once) {
  SenderRig rig({.lanes = 8, .read_lanes = 1});
  for (int i = 0; i < 100; ++i) {
    rig.place();
    while (!rig.open().empty()) rig.fail_with("net.timeout");
  }
  const std::size_t before = rig.sink.sent.size();
  rig.place(0, model::Side::sell, model::OrderPurpose::exit);
  ASSERT_EQ(rig.sink.sent.size(), before + 1);
  EXPECT_NE(rig.last().body.find("FAK"), std::string::npos);
}

}  // namespace
}  // namespace ebb::session::test
