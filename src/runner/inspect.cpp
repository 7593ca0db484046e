#include "runner/inspect.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/check.hpp"
#include "base/flat_map.hpp"
#include "book/book.hpp"
#include "polymarket/book_hash.hpp"
#include "store/capture.hpp"

namespace ebb::runner {
namespace {

using model::DecodedFrame;
using model::kNoPrice;
using model::LevelChange;
using model::MarketEvent;
using model::MarketEventKind;

constexpr Duration kGap = seconds(5);
constexpr Duration kMinute = minutes(1);
constexpr std::uint64_t kProgressEvery = 2048;
constexpr std::size_t kRememberedBooks = std::size_t{1} << 20;  // for repeats; beyond it the memory starts anew

/// What the hash needs of a market and no streamed message says.
struct Market {
  std::string id;
  Shares min_order_size = shares_of(5);
  bool neg_risk = false;
  bool neg_risk_known = false;
};

struct Token {
  std::size_t market = 0;
  book::Book book;
  bool has_snapshot = false;
  Price tick = kNoPrice;
  Price last_trade = kNoPrice;
  std::int64_t newest_ms = 0;
};

/// Frames a second over the last minute, and the pauses between frames.
class Clock {
 public:
  explicit Clock(InspectReport& report) : report_(report) {}
  void on_frame(Timestamp at) {
    if (!at.is_set()) return;
    if (!report_.first.is_set() || at < report_.first) report_.first = at;
    report_.last = std::max(report_.last, at);
    const std::int64_t minute = at.ns() / kMinute.raw();
    report_.busiest_minute = std::max(report_.busiest_minute, ++per_minute_[minute]);
    if (previous_.is_set()) on_pause(at);
    recent_.push_back(at);
    previous_ = at;
  }

