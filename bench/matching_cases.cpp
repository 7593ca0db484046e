#include "bench/matching_cases.hpp"

#include <algorithm>
#include <vector>

#include "base/random.hpp"
#include "exchange/matching.hpp"

namespace ebb::bench {
namespace {

using exchange::AccountIndex;
using exchange::CoreOrder;
using exchange::OrderBook;
using exchange::OrderHandle;

constexpr std::uint32_t kRestingPerCondition = 600;
constexpr std::uint32_t kAccounts = 200;

enum class Kind : std::uint8_t { modify, limit, cancel, taker };

/// One drawn operation. `pick` chooses which resting order is meant.
struct Operation {
  Kind kind = Kind::modify;
  std::uint8_t outcome = 0;
  std::uint8_t side = 0;
  std::uint16_t condition = 0;
  std::uint16_t away = 0;      ///< grid steps from the mid
  std::uint32_t pick = 0;
  std::uint32_t account = 0;
  std::int64_t size = 0;
};

}  // namespace

class MatchingCase::Impl {
 public:
  Impl(std::size_t operations, std::uint32_t conditions, std::uint64_t seed)
      : books_(conditions), resting_(conditions) {
    Random random = Random::stream(seed, 0xBE4C);
    for (auto& book : books_) book.reserve(4 * kRestingPerCondition);
    for (std::size_t i = 0; i < operations; ++i) operations_.push_back(draw(random, conditions));
    for (std::uint32_t c = 0; c < conditions; ++c) {
      resting_[c].reserve(4 * kRestingPerCondition);
      while (resting_[c].size() < kRestingPerCondition) {
        Operation op = draw(random, conditions);
        op.condition = static_cast<std::uint16_t>(c);
        place(op, passive(op));
      }
    }
  }

  std::uint64_t run(std::size_t count) {
    const std::uint64_t before = counts_.fills;
    for (std::size_t i = 0; i < count; ++i) {
      apply(operations_[next_]);
      if (++next_ == operations_.size()) next_ = 0;
    }
    return counts_.fills - before;
  }

  [[nodiscard]] Counts counts() const {
    Counts counts = counts_;
    for (const auto& book : books_) counts.resting += book.order_count();
    return counts;
  }

 private:
  static Operation draw(Random& random, std::uint32_t conditions) {
    Operation op;
    const std::uint64_t roll = random.below(100);
    op.kind = roll < 82 ? Kind::modify : roll < 91 ? Kind::limit : roll < 97 ? Kind::cancel : Kind::taker;
    op.outcome = static_cast<std::uint8_t>(random.below(2));
    op.side = static_cast<std::uint8_t>(random.below(2));
    op.condition = static_cast<std::uint16_t>(random.below(conditions));
    // most orders stand near the touch
    op.away = static_cast<std::uint16_t>(1 + std::min<std::uint64_t>(random.below(40), random.below(40)));
    op.pick = static_cast<std::uint32_t>(random.next() >> 32);
    op.account = static_cast<std::uint32_t>(random.below(kAccounts));
    op.size = static_cast<std::int64_t>(5 + random.below(200)) * kShareScale;
    return op;
  }

  /// A price on the order's own side of the mid (0.50), on a 0.001 grid.
  static CoreOrder passive(const Operation& op) {
    const auto side = static_cast<model::Side>(op.side);
    const int step = side == model::Side::buy ? -10 : 10;
    return {0, AccountIndex(op.account), op.outcome, side, Price(5000 + step * op.away), Shares(op.size), Usdc(-1)};
  }

  void apply(const Operation& op) {
    auto& orders = resting_[op.condition];
    switch (op.kind) {
      case Kind::modify:
        ++counts_.modify;
        if (!orders.empty()) take_out(op);
        place(op, passive(op));
        break;
      case Kind::limit:
        ++counts_.limit;
        place(op, passive(op));
        break;
      case Kind::cancel:
        ++counts_.cancel;
        if (!orders.empty()) take_out(op);
        break;
      case Kind::taker: {
        ++counts_.taker;
        CoreOrder taker = passive(op);
        taker.price = complement(taker.price);  // as far beyond the mid as it would have stood before it
        if (orders.size() > 2 * kRestingPerCondition) taker.size = 4 * taker.size;  // keeps the books from growing
        match(op.condition, taker);
        break;
      }
    }
  }

