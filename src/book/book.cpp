#include "book/book.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/check.hpp"

namespace ebb::book {
namespace {

constexpr std::size_t kFirstCapacity = 64;
constexpr std::size_t kMaxLevels = kPriceScale - 1;
constexpr std::uint32_t kNoStamp = 0;

[[nodiscard]] bool is_level_price(Price price) { return price.raw() > 0 && price.raw() < kPriceScale; }

/// Low 32 bits of an exchange time; kNoStamp when it is unknown. They wrap every 50 days, so two stamps are compared
/// by their distance.
[[nodiscard]] std::uint32_t stamp_of(std::int64_t ms) { return ms > 0 ? static_cast<std::uint32_t>(ms) : kNoStamp; }
[[nodiscard]] bool later(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) > 0; }

/// Both sides become ascending when the asks' prices are inverted: one search without a branch on the side.
[[nodiscard]] std::uint16_t order_mask(model::Side side) { return side == model::Side::buy ? 0 : 0xFFFF; }

}  // namespace

Ladder::Ladder(const Ladder& other) : newest_ms_(other.newest_ms_), side_(other.side_) {
  if (other.count_ == 0) return;
  grow(other.count_);
  count_ = other.count_;
  std::memcpy(size_data(), other.size_data(), count_ * sizeof(std::int64_t));
  std::memcpy(stamp_data(), other.stamp_data(), count_ * sizeof(std::uint32_t));
  std::memcpy(price_data(), other.price_data(), count_ * sizeof(std::uint16_t));
}

Ladder::Ladder(Ladder&& other) noexcept
    : block_(std::move(other.block_)),
      newest_ms_(std::exchange(other.newest_ms_, 0)),
      count_(std::exchange(other.count_, std::uint16_t{0})),
      capacity_(std::exchange(other.capacity_, std::uint16_t{0})),
      side_(other.side_) {}

Ladder& Ladder::operator=(Ladder other) noexcept {
  block_.swap(other.block_);
  newest_ms_ = other.newest_ms_;
  count_ = other.count_;
  capacity_ = other.capacity_;
  side_ = other.side_;
  return *this;
}

std::size_t Ladder::find(std::uint16_t price) const {
  if (count_ == 0) return 0;
  const std::uint16_t mask = order_mask(side_);
  const unsigned key = price ^ mask;
  const std::uint16_t* const prices = price_data();
  const std::uint16_t* base = prices;
  std::size_t n = count_;
  while (n > 1) {
    const std::size_t half = n / 2;
    base += static_cast<unsigned>(base[half - 1] ^ mask) < key ? half : 0;
    n -= half;
  }
  return static_cast<std::size_t>(base - prices) + (static_cast<unsigned>(*base ^ mask) < key ? 1 : 0);
}

LevelOutcome Ladder::update(Price price, Shares size, std::int64_t stamp_ms) {
  if (!is_level_price(price) || size.raw() < 0) [[unlikely]]
    return LevelOutcome::malformed;
  prefetch();
  const auto raw = static_cast<std::uint16_t>(price.raw());
  const std::size_t index = find(raw);
  const bool found = index < count_ && price_data()[index] == raw;
  const std::uint32_t stamp = stamp_of(stamp_ms);
  if (!found) {
    if (size.raw() == 0) return LevelOutcome::absent_removal;
    insert(index, raw, size.raw(), stamp);
    newest_ms_ = std::max(newest_ms_, stamp_ms);
    return index + 1u == count_ ? LevelOutcome::touch : LevelOutcome::depth;
  }
  std::uint32_t& level_stamp = stamp_data()[index];
  if (stamp_ms > 0) {
    if (stamp_ms < newest_ms_ && level_stamp != kNoStamp && later(level_stamp, stamp)) return LevelOutcome::late;
    level_stamp = stamp;
    newest_ms_ = std::max(newest_ms_, stamp_ms);
  }
  std::int64_t& level_size = size_data()[index];
  if (level_size == size.raw()) return LevelOutcome::repeat;
  const LevelOutcome outcome = index + 1u == count_ ? LevelOutcome::touch : LevelOutcome::depth;
  if (size.raw() == 0) {
    erase(index);
  } else {
    level_size = size.raw();
  }
  return outcome;
}