 private:
  void on_pause(Timestamp at) {
    const Duration pause = at - previous_;
    if (pause.raw() < 0) ++report_.quirks["receive_time_backwards"];
    report_.gaps.longest = std::max(report_.gaps.longest, pause);
    if (pause > kGap) {
      ++report_.gaps.over_5s;
      while (head_ < recent_.size() && recent_[head_] < previous_ - kMinute) ++head_;
      if (recent_.size() - head_ > 60) ++report_.gaps.while_busy;
    }
    if (head_ > 4096 || (recent_.size() > 65536 && head_ == 0)) {
      while (head_ < recent_.size() && recent_[head_] < previous_ - kMinute) ++head_;
      recent_.erase(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }

  InspectReport& report_;
  Timestamp previous_;
  std::vector<Timestamp> recent_;
  std::size_t head_ = 0;
  FlatMap<std::int64_t, std::uint64_t> per_minute_;
};

/// Rebuilds the books of one recording and counts what is remarkable.
class Recording {
 public:
  Recording(InspectReport& report, TextMap<std::size_t>& known_tokens, TextMap<std::size_t>& known_markets,
            std::vector<std::uint64_t>& levels)
      : report_(report), known_tokens_(known_tokens), known_markets_(known_markets), levels_(levels), clock_(report) {}

  void on_frame(const store::CaptureFrame& captured, const DecodedFrame& frame) {
    slug_ = captured.slug;
    Timestamp at = captured.received;
    for (const MarketEvent& event : frame.events) {
      if (!at.is_set() && event.timestamp_ms > 0) at = from_ms(event.timestamp_ms);
    }
    clock_.on_frame(at);
    if (!captured.text.empty() && captured.text.front() == '[' && !frame.events.empty())
      ++report_.quirks["top_level_arrays"];
    for (const MarketEvent& event : frame.events) on_event(captured, frame, event);
  }
  /// At the end of the recording.
  void finish() { close_group(); }

 private:
  struct GroupMember {
    std::size_t token = 0;
    std::vector<crypto::Sha1Digest> hashes;
    bool out_of_order = false;
    Price best_bid = kNoPrice;  // what the group's last entry says
    Price best_ask = kNoPrice;
  };
  /// The open group: consecutive price_change messages of one (market, millisecond).
  struct Group {
    std::string market;
    std::int64_t ms = 0;
    std::uint64_t messages = 0;
    std::vector<GroupMember> members;
  };

  void quirk(const char* name, std::uint64_t count = 1) {
    if (count > 0) report_.quirks[name] += count;
  }

  void on_event(const store::CaptureFrame& captured, const DecodedFrame& frame, const MarketEvent& event) {
    ++report_.events;
    ++report_.events_by_kind[static_cast<std::size_t>(event.kind)];
    if (event.timestamp_ms == 0) quirk("no_exchange_time");
    if (captured.received.is_set() && event.timestamp_ms > 0) {
      const Duration lag = captured.received - from_ms(event.timestamp_ms);
      if (lag.raw() < 0) quirk("received_before_exchange_time");
      if (lag > kMinute) quirk("exchange_time_over_a_minute_old");
    }
    switch (event.kind) {
      case MarketEventKind::book: return on_book(frame, event);
      case MarketEventKind::price_change: return on_changes(frame, event);
      case MarketEventKind::last_trade_price: {
        const std::size_t index = token_of(event.asset_id, event.market);
        ++report_.tokens[seen_[index]].trades;
        // A hash contains the last trade: the group is judged before the next one.
        if (in_group(index) && tokens_[index].last_trade != event.price) close_group();
        tokens_[index].last_trade = event.price;
        return;
      }
      case MarketEventKind::tick_size_change: tokens_[token_of(event.asset_id, event.market)].tick = event.tick; return;
      case MarketEventKind::best_bid_ask:
      case MarketEventKind::new_market:
      case MarketEventKind::market_resolved: return;
    }
  }

  std::size_t market_of(std::string_view id) {
    const auto it = markets_by_id_.find(id);
    if (it != markets_by_id_.end()) return it->second;
    if (known_markets_.try_emplace(std::string(id), 0).second) ++report_.markets;
    markets_.push_back({.id = std::string(id)});
    markets_by_id_.emplace(std::string(id), markets_.size() - 1);
    return markets_.size() - 1;
  }

  std::size_t token_of(std::string_view asset_id, std::string_view market) {
    const auto it = tokens_by_id_.find(asset_id);
    std::size_t index = 0;
    if (it != tokens_by_id_.end()) {
      index = it->second;
    } else {
      index = tokens_.size();
      tokens_.emplace_back().market = market_of(market);
      tokens_by_id_.emplace(std::string(asset_id), index);
      const auto [known, added] = known_tokens_.try_emplace(std::string(asset_id), report_.tokens.size());
      if (added) report_.tokens.push_back({.token_id = std::string(asset_id), .market = std::string(market)});
      seen_.push_back(known->second);
    }
    if (!slug_.empty() && report_.tokens[seen_[index]].slug.empty()) report_.tokens[seen_[index]].slug = slug_;
    return index;
  }

  void note_order(Token& token, std::int64_t ms) {
    if (ms > 0 && ms < token.newest_ms) quirk("exchange_time_backwards");
    token.newest_ms = std::max(token.newest_ms, ms);
  }

  void on_book(const DecodedFrame& frame, const MarketEvent& event) {
    const std::size_t index = token_of(event.asset_id, event.market);
    if (in_group(index)) close_group();
    Token& token = tokens_[index];
    Market& market = markets_[token.market];
    ++report_.tokens[seen_[index]].books;
    const auto bids = frame.bids(event);
    const auto asks = frame.asks(event);
    levels_.push_back(event.bid_count + event.ask_count);
    note_order(token, event.timestamp_ms);
    note_repeat(event);
    if (event.tick != kNoPrice) token.tick = event.tick;
    if (event.has_last_trade_field) token.last_trade = event.last_trade;
    if (event.min_order_size.raw() >= 0) market.min_order_size = event.min_order_size;
    if (event.min_order_size.raw() >= 0) quirk("books_with_rest_fields");
    if (bids.empty()) quirk("books_with_empty_bids");
    if (asks.empty()) quirk("books_with_empty_asks");
    if (!bids.empty() && !asks.empty() && bids.back().price >= asks.back().price) quirk("crossed_books");
    if (token.tick != kNoPrice) {
      const auto off = [&](const model::Level& level) { return level.price.raw() % token.tick.raw() != 0; };
      if (std::any_of(bids.begin(), bids.end(), off) || std::any_of(asks.begin(), asks.end(), off))
        quirk("books_off_the_tick");
    }
    (void)token.book.apply_snapshot(0, bids, asks);
    token.has_snapshot = true;
    if (event.has_last_trade_field && event.tick != kNoPrice) check_book(token, market, event);
  }

  void note_repeat(const MarketEvent& event) {
    if (event.hash.empty()) {
      quirk("books_without_hash");
      return;
    }
    if (remembered_.size() > kRememberedBooks) remembered_.clear();
    const std::size_t fingerprint = absl::HashOf(event.asset_id, event.hash, event.timestamp_ms);
    if (!remembered_.insert(fingerprint).second) quirk("repeated_books");
  }

  crypto::Sha1Digest hash_of(const Token& token, std::string_view asset_id, const Market& market, std::int64_t ms,
                             bool neg_risk) {
    return hasher_.hash(token.book.view(), {.market = market.id,
                                            .asset_id = asset_id,
                                            .timestamp_ms = ms,
                                            .min_order_size = market.min_order_size,
                                            .tick = token.tick,
                                            .neg_risk = neg_risk,
                                            .last_trade = token.last_trade});
  }

  /// A book that carries its preimage. Streams leave neg_risk out: it is whichever value makes the first one verify.
  void check_book(const Token& token, Market& market, const MarketEvent& event) {
    const auto claimed = polymarket::parse_book_hash(event.hash);
    if (!claimed) return;
    if (event.neg_risk >= 0) {
      market.neg_risk = event.neg_risk == 1;
      market.neg_risk_known = true;
    }
    bool verified = hash_of(token, event.asset_id, market, event.timestamp_ms, market.neg_risk) == *claimed;
    if (!verified && !market.neg_risk_known) {
      verified = hash_of(token, event.asset_id, market, event.timestamp_ms, !market.neg_risk) == *claimed;
      if (verified) market.neg_risk = !market.neg_risk;
    }
    market.neg_risk_known |= verified;
    ++report_.hash.books_checked;
    report_.hash.books_verified += verified ? 1 : 0;
    count_check(verified);
  }

  void count_check(bool verified) {
    ++report_.hash.checked;
    ++(verified ? report_.hash.verified : report_.hash.mismatched);
  }

  [[nodiscard]] bool in_group(std::size_t token) const {
    return std::any_of(group_.members.begin(), group_.members.end(),
                       [&](const GroupMember& m) { return m.token == token; });
  }

  GroupMember& member_of(std::size_t token) {
    for (GroupMember& member : group_.members) {
      if (member.token == token) return member;
    }
    group_.members.push_back({.token = token});
    return group_.members.back();
  }

  void on_changes(const DecodedFrame& frame, const MarketEvent& event) {
    if (group_.messages == 0 || group_.market != event.market || group_.ms != event.timestamp_ms) {
      close_group();
      group_.market = event.market;
      group_.ms = event.timestamp_ms;
    } else {
      quirk("messages_in_the_same_millisecond");
    }
    ++group_.messages;
    const auto changes = frame.changes_of(event);
    for (const LevelChange& change : changes) {
      if (change.asset_id != changes.front().asset_id) {
        quirk("changes_of_both_tokens");
        break;
      }
    }
    ordered_.clear();
    for (const LevelChange& change : changes) on_change(event, change);
  }

  void on_change(const MarketEvent& event, const LevelChange& change) {
    const std::size_t index = token_of(change.asset_id, event.market);
    Token& token = tokens_[index];
    ++report_.tokens[seen_[index]].changes;
    const bool out_of_order = event.timestamp_ms > 0 && event.timestamp_ms < token.newest_ms;
    if (std::find(ordered_.begin(), ordered_.end(), index) == ordered_.end()) {
      note_order(token, event.timestamp_ms);  // once a message and token
      ordered_.push_back(index);
    }
    if (change.best_bid == Price(0) || change.best_ask == kPriceOne) quirk("empty_side_in_best_prices");
    if (!token.has_snapshot) {
      quirk("changes_before_a_snapshot");
    }
    const Shares before = token.book.size_at(change.side, change.price);
    if (token.has_snapshot && change.size.raw() == 0 && before.raw() == 0) quirk("removals_of_absent_levels");
    if (change.size.raw() > 0 && before == change.size) quirk("changes_to_the_same_size");
    (void)token.book.apply_change(0, change.side, change.price, change.size);
    if (!token.has_snapshot || token.tick == kNoPrice) return;
    const auto claimed = polymarket::parse_book_hash(change.hash);
    if (!claimed) return;
    const Market& market = markets_[token.market];
    count_check(hash_of(token, change.asset_id, market, event.timestamp_ms, market.neg_risk) == *claimed);
    GroupMember& member = member_of(index);
    member.hashes.push_back(*claimed);
    member.out_of_order |= out_of_order;
    member.best_bid = change.best_bid;
    member.best_ask = change.best_ask;
  }

  void close_group() {
    for (const GroupMember& member : group_.members) {
      const Token& token = tokens_[member.token];
      const Market& market = markets_[token.market];
      const auto digest =
          hash_of(token, report_.tokens[seen_[member.token]].token_id, market, group_.ms, market.neg_risk);
      ++report_.hash.group_checked;
      const model::Quote quote = token.book.quote();
      const bool differs = (member.best_bid != kNoPrice && member.best_bid != quote.bid) ||
                           (member.best_ask != kNoPrice && member.best_ask != quote.ask);
      if (differs) quirk("best_prices_differ_after_a_group");
      if (std::find(member.hashes.begin(), member.hashes.end(), digest) != member.hashes.end()) {
        ++report_.hash.group_verified;
        continue;
      }
      const char* const reason = member.out_of_order   ? "out_of_order"
                                 : group_.messages > 1 ? "several_messages"
                                                       : "single_message";
      ++report_.hash.groups_mismatched_by_class[reason];
    }
    group_.members.clear();
    group_.messages = 0;
  }

  InspectReport& report_;
  TextMap<std::size_t>& known_tokens_;   // token id -> index in report_.tokens, over all recordings
  TextMap<std::size_t>& known_markets_;
  std::vector<std::uint64_t>& levels_;
  Clock clock_;
  std::string_view slug_;
  TextMap<std::size_t> tokens_by_id_;
  TextMap<std::size_t> markets_by_id_;
  std::vector<Token> tokens_;
  std::vector<std::size_t> seen_;        // token -> index in report_.tokens
  std::vector<Market> markets_;
  std::vector<std::size_t> ordered_;
  FlatSet<std::size_t> remembered_;
  Group group_;
  polymarket::BookHasher hasher_;
};

void add(polymarket::DecoderStats& sum, const polymarket::DecoderStats& part) {
  sum.frames += part.frames;
  sum.fast_path += part.fast_path;
  sum.fallback += part.fallback;
  sum.non_json += part.non_json;
  sum.empty_arrays += part.empty_arrays;
  sum.malformed += part.malformed;
  sum.unknown_types += part.unknown_types;
}

void add_skipped(InspectReport& report, const store::CaptureStats& stats) {
  report.lines += stats.lines;
  report.skipped += stats.skipped_total();
  for (std::size_t i = 0; i < store::kSkipReasons; ++i) {
    if (stats.skipped[i] > 0)
      report.skipped_by_reason[std::string(to_text(static_cast<store::SkipReason>(i)))] += stats.skipped[i];
  }
}

}  // namespace

Expected<InspectReport> inspect(const std::vector<std::string>& paths,
                                const std::function<bool(const InspectProgress&)>& progress) {
  InspectReport report;
  TextMap<std::size_t> known_tokens;
  TextMap<std::size_t> known_markets;
  std::vector<std::uint64_t> levels;
  std::vector<store::CaptureReader> readers;
  InspectProgress state;
  for (const std::string& path : paths) {
    TRY(reader, store::CaptureReader::open(path));
    state.bytes_total += reader.file_size();
    readers.push_back(std::move(reader));
  }
  std::uint64_t bytes_before = 0;
  for (store::CaptureReader& reader : readers) {
    Recording recording(report, known_tokens, known_markets, levels);
    polymarket::MarketDecoder decoder;
    DecodedFrame decoded;
    store::CaptureFrame frame;
    while (!report.interrupted) {
      const auto more = reader.next(frame);
      if (!more && more.error().code == "capture.not_a_capture") return std::unexpected(more.error());
      if (!more) report.errors.push_back(more.error());
      if (!more || !*more) break;
      ++report.frames;
      decoder.decode(frame.text, decoded);
      recording.on_frame(frame, decoded);
      if (progress && report.frames % kProgressEvery == 0) {
        state.bytes_done = bytes_before + reader.bytes_consumed();
        state.frames = report.frames;
        report.interrupted = !progress(state);
      }
    }
    recording.finish();
    bytes_before += reader.file_size();
    add(report.decoder, decoder.stats());
    add_skipped(report, reader.stats());
  }
  if (!levels.empty()) {
    std::sort(levels.begin(), levels.end());
    report.levels_median = levels[levels.size() / 2];
    report.levels_max = levels.back();
  }
  return report;
}

}  // namespace ebb::runner
