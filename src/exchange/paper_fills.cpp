#include "exchange/paper_fills.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace ebb::exchange {
namespace {

constexpr Shares kNone{};

/// Whether an order of `side` at `a` has a better price than one at `b`.
bool better_price(model::Side side, Price a, Price b) { return side == model::Side::buy ? a > b : a < b; }

bool is_touch(const book::Book& book, model::Side side, Price price) {
  const book::Ladder& ladder = book.ladder(side);
  return !ladder.empty() && ladder.best_price() == price;
}

}  // namespace

// ---- UnitLog ----

std::uint64_t UnitLog::grant(FillRule rule, Timestamp at, model::TokenIndex token, model::Side side, Price price,
                             Shares size) {
  RuleCount& count = by_rule_[static_cast<std::size_t>(rule)];
  ++count.units_granted;
  count.shares_granted += size;
  if (keep_) audit_.grants.push_back({next_, rule, ordered(at), token, side, price, size});
  return next_++;
}

void UnitLog::use(std::uint64_t unit, FillRule rule, UnitUse use, Timestamp at, const model::OrderId& order,
                  Shares size) {
  if (size <= kNone) return;
  if (use == UnitUse::fill) {
    RuleCount& count = by_rule_[static_cast<std::size_t>(rule)];
    ++count.fills;
    count.shares += size;
  }
  if (keep_) audit_.uses.push_back({unit, rule, use, ordered(at), order, size});
}

// ---- small parts ----

Shares FillModel::Opposite::left() const {
  Shares sum;
  for (const Piece& piece : pieces) sum += piece.left;
  return sum;
}

void FillModel::Opposite::limit(Shares size) {
  Shares surplus = left() - std::min(left(), size);
  for (Piece& piece : pieces) {
    const Shares part = std::min(surplus, piece.left);
    piece.left -= part;
    surplus -= part;
  }
  std::erase_if(pieces, [](const Piece& piece) { return piece.left == kNone; });
  shadow_left = std::min(shadow_left, size);
}

Shares FillModel::Pool::room(Shares better) const { return std::max(kNone, size - fills - better); }

Shares FillModel::Pool::consume(Shares better, Shares claimed, Lane& lane) {
  const Shares behind_better = room(better);
  const Shares eaten = std::min(lane.queue, behind_better - claimed);
  lane.queue -= eaten;
  ahead = std::max(ahead, std::min(size - fills, better + claimed + eaten));
  const Shares fill = std::min(lane.remaining, room(ahead));
  lane.remaining -= fill;
  fills += fill;
  return fill;
}

std::uint64_t FillModel::grant(FillRule rule, Timestamp at, model::TokenIndex token, std::uint8_t outcome,
                               model::Side side, Price price, Shares size) {
  return log_->grant(rule, at, token, in_yes(outcome, side), in_yes(outcome, price), size);
}

void FillModel::add_shadow(Shares size) {
  if (size <= kNone) return;
  ++shadow_fills_;
  shadow_shares_ += size;
}

// ---- orders ----

Shares FillModel::add(const PaperResting& order, const book::Book& book) {
  const Shares displayed = book.size_at(order.side, order.price);
  Order entry{order, {}, Timestamp()};
  for (Lane& lane : entry.lanes) {
    lane.queue = displayed;
    lane.remaining = order.remaining;
  }
  const auto behind = std::ranges::find_if(orders_, [&](const Order& other) {
    return other.side == order.side && better_price(order.side, order.price, other.price);
  });
  orders_.insert(behind, std::move(entry));
  const bool watched =
      std::ranges::any_of(watches_, [&](const Watch& w) { return w.side == order.side && w.price == order.price; });
  if (!watched) watches_.push_back({order.side, order.price, displayed, is_touch(book, order.side, order.price)});
  return displayed;
}

void FillModel::remove(Timestamp now, std::uint32_t handle) {
  const auto order = std::ranges::find_if(orders_, [&](const Order& o) { return o.handle == handle && o.resting(); });
  CHECK(order != orders_.end());
  order->removed = now;
  ++removed_;
  forget_old(now);
}

void FillModel::resync(Timestamp now, const book::Book& book) {
  settle_falls(kNever);
  prints_.clear();
  for (Order& order : orders_) {
    for (Lane& lane : order.lanes) {
      lane.queue = book.size_at(order.side, order.price);
      lane.cuts.clear();
    }
  }
  for (Watch& watch : watches_) {
    watch.displayed = book.size_at(watch.side, watch.price);
    watch.touch = is_touch(book, watch.side, watch.price);
  }
  update_opposites(now, book, false);
  forget_old(now);
}