void Ladder::insert(std::size_t index, std::uint16_t price, std::int64_t size, std::uint32_t stamp) {
  if (count_ == capacity_) [[unlikely]]
    grow(count_ + 1u);
  const std::size_t tail = count_ - index;
  std::int64_t* const s = size_data() + index;
  std::uint32_t* const t = stamp_data() + index;
  std::uint16_t* const p = price_data() + index;
  if (tail != 0) {
    std::memmove(s + 1, s, tail * sizeof *s);
    std::memmove(t + 1, t, tail * sizeof *t);
    std::memmove(p + 1, p, tail * sizeof *p);
  }
  *s = size;
  *t = stamp;
  *p = price;
  ++count_;
}

void Ladder::erase(std::size_t index) {
  --count_;
  const std::size_t tail = count_ - index;
  if (tail == 0) return;
  std::int64_t* const s = size_data() + index;
  std::uint32_t* const t = stamp_data() + index;
  std::uint16_t* const p = price_data() + index;
  std::memmove(s, s + 1, tail * sizeof *s);
  std::memmove(t, t + 1, tail * sizeof *t);
  std::memmove(p, p + 1, tail * sizeof *p);
}

void Ladder::grow(std::size_t wanted) {
  CHECK(wanted <= kMaxLevels);
  const std::size_t capacity = std::max(kFirstCapacity, std::bit_ceil(wanted));
  if (capacity <= capacity_) return;
  Ladder larger(side_);
  larger.block_ = std::make_unique_for_overwrite<CacheLine[]>(capacity * kLevelBytes / sizeof(CacheLine));
  larger.capacity_ = static_cast<std::uint16_t>(capacity);
  if (count_ != 0) {
    std::memcpy(larger.size_data(), size_data(), count_ * sizeof(std::int64_t));
    std::memcpy(larger.stamp_data(), stamp_data(), count_ * sizeof(std::uint32_t));
    std::memcpy(larger.price_data(), price_data(), count_ * sizeof(std::uint16_t));
  }
  block_ = std::move(larger.block_);
  capacity_ = larger.capacity_;
}

Effect Ladder::replace(std::span<const model::Level> levels, std::int64_t stamp_ms) {
  const unsigned mask = order_mask(side_);
  unsigned previous = 0;
  bool clean = true;
  for (const model::Level& level : levels) {
    const unsigned key = static_cast<unsigned>(level.price.raw()) ^ mask;
    clean &= is_level_price(level.price) && level.size.raw() > 0 && key > previous;
    previous = key;
  }
  if (!clean) [[unlikely]]
    return replace_unclean(levels, stamp_ms);

  const std::size_t old_count = count_;
  const Price old_best = empty() ? model::kNoPrice : best_price();
  const Shares old_size = empty() ? Shares{} : best_size();
  bool same = old_count == levels.size();
  if (levels.size() > capacity_) {
    count_ = 0;  // nothing of the old levels is kept, and `same` is false already
    grow(levels.size());
  }
  std::int64_t* const sizes = size_data();
  std::uint16_t* const prices = price_data();
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const auto price = static_cast<std::uint16_t>(levels[i].price.raw());
    const std::int64_t size = levels[i].size.raw();
    same = same && prices[i] == price && sizes[i] == size;
    prices[i] = price;
    sizes[i] = size;
  }
  std::fill_n(stamp_data(), levels.size(), stamp_of(stamp_ms));
  count_ = static_cast<std::uint16_t>(levels.size());
  newest_ms_ = std::max<std::int64_t>(stamp_ms, 0);
  if (same) return Effect::none;
  const bool same_touch =
      empty() ? old_count == 0 : old_count != 0 && best_price() == old_best && best_size() == old_size;
  return same_touch ? Effect::depth : Effect::touch;
}

Effect Ladder::replace_unclean(std::span<const model::Level> levels, std::int64_t stamp_ms) {
  const Ladder old(*this);
  clear();
  for (const model::Level& level : levels) (void)update(level.price, level.size, stamp_ms);
  newest_ms_ = std::max<std::int64_t>(stamp_ms, 0);
  if (std::ranges::equal(prices(), old.prices()) && std::ranges::equal(sizes(), old.sizes())) return Effect::none;
  const bool same_touch =
      empty() == old.empty() && (empty() || (best_price() == old.best_price() && best_size() == old.best_size()));
  return same_touch ? Effect::depth : Effect::touch;
}