  /// Each condition's resting orders as a dense list of handles; an order's tag is its place in it.
  void take_out(const Operation& op) {
    auto& orders = resting_[op.condition];
    const std::size_t place = (static_cast<std::uint64_t>(op.pick) * orders.size()) >> 32;
    books_[op.condition].cancel(OrderHandle(orders[place].handle));
    remove(op.condition, place);
  }

  void remove(std::uint32_t condition, std::size_t place) {
    auto& orders = resting_[condition];
    tags_[orders[place].tag] = kGone;
    free_tags_.push_back(orders[place].tag);
    if (place + 1 != orders.size()) {
      orders[place] = orders.back();
      tags_[orders[place].tag] = static_cast<std::uint32_t>(place);
    }
    orders.pop_back();
  }

  void place(const Operation& op, CoreOrder order) {
    std::uint32_t tag = static_cast<std::uint32_t>(tags_.size());
    if (free_tags_.empty()) {
      tags_.push_back(kGone);
    } else {
      tag = free_tags_.back();
      free_tags_.pop_back();
    }
    order.tag = tag;
    Shares left = order.size;
    if (books_[op.condition].crosses(order)) left = match(op.condition, order);
    if (left < kLot) {
      free_tags_.push_back(tag);
      return;
    }
    const OrderHandle handle = books_[op.condition].rest(order, left);
    tags_[tag] = static_cast<std::uint32_t>(resting_[op.condition].size());
    resting_[op.condition].push_back({handle.value(), tag});
  }

  Shares match(std::uint32_t condition, const CoreOrder& taker) {
    fills_.clear();
    canceled_.clear();
    const auto totals = books_[condition].match(taker, exchange::SelfTrade::cancel_maker, fills_, canceled_);
    counts_.fills += fills_.size();
    for (const auto& fill : fills_) {
      if (fill.closed) remove(condition, tags_[fill.maker_tag]);
    }
    for (const std::uint64_t tag : canceled_) remove(condition, tags_[tag]);
    return totals.left;
  }

  struct Resting {
    std::uint32_t handle = 0;
    std::uint32_t tag = 0;
  };
  static constexpr std::uint32_t kGone = UINT32_MAX;

  std::vector<OrderBook> books_;
  std::vector<std::vector<Resting>> resting_;
  std::vector<std::uint32_t> tags_;       ///< tag -> place in its condition's list
  std::vector<std::uint32_t> free_tags_;
  std::vector<Operation> operations_;
  std::vector<exchange::Fill> fills_;
  std::vector<std::uint64_t> canceled_;
  std::size_t next_ = 0;
  Counts counts_;
};

MatchingCase::MatchingCase(std::size_t operations, std::uint32_t conditions, std::uint64_t seed)
    : impl_(std::make_unique<Impl>(operations, conditions, seed)) {}
MatchingCase::~MatchingCase() = default;
std::uint64_t MatchingCase::run(std::size_t count) { return impl_->run(count); }
MatchingCase::Counts MatchingCase::counts() const { return impl_->counts(); }

void add_matching_cases(std::vector<Case>& cases) {
  const auto fixture = std::make_shared<std::unique_ptr<MatchingCase>>();
  Case matching;
  matching.name = "exchange/matching";
  matching.unit = Unit::ops_per_second;
  matching.ours = [fixture](std::int64_t iterations) {
    if (*fixture == nullptr) *fixture = std::make_unique<MatchingCase>();
    const double start = now_seconds();
    keep((*fixture)->run(static_cast<std::size_t>(iterations)));
    return now_seconds() - start;
  };
  matching.extra = [fixture] {
    const MatchingCase::Counts counts = (*fixture)->counts();
    const auto operations = static_cast<double>(counts.modify + counts.limit + counts.cancel + counts.taker);
    return std::vector<Extra>{{"modify_share", static_cast<double>(counts.modify) / operations},
                              {"fills_per_operation", static_cast<double>(counts.fills) / operations},
                              {"resting_orders", static_cast<double>(counts.resting)}};
  };
  matching.release = [fixture] { fixture->reset(); };
  cases.push_back(std::move(matching));
}

}  // namespace ebb::bench