void FillModel::forget_old(Timestamp now) {
  if (!prints_.empty()) {
    std::erase_if(prints_, [&](const Print& print) { return print.at + config_->match_window < now; });
  }
  if (removed_ == 0) return;
  removed_ -= std::erase_if(orders_, [&](const Order& order) {
    if (order.resting()) return false;
    return std::ranges::none_of(falls_, [&](const Fall& fall) {
      return fall.side == order.side && fall.price == order.price && fall.at <= order.removed;
    });
  });
  std::erase_if(watches_, [&](const Watch& watch) {
    return std::ranges::none_of(
        orders_, [&](const Order& order) { return order.side == watch.side && order.price == watch.price; });
  });
}

// ---- the book moves ----

void FillModel::on_book(Timestamp now, const book::Book& book, bool creates_fills, std::vector<PaperMatch>& out) {
  settle_falls(now);
  forget_old(now);
  update_watches(now, book, creates_fills);
  update_opposites(now, book, creates_fills);
  cross(now, book, model::Side::buy, creates_fills, out);
  cross(now, book, model::Side::sell, creates_fills, out);
}

void FillModel::update_watches(Timestamp now, const book::Book& book, bool creates_fills) {
  for (Watch& watch : watches_) {
    const Shares size = book.size_at(watch.side, watch.price);
    const bool fell = size < watch.displayed;
    if (fell && creates_fills) on_fall(now, watch, size);
    watch.displayed = size;
    watch.touch = is_touch(book, watch.side, watch.price);
    if (fell && creates_fills) clip_shadow(watch);
  }
}

void FillModel::on_fall(Timestamp now, const Watch& watch, Shares size) {
  Shares unexplained = watch.displayed - size;
  for (Print& print : prints_) {
    if (print.side != watch.side || print.price != watch.price) continue;
    const Shares traded = std::min(print.left, unexplained);
    print.left -= traded;
    unexplained -= traded;
  }
  const Shares old_size = size + unexplained;  // what was traded has left the queue by its print
  for (Order& order : orders_) {
    if (!order.resting() || order.side != watch.side || order.price != watch.price) continue;
    shorten(now, order.lanes[kStrict], old_size, size, unexplained);
    if (!watch.touch) shorten(now, order.lanes[kShadow], old_size, size, unexplained);
  }
  if (watch.touch && unexplained > kNone) falls_.push_back({now, watch.side, watch.price, unexplained});
}

void FillModel::shorten(Timestamp now, Lane& lane, Shares old_size, Shares new_size, Shares unexplained) const {
  Shares queue = lane.queue;
  if (config_->queue == QueueModel::prorata && old_size > kNone) {
    const __int128 part = static_cast<__int128>(unexplained.raw()) * queue.raw();
    queue -= std::min(queue, Shares(divide(part, old_size.raw(), Rounding::down)));
  }
  queue = std::min(queue, new_size);
  const Shares cut = std::min(lane.queue - queue, unexplained);
  lane.queue = queue;
  std::erase_if(lane.cuts, [&](const Cut& c) { return c.at + config_->match_window < now; });
  if (cut > kNone) lane.cuts.push_back({now, cut});
}

/// The shadow's queue is never longer than the level, once no fall waits for its verdict.
void FillModel::clip_shadow(const Watch& watch) {
  const bool open = std::ranges::any_of(
      falls_, [&](const Fall& fall) { return fall.side == watch.side && fall.price == watch.price; });
  if (open) return;
  for (Order& order : orders_) {
    if (!order.resting() || order.side != watch.side || order.price != watch.price) continue;
    order.lanes[kShadow].queue = std::min(order.lanes[kShadow].queue, watch.displayed);
  }
}

void FillModel::settle_falls(Timestamp now) {
  if (falls_.empty()) return;
  std::size_t done = 0;
  while (done < falls_.size() && (now == kNever || falls_[done].at + config_->match_window < now)) {
    settle_fall(falls_[done]);
    ++done;
  }
  falls_.erase(falls_.begin(), falls_.begin() + static_cast<std::ptrdiff_t>(done));
}

void FillModel::settle_fall(const Fall& fall) {
  if (fall.left <= kNone) return;
  Pool pool{fall.left, kNone, kNone};
  std::uint64_t unit = 0;
  for (Order& order : orders_) {
    if (order.side != fall.side || order.price != fall.price || order.since > fall.at) continue;
    if (!order.resting() && order.removed < fall.at) continue;
    if (unit == 0) unit = grant(FillRule::fall, fall.at, token_, outcome_, fall.side, fall.price, fall.left);
    const Shares fill = pool.consume(kNone, kNone, order.lanes[kShadow]);
    log_->use(unit, FillRule::fall, UnitUse::fill, fall.at, order.id, fill);
    add_shadow(fill);
  }
}

