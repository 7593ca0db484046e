#include "checker/book_view.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace ebb::checker {
namespace {

constexpr std::size_t kMaxBuffered = 4096;
constexpr std::size_t kMaxGroupHashes = 64;

Micros own_at(const std::vector<OwnShares>& own, Side side, PriceRaw price) {
  Micros sum = 0;
  for (const auto& o : own) {
    if (o.side == side && o.price == price) sum += o.size;
  }
  return sum;
}

/// Best level with something of others in it. More than is displayed is never subtracted.
template <class Levels>
Touch best(const Levels& levels, const std::vector<OwnShares>& own, Side side, PriceRaw none) {
  for (const auto& [price, level] : levels) {
    const Micros others = level.size - (own.empty() ? 0 : own_at(own, side, price));
    if (others > 0) return {price, others};
  }
  return {none, 0};
}

std::string plain(std::int64_t raw, int decimals) {
  std::int64_t scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  std::string text = fmt::format("{}.{:0{}}", raw / scale, raw % scale, decimals);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

template <class Iterator>
void write_levels(std::string& out, Iterator first, Iterator last) {
  bool comma = false;
  for (; first != last; ++first) {
    if (first->second.size <= 0) continue;
    out += fmt::format(R"({}{{"price":"{}","size":"{}"}})", comma ? "," : "", plain(first->first, 4),
                       plain(first->second.size, 6));
    comma = true;
  }
}

std::string sha1_hex(std::string_view text) {
  std::array<unsigned char, 20> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

}  // namespace

bool is_sane(const QuoteView& quote, PriceRaw last_trade) {
  if (!quote.two_sided() || quote.bid.price >= quote.ask.price) return false;
  const std::int64_t bid = quote.bid.price;
  const std::int64_t ask = quote.ask.price;
  const std::int64_t sum = bid + ask;  // twice the mid
  if ((ask - bid) * 20 >= sum * 18) return false;
  if (bid <= 200 && ask >= 9800) return false;
  if (last_trade >= 0 && (ask - bid) * 2 >= sum && std::abs(2 * last_trade - sum) * 10 >= sum * 6) return false;
  return true;
}

void BookView::replace(std::int64_t ms, const std::vector<LevelText>& bids, const std::vector<LevelText>& asks) {
  bids_.clear();
  asks_.clear();
  for (const auto& level : bids) bids_[level.price] = {level.size, ms};
  for (const auto& level : asks) asks_[level.price] = {level.size, ms};
  snapshot_ms_ = ms;
  ms_ = ms;
}

bool BookView::set(std::int64_t ms, Side side, PriceRaw price, Micros size) {
  const auto apply = [&](auto& levels) {
    auto [it, fresh] = levels.try_emplace(price, Level{0, snapshot_ms_});
    if (ms < it->second.ms) {
      if (fresh) levels.erase(it);
      return false;
    }
    it->second = {size, ms};
    return true;
  };
  if (!(side == Side::buy ? apply(bids_) : apply(asks_))) return false;
  ms_ = std::max(ms_, ms);
  return true;
}

QuoteView BookView::quote(const std::vector<OwnShares>& own) const {
  return {best(bids_, own, Side::buy, 0), best(asks_, own, Side::sell, kOne)};
}

Micros BookView::size_at(Side side, PriceRaw price) const {
  const auto look = [&](const auto& levels) {
    const auto it = levels.find(price);
    return it == levels.end() ? Micros{0} : it->second.size;
  };
  return side == Side::buy ? look(bids_) : look(asks_);
}

Micros BookView::sale_value(Micros size, const std::vector<OwnShares>& own) const {
  __int128 sum = 0;
  for (const auto& [price, level] : bids_) {
    if (size <= 0) break;
    const Micros others = level.size - (own.empty() ? 0 : own_at(own, Side::buy, price));
    if (others <= 0) continue;
    const Micros taken = std::min(size, others);
    sum += static_cast<__int128>(taken) * price;
    size -= taken;
  }
  return static_cast<Micros>(sum / kOne);
}

FeedView::FeedView(HashIdentity identity, PriceRaw tick, SpanNs hash_interval)
    : identity_(std::move(identity)), tick_(tick), hash_interval_(hash_interval) {}

FeedChange FeedView::on_book(TimeNs now, const MarketText& book) {
  FeedChange change;
  if (trusted_ && book.ms < book_.ms()) {
    disputed_ = now;
    group_.late = true;  // a trader that doubts its book already takes this one, and judges its group by it
    return change;
  }
  group_ = {};  // its claims are about the book before this one
  book_.replace(book.ms, book.bids, book.asks);
  if (!trusted_) {
    // The book after a trade tells no last price, and comes after the changes of its millisecond.
    for (const auto& b : buffered_) {
      if (b.ms > book.ms || (b.ms == book.ms && book.has_last_trade)) book_.set(b.ms, b.side, b.price, b.size);
    }
  }
  buffered_.clear();
  if (book.tick > 0) tick_ = book.tick;
  if (book.has_last_trade) {
    last_trade_text_ = std::string(book.last_trade);
    if (book.price >= 0) last_trade_ = book.price;
  }
  if (!trusted_) since_ = now;
  trusted_ = true;
  hash_proven_ = false;
  mismatches_ = 0;
  change.changed = true;
  change.snapshot = true;
  return change;
}

FeedChange FeedView::on_changes(TimeNs now, const MarketText& message, std::string_view token_id) {
  FeedChange result;
  if (group_.open && group_.ms != message.ms) close_group(now);
  for (const auto& entry : message.changes) {
    if (entry.token_id != token_id) continue;
    if (!trusted_ && buffered_.size() < kMaxBuffered) {
      buffered_.push_back({message.ms, entry.side, entry.price, entry.size});
    }
    if (!group_.open) {
      group_ = {};
      group_.open = true;
      group_.ms = message.ms;
    }
    group_.late |= message.ms < book_.ms();
    if (!book_.set(message.ms, entry.side, entry.price, entry.size)) disputed_ = now;
    group_.claimed_bid = entry.best_bid;
    group_.claimed_ask = entry.best_ask;
    group_.last = now;
    if (!entry.hash.empty() && group_.hashes.size() < kMaxGroupHashes) group_.hashes.emplace_back(entry.hash);
    result.changed = true;
    result.levels.emplace_back(entry.side, entry.price);
  }
  return result;
}

void FeedView::on_trade(PriceRaw price, std::string text) {
  if (price >= 0) last_trade_ = price;
  last_trade_text_ = std::move(text);
}

void FeedView::on_time(TimeNs now) {
  // The trader closes it by its own timer of a second: two and a half are enough for every phase of that timer.
  if (group_.open && now - group_.last > 5 * kSecond / 2) close_group(now);
}

void FeedView::distrust(TimeNs now) {
  group_ = {};
  buffered_.clear();
  mismatches_ = 0;
  if (!trusted_) return;
  trusted_ = false;
  since_ = now;
}

void FeedView::close_group(TimeNs now) {
  const bool judged = trusted_ && !group_.late;
  const auto quote = book_.quote();
  // An empty side may be written "0", "1" or "" (polymarket.md 2.3).
  const bool bid_wrong = group_.claimed_bid >= 0 && group_.claimed_bid != kOne && group_.claimed_bid != quote.bid.price;
  const bool ask_wrong = group_.claimed_ask > 0 && group_.claimed_ask != quote.ask.price;
  if (judged) judge_hash(now);
  group_ = {};
  if (judged && (bid_wrong || ask_wrong)) distrust(now);
}

void FeedView::judge_hash(TimeNs now) {
  if (hash_interval_ < 0 || group_.hashes.empty()) return;
  if (mismatches_ == 0 && hash_proven_ && now - last_hash_check_ < hash_interval_) return;
  last_hash_check_ = now;
  const std::string digest = sha1_hex(hash_text());
  if (std::find(group_.hashes.begin(), group_.hashes.end(), digest) != group_.hashes.end()) {
    hash_proven_ = true;
    mismatches_ = 0;
    return;
  }
  hash_doubted_ = now;
  if (!hash_proven_) return;
  if (mismatches_++ == 0) first_mismatch_ = now;
  // The trader may look as rarely as its budget allows.
  if (mismatches_ >= 3 && now - first_mismatch_ >= 2 * kSecond + 3 * hash_interval_) distrust(now);
}

std::string FeedView::hash_text() const {
  std::string text = fmt::format(R"({{"market":"{}","asset_id":"{}","timestamp":"{}","hash":"","bids":[)",
                                 identity_.condition_id, identity_.token_id, group_.ms);
  write_levels(text, book_.bids().rbegin(), book_.bids().rend());  // best last
  text += R"(],"asks":[)";
  write_levels(text, book_.asks().rbegin(), book_.asks().rend());
  text += fmt::format(R"(],"min_order_size":"{}","tick_size":"{}","neg_risk":{},"last_trade_price":"{}"}})",
                      plain(identity_.min_size, 6), plain(tick_, 4), identity_.neg_risk, last_trade_text_);
  return text;
}

void LinkView::on_frame(TimeNs now) {
  last_alive = now;
  last_frame = now;
  silent = false;
  if (ring.size() < kRing) {
    ring.push_back(now);
    return;
  }
  ring[next] = now;
  next = (next + 1) % kRing;
}

bool LinkView::was_busy(TimeNs now) const { return ring.size() == kRing && ring[next] > now - kMinute; }

}  // namespace ebb::checker