void Ladder::clear() {
  count_ = 0;
  newest_ms_ = 0;
}

Shares Ladder::size_at(Price price) const {
  if (!is_level_price(price)) return Shares{};
  const auto raw = static_cast<std::uint16_t>(price.raw());
  const std::size_t index = find(raw);
  return index < count_ && price_data()[index] == raw ? Shares(size_data()[index]) : Shares{};
}

Effect Book::apply_snapshot(std::int64_t ms, std::span<const model::Level> bids, std::span<const model::Level> asks) {
  const Effect bid_effect = bids_.replace(bids, ms);
  return std::max(bid_effect, asks_.replace(asks, ms));
}

model::Quote Book::quote() const {
  model::Quote quote;
  if (!bids_.empty()) {
    quote.bid = bids_.best_price();
    quote.bid_size = bids_.best_size();
  }
  if (!asks_.empty()) {
    quote.ask = asks_.best_price();
    quote.ask_size = asks_.best_size();
  }
  return quote;
}

model::BookView Book::view() const { return {bids_.prices(), bids_.sizes(), asks_.prices(), asks_.sizes()}; }

void Book::clear() {
  bids_.clear();
  asks_.clear();
}

namespace {

/// The best level of which something is left once our own orders are gone; size 0 when there is none.
[[nodiscard]] model::Level net_best(const Ladder& ladder, model::Side side, std::span<const OwnLevel> own) {
  const auto prices = ladder.prices();
  const auto sizes = ladder.sizes();
  for (std::size_t i = ladder.size(); i-- > 0;) {
    Shares left(sizes[i]);
    for (const OwnLevel& level : own) {
      if (level.side == side && level.price.raw() == prices[i]) left -= level.remaining;
    }
    // Below 0 more of ours is there than is displayed: the level counts as gone, the rest is not carried on.
    if (left.raw() > 0) return {Price(prices[i]), left};
  }
  return {};
}

}  // namespace

model::Quote net_quote(const Book& book, std::span<const OwnLevel> own) {
  if (own.empty()) return book.quote();
  model::Quote quote;
  if (const auto bid = net_best(book.ladder(model::Side::buy), model::Side::buy, own); bid.size.raw() > 0) {
    quote.bid = bid.price;
    quote.bid_size = bid.size;
  }
  if (const auto ask = net_best(book.ladder(model::Side::sell), model::Side::sell, own); ask.size.raw() > 0) {
    quote.ask = ask.price;
    quote.ask_size = ask.size;
  }
  return quote;
}

Sanity check_quote(const model::Quote& quote, Price last_trade) {
  constexpr Price kEmptyBid{200};
  constexpr Price kEmptyAsk{9800};
  if (!quote.two_sided()) return Sanity::one_sided;
  if (quote.bid >= quote.ask) return Sanity::crossed;
  if (quote.bid <= kEmptyBid && quote.ask >= kEmptyAsk) return Sanity::empty_market;
  // spread / mid = 2 (ask - bid) / (ask + bid), compared without division.
  const std::int32_t spread = (quote.ask - quote.bid).raw();
  const std::int32_t mid2 = quote.mid2();
  if (10 * spread >= 9 * mid2) return Sanity::too_wide;
  if (2 * spread >= mid2 && last_trade.raw() > 0) {
    const std::int32_t distance2 = std::abs(2 * last_trade.raw() - mid2);
    if (5 * distance2 >= 3 * mid2) return Sanity::far_from_last;  // |last - mid| / mid >= 0.6
  }
  return Sanity::sane;
}

std::string_view to_text(Sanity sanity) {
  switch (sanity) {
    case Sanity::sane: return "SANE";
    case Sanity::one_sided: return "ONE_SIDED";
    case Sanity::crossed: return "CROSSED";
    case Sanity::too_wide: return "TOO_WIDE";
    case Sanity::empty_market: return "EMPTY_MARKET";
    case Sanity::far_from_last: return "FAR_FROM_LAST";
  }
  return "?";
}

}  // namespace ebb::book