// ---- prints ----

void FillModel::on_print(Timestamp now, const YesPrint& print, const book::Book& book, model::TokenIndex token,
                         std::uint8_t outcome, std::vector<PaperMatch>& out) {
  settle_falls(now);
  forget_old(now);
  const model::Side side = model::opposite(print.taker);
  Shares unseen = print.size;
  for (Fall& fall : falls_) {
    if (fall.side != side || fall.price != print.price) continue;
    const Shares traded = std::min(fall.left, unseen);
    fall.left -= traded;
    unseen -= traded;
  }
  std::array<Pool, 2> pools{Pool{print.size, kNone, kNone}, Pool{print.size, kNone, kNone}};
  std::uint64_t unit = 0;
  model::OrderId first;
  for (Order& order : orders_) {
    if (!order.resting() || order.side != side || better_price(side, print.price, order.price)) continue;
    if (print.ms > 0 && print.ms < order.feed_ms) continue;
    if (unit == 0) {
      unit = grant(FillRule::print_at, now, token, outcome, side, print.price, print.size);
      first = order.id;
    }
    const bool through = order.price != print.price;
    const Shares better = through ? better_displayed(book, order) : kNone;
    std::array<Shares, 2> fills;
    for (std::size_t lane = 0; lane < 2; ++lane) {
      const Shares claimed = through ? kNone : claim(now, order.lanes[lane], pools[lane].room(better));
      fills[lane] = pools[lane].consume(better, claimed, order.lanes[lane]);
    }
    add_shadow(fills[kShadow]);
    if (fills[kStrict] <= kNone) continue;
    const FillRule rule = through ? FillRule::print_through : FillRule::print_at;
    log_->use(unit, rule, UnitUse::fill, now, order.id, fills[kStrict]);
    out.push_back({order.handle, rule, fills[kStrict], unit});
  }
  if (unit != 0) log_->use(unit, FillRule::print_at, UnitUse::queue, now, first, pools[kStrict].ahead);
  prints_.push_back({now, side, print.price, print.size, unseen, book.size_at(side, print.price)});
}

/// How much of a print at our price has shortened Q already, as a fall that came before it.
Shares FillModel::claim(Timestamp now, Lane& lane, Shares room) const {
  Shares claimed;
  for (Cut& cut : lane.cuts) {
    if (cut.at + config_->match_window < now) continue;
    const Shares part = std::min(cut.size, room - claimed);
    cut.size -= part;
    claimed += part;
  }
  std::erase_if(lane.cuts, [](const Cut& cut) { return cut.size == kNone; });
  return claimed;
}

/// Displayed size at better prices than ours, less what was printed there and has not been taken off the book yet.
Shares FillModel::better_displayed(const book::Book& book, const Order& order) const {
  const auto prices = book.ladder(order.side).prices();
  const auto sizes = book.ladder(order.side).sizes();
  Shares sum;
  for (std::size_t i = prices.size(); i-- > 0;) {
    const Price price(prices[i]);
    if (!better_price(order.side, price, order.price)) break;
    const Shares displayed(sizes[i]);
    Shares printed;
    Shares before;
    for (const Print& print : prints_) {
      if (print.side != order.side || print.price != price) continue;
      if (printed == kNone) before = print.displayed;
      printed += print.size;
    }
    const Shares fallen = before - std::min(before, displayed);
    const Shares pending = printed - std::min(printed, fallen);
    sum += displayed - std::min(displayed, pending);
  }
  return sum;
}

// ---- displayed sizes of the other side ----

FillModel::Opposite* FillModel::find_opposite(model::Side ladder, Price price) {
  const auto it =
      std::ranges::find_if(opposites_, [&](const Opposite& o) { return o.side == ladder && o.price == price; });
  return it == opposites_.end() ? nullptr : &*it;
}

void FillModel::add_piece(Timestamp now, Opposite& level, Shares size) {
  const std::uint64_t unit =
      grant(FillRule::crossing, now, token_, outcome_, model::opposite(level.side), level.price, size);
  level.pieces.push_back({unit, size});
  level.shadow_left += size;
}

void FillModel::update_opposites(Timestamp now, const book::Book& book, bool creates_fills) {
  if (opposites_.empty()) return;
  for (Opposite& level : opposites_) {
    const Shares size = book.size_at(level.side, level.price);
    if (size == level.displayed) continue;
    level.taken = kNone;
    level.used = std::min(level.used, size);
    if (size < level.displayed) {
      level.limit(size - level.used);
    } else if (creates_fills && crosses_order(level)) {
      add_piece(now, level, size - level.displayed);
    }
    level.displayed = size;
  }
  std::erase_if(opposites_, [&](const Opposite& level) {
    const bool untouched = level.used == kNone && level.taken == kNone && !crosses_order(level);
    return level.displayed == kNone || untouched;
  });
}

/// Whether the level stands at or through the price of a resting order.
bool FillModel::crosses_order(const Opposite& level) const {
  const model::Side side = model::opposite(level.side);
  return std::ranges::any_of(orders_, [&](const Order& order) {
    return order.resting() && order.side == side && !better_price(side, level.price, order.price);
  });
}

void FillModel::cross(Timestamp now, const book::Book& book, model::Side side, bool creates_fills,
                      std::vector<PaperMatch>& out) {
  const model::Side ladder = model::opposite(side);
  if (book.ladder(ladder).empty()) return;
  const Price best = book.ladder(ladder).best_price();
  const auto crossed = [&](const Order& order) {
    return order.resting() && order.side == side && !better_price(side, best, order.price);
  };
  if (std::ranges::none_of(orders_, crossed)) return;
  Opposite* level = find_opposite(ladder, best);
  if (level == nullptr) {
    opposites_.push_back({ladder, best, book.size_at(ladder, best), kNone, kNone, kNone, {}});
    level = &opposites_.back();
    if (creates_fills) add_piece(now, *level, level->displayed);
  }
  Pool strict{level->left(), kNone, kNone};
  Pool shadow{level->shadow_left, kNone, kNone};
  for (Order& order : orders_) {
    if (!crossed(order)) continue;
    const Shares ahead = strict.ahead;
    const Shares fill = strict.consume(kNone, kNone, order.lanes[kStrict]);
    spend(now, *level, order, strict.ahead - ahead, UnitUse::queue, out);
    spend(now, *level, order, fill, UnitUse::fill, out);
    add_shadow(shadow.consume(kNone, kNone, order.lanes[kShadow]));
  }
  level->shadow_left -= shadow.fills + shadow.ahead;
}

void FillModel::spend(Timestamp now, Opposite& level, const Order& order, Shares size, UnitUse use,
                      std::vector<PaperMatch>& out) {
  level.used += size;
  for (Piece& piece : level.pieces) {
    const Shares part = std::min(size, piece.left);
    if (part <= kNone) continue;
    piece.left -= part;
    size -= part;
    log_->use(piece.unit, FillRule::crossing, use, now, order.id, part);
    if (use == UnitUse::fill) out.push_back({order.handle, FillRule::crossing, part, piece.unit});
  }
  CHECK(size == kNone);
  std::erase_if(level.pieces, [](const Piece& piece) { return piece.left == kNone; });
}

// ---- marketable orders ----

void FillModel::takeable(const book::Book& book, model::Side side, Price limit, std::vector<PaperTake>& out) const {
  const model::Side ladder = model::opposite(side);
  const auto prices = book.ladder(ladder).prices();
  const auto sizes = book.ladder(ladder).sizes();
  for (std::size_t i = prices.size(); i-- > 0;) {
    const Price price(prices[i]);
    if (better_price(side, price, limit)) break;
    Shares available(sizes[i]);
    for (const Opposite& level : opposites_) {
      if (level.side != ladder || level.price != price) continue;
      available -= std::min(available, level.taken + level.used);
    }
    if (available > kNone) out.push_back({price, available});
  }
}

std::uint64_t FillModel::take(Timestamp now, const book::Book& book, model::Side side, Price price, Shares size,
                              const model::OrderId& order) {
  const model::Side ladder = model::opposite(side);
  Opposite* level = find_opposite(ladder, price);
  if (level == nullptr) {
    opposites_.push_back({ladder, price, book.size_at(ladder, price), kNone, kNone, kNone, {}});
    level = &opposites_.back();
  }
  const Shares available = level->displayed - level->taken - level->used;
  CHECK(size <= available);
  const std::uint64_t unit = grant(FillRule::taken, now, token_, outcome_, side, price, available);
  log_->use(unit, FillRule::taken, UnitUse::fill, now, order, size);
  level->taken += size;
  level->limit(available - size);
  add_shadow(size);
  return unit;
}

}  // namespace ebb::exchange
