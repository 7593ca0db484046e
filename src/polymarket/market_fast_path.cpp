// The fast path of MarketDecoder: the venue's own shapes, byte for byte.
//
//   {"market":"M","asset_id":"A","bids":[L,...],"asks":[L,...],"hash":"H","timestamp":"T","event_type":"book"}
//   {"market":"M","asset_id":"A","timestamp":"T","hash":"H","bids":[L,...],"asks":[L,...],"tick_size":"P",
//    "event_type":"book","last_trade_price":"P"}
//   {"market":"M","price_changes":[C,...],"timestamp":"T","event_type":"price_change"}
//   L = {"price":"P","size":"S"}
//   C = {"asset_id":"A","price":"P","size":"S","side":"BUY|SELL","hash":"H","best_bid":"P","best_ask":"P"}
//
// price_change comes with ", " between its members (the venue's) or with "," (compact). Anything else, down to a level
// out of order, is left to the fallback. Texts are compared and numbers parsed eight bytes at a time; every read is
// covered by a check against the end of the frame.
#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

#include "polymarket/market_decoder.hpp"

namespace ebb::polymarket {
namespace {

using model::DecodedFrame;
using model::Level;
using model::LevelChange;
using model::MarketEvent;
using model::MarketEventKind;

static_assert(std::endian::native == std::endian::little, "numbers are parsed from little-endian words");

std::uint64_t load64(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}
std::uint32_t load32(const char* p) {
  std::uint32_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// Whether `literal` stands at p; the caller has checked that it fits. The literal's words fold to constants.
template <std::size_t N>
[[gnu::always_inline]] inline bool stands_at(const char* p, const char (&literal)[N]) {
  constexpr std::size_t length = N - 1;
  std::uint64_t difference = 0;
  std::size_t i = 0;
  if constexpr (length >= 8) {
    for (; i + 8 <= length; i += 8) difference |= load64(p + i) ^ load64(literal + i);
    if constexpr (length % 8 != 0) difference |= load64(p + length - 8) ^ load64(literal + length - 8);
  } else if constexpr (length >= 4) {
    difference = load32(p) ^ load32(literal);
    if constexpr (length > 4) difference |= load32(p + length - 4) ^ load32(literal + length - 4);
  } else {
    for (; i < length; ++i) difference |= static_cast<unsigned char>(p[i] ^ literal[i]);
  }
  return difference == 0;
}

constexpr std::uint64_t kAsciiZeros = 0x3030303030303030;
constexpr std::uint64_t kHighBits = 0x8080808080808080;

/// Eight ASCII characters minus '0': digits become 0 to 9. High bits of non-digits are set in `other`.
struct DigitWord {
  std::uint64_t digits;
  std::uint64_t other;
  explicit DigitWord(const char* p) : digits(load64(p) ^ kAsciiZeros) {
    other = ((digits + 0x7676767676767676) | digits) & kHighBits;
  }
  /// Number of digits at the front, 0 to 8.
  [[nodiscard]] unsigned leading() const { return static_cast<unsigned>(std::countr_zero(other)) / 8; }
};

/// Value of eight digits, first character in the lowest byte.
std::uint32_t value_of_8(std::uint64_t digits) {
  digits = digits * 10 + (digits >> 8);
  constexpr std::uint64_t kPairs = 0x000000ff000000ff;
  const std::uint64_t high = (digits & kPairs) * 0x000f424000000064;
  const std::uint64_t low = ((digits >> 16) & kPairs) * 0x0000271000000001;
  return static_cast<std::uint32_t>((high + low) >> 32);
}

/// Where the quotes and points of the next 64 bytes are: bit i for p[i]. One look finds every value of a level, so that
/// the next level's place is known long before this one's numbers are.
struct Marks {
  std::uint64_t quotes = 0;
  std::uint64_t points = 0;
  explicit Marks(const char* p) {
#ifdef __AVX2__
    for (int i = 0; i < 2; ++i) {
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32 * i));
      quotes |= bits(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"')))) << (32 * i);
      points |= bits(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('.')))) << (32 * i);
    }
#else
    for (int i = 0; i < 4; ++i) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16 * i));
      quotes |= bits(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')))) << (16 * i);
      points |= bits(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')))) << (16 * i);
    }
#endif
  }
  /// Offset of the first quote at or behind `from`; 64 if there is none.
  [[nodiscard]] unsigned quote_from(unsigned from) const {
    return static_cast<unsigned>(std::countr_zero(quotes & (~std::uint64_t{0} << from)));
  }

 private:
  static std::uint64_t bits(int mask) { return static_cast<std::uint32_t>(mask); }
};

/// The first `count` (1 to 8) characters of `word` as a number; false if one is no digit.
[[gnu::always_inline]] inline bool leading_number(const DigitWord& word, unsigned count, std::uint64_t& digits) {
  const unsigned unused = 64 - 8 * count;
  digits = word.digits << unused;  // zeros in front
  return (word.other << unused) == 0;
}

/// A price strictly within (0, 1): "0." and one to four digits, `length` characters. Ten bytes must be readable.
[[gnu::always_inline]] inline bool price_of(const char* p, unsigned length, Price& out) {
  const unsigned count = length - 2;
  if (count - 1 > 3 || p[0] != '0' || p[1] != '.') [[unlikely]]
    return false;
  const DigitWord word(p + 2);
  std::uint64_t digits = 0;
  if (!leading_number(word, count, digits)) [[unlikely]]
    return false;
  // From the top bytes to the bottom: the first digit counts tenths, whatever their number.
  auto d = static_cast<std::uint32_t>(digits >> (64 - 8 * count));
  d = (d * 10 + (d >> 8)) & 0x00ff00ff;
  out = Price(static_cast<std::int32_t>((d & 0xff) * 100 + (d >> 16)));
  return out.raw() != 0;
}

/// A size of one to eight digits and up to six decimals: `length` characters, its point (if any) at `point`, else
/// point >= length. Eight bytes behind it must be readable.
[[gnu::always_inline]] inline bool size_of(const char* p, unsigned length, unsigned point, Shares& out) {
  // Half of all sizes have decimals: arithmetic instead of a branch that nobody can predict.
  const unsigned whole_count = std::min(point, length);
  const unsigned fractional = point < length ? 1 : 0;
  const unsigned decimals = length - whole_count - fractional;
  if (whole_count - 1 > 7 || decimals > 6 || fractional > decimals) [[unlikely]]
    return false;
  std::uint64_t whole = 0;
  const DigitWord part(p + whole_count + 1);
  const std::uint64_t kept = (std::uint64_t{1} << (8 * decimals)) - 1;
  if (!leading_number(DigitWord(p), whole_count, whole) || (part.other & kept) != 0) [[unlikely]]
    return false;
  // two zeros in front of the decimals: eight digits that count millionths
  out = Shares(static_cast<std::int64_t>(value_of_8(whole)) * kShareScale + value_of_8((part.digits & kept) << 16));
  return true;
}

/// Reads forward through one frame. Every function returns false when the frame is not as expected.
class Cursor {
 public:
  explicit Cursor(std::string_view frame) : p_(frame.data()), end_(frame.data() + frame.size()) {}

  [[nodiscard]] bool has(std::ptrdiff_t bytes) const { return end_ - p_ >= bytes; }
  [[nodiscard]] bool at_end() const { return p_ == end_; }
  [[nodiscard]] char peek() const { return *p_; }  // needs has(1)
  [[nodiscard]] const char* at() const { return p_; }
  void skip(std::ptrdiff_t bytes) { p_ += bytes; }

  template <std::size_t N>
  [[gnu::always_inline]] bool take(const char (&literal)[N]) {
    if (!has(N - 1) || !stands_at(p_, literal)) [[unlikely]]
      return false;
    p_ += N - 1;
    return true;
  }
  /// As take, where the caller has checked the room.
  template <std::size_t N>
  [[gnu::always_inline]] bool take_unchecked(const char (&literal)[N]) {
    if (!stands_at(p_, literal)) [[unlikely]]
      return false;
    p_ += N - 1;
    return true;
  }

  /// The characters up to the next quote, which is passed. Only printable ASCII without a backslash: whatever else JSON
  /// allows in a string is the fallback's business.
  [[gnu::always_inline]] bool text(std::string_view& out) {
    const char* const start = p_;
    while (has(kBlock)) {
      const std::uint32_t stop = stops(p_);
      if (stop != 0) {
        p_ += std::countr_zero(stop);
        return close_text(start, out);
      }
      p_ += kBlock;
    }
    while (has(1) && *p_ >= ' ' && *p_ <= '~' && *p_ != '"' && *p_ != '\\') ++p_;
    return has(1) && close_text(start, out);
  }

  /// A price strictly within (0, 1) spelled "0." and one to four digits, and its closing quote.
  [[gnu::always_inline]] bool level_price(Price& out) {  // needs has(10)
    std::uint32_t raw = 0;
    if (p_[0] != '0' || p_[1] != '.' || !fraction(raw)) [[unlikely]]
      return false;
    out = Price(static_cast<std::int32_t>(raw));
    return raw != 0;
  }

  /// A best price: as a level's, or "0", "1" for an empty side, or "" for none.
  [[gnu::always_inline]] bool best_price(Price& out) {  // needs has(10)
    if (p_[0] == '0' && p_[1] == '.') [[likely]] {
      std::uint32_t raw = 0;
      if (!fraction(raw)) return false;
      out = Price(static_cast<std::int32_t>(raw));
      return true;
    }
    if (p_[0] == '"') {
      out = model::kNoPrice;
      p_ += 1;
      return true;
    }
    if ((p_[0] != '0' && p_[0] != '1') || p_[1] != '"') return false;
    out = p_[0] == '0' ? Price(0) : kPriceOne;
    p_ += 2;
    return true;
  }

  /// best_price near the end of the frame, where there is no room for whole words.
  bool last_price(Price& out) {
    char padded[kLastRoom + 10] = {};
    const std::ptrdiff_t left = end_ - p_ < kLastRoom ? end_ - p_ : kLastRoom;
    std::memcpy(padded, p_, static_cast<std::size_t>(left));
    Cursor copy({padded, sizeof padded});
    if (!copy.best_price(out) || copy.p_ - padded > left) return false;
    p_ += copy.p_ - padded;
    return true;
  }

  /// Thirteen digits of milliseconds, and the closing quote. Needs has(14).
  [[gnu::always_inline]] bool timestamp(std::int64_t& out) {
    const DigitWord first(p_);
    const DigitWord last(p_ + 5);
    if ((first.other | last.other) != 0 || p_[13] != '"') [[unlikely]]
      return false;
    out = static_cast<std::int64_t>(value_of_8(first.digits << 24)) * 100'000'000 + value_of_8(last.digits);
    p_ += 14;
    return out >= 1'000'000'000'000 && out <= 4'102'444'800'000;
  }

 private:
  static constexpr std::ptrdiff_t kLastRoom = 16;
#ifdef __AVX2__
  static constexpr std::ptrdiff_t kBlock = 32;
  /// Bit i set: p[i] ends the text or does not belong into one. Signed comparison: bytes from 0x80 on count as small.
  static std::uint32_t stops(const char* p) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    const __m256i quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
    const __m256i backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'));
    const __m256i control = _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), bytes);
    return static_cast<std::uint32_t>(
        _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(quote, backslash), control)));
  }
#else
  static constexpr std::ptrdiff_t kBlock = 16;
  static std::uint32_t stops(const char* p) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const __m128i control = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control)));
  }
#endif

  bool close_text(const char* start, std::string_view& out) {
    if (*p_ != '"') [[unlikely]]
      return false;
    out = {start, static_cast<std::size_t>(p_ - start)};
    ++p_;
    return true;
  }

  /// One to four digits after "0." as ten-thousandths, and the closing quote.
  [[gnu::always_inline]] bool fraction(std::uint32_t& raw) {
    const DigitWord word(p_ + 2);
    const unsigned digits = word.leading();
    if (digits - 1 > 3) [[unlikely]]
      return false;
    auto d = static_cast<std::uint32_t>(word.digits & ((std::uint64_t{1} << (8 * digits)) - 1));
    d = (d * 10 + (d >> 8)) & 0x00ff00ff;
    raw = (d & 0xff) * 100 + (d >> 16);
    p_ += 2 + digits;
    return *p_++ == '"';
  }

  const char* p_;
  const char* end_;
};

constexpr std::ptrdiff_t kLevelRoom = 64;  // a window of marks; no level is as long
constexpr std::ptrdiff_t kChangeTail = 128;  // an entry of price_change from "price" on, its hash apart

/// {"price":"P","size":"S"} at `p`, which has kLevelRoom; its length, 0 if it is something else.
[[gnu::always_inline]] inline unsigned read_level(const char* p, Level& level) {
  constexpr unsigned kPrice = 10;  // offset of P
  constexpr unsigned kBetween = 10;  // ","size":" with both quotes
  const Marks marks(p);
  const unsigned price_end = marks.quote_from(kPrice);
  const unsigned size_start = price_end + kBetween;
  if (size_start > 40) [[unlikely]]
    return 0;
  const unsigned size_end = marks.quote_from(size_start);
  if (size_end > 60) [[unlikely]]
    return 0;
  const auto point = static_cast<unsigned>(std::countr_zero(marks.points >> size_start));
  if (!stands_at(p, "{\"price\":\"") || !stands_at(p + price_end, "\",\"size\":\"") || p[size_end + 1] != '}' ||
      !price_of(p + kPrice, price_end - kPrice, level.price) ||
      !size_of(p + size_start, size_end - size_start, point, level.size)) [[unlikely]] {
    return 0;
  }
  return size_end + 2;
}

/// The levels after the opening bracket, best last, and the closing bracket.
template <bool Ascending>
bool read_levels(Cursor& in, DecodedFrame& out, std::uint32_t& count) {
  if (in.has(1) && in.peek() == ']') {
    in.skip(1);
    count = 0;
    return true;
  }
  const std::size_t first = out.levels.size();
  std::int32_t previous = Ascending ? 0 : kPriceScale;
  while (true) {
    Level level;
    const unsigned length = in.has(kLevelRoom) ? read_level(in.at(), level) : 0;
    const std::int32_t price = level.price.raw();
    if (length == 0 || (Ascending ? price <= previous : price >= previous) || level.size.raw() == 0) [[unlikely]]
      return false;
    previous = price;
    out.levels.push_back(level);
    const char next = in.at()[length];
    in.skip(length + 1);
    if (next == ',') [[likely]]
      continue;
    count = static_cast<std::uint32_t>(out.levels.size() - first);
    return next == ']';
  }
}

bool read_ladders(Cursor& in, DecodedFrame& out, MarketEvent& event) {
  event.first = static_cast<std::uint32_t>(out.levels.size());
  return in.take(",\"bids\":[") && read_levels<true>(in, out, event.bid_count) && in.take(",\"asks\":[") &&
         read_levels<false>(in, out, event.ask_count);
}

/// After the asset id of the shape that follows a trade.
bool read_streamed_book(Cursor& in, DecodedFrame& out, MarketEvent& event) {
  return read_ladders(in, out, event) && in.take(",\"hash\":\"") && in.text(event.hash) &&
         in.take(",\"timestamp\":\"") && in.has(14) && in.timestamp(event.timestamp_ms) &&
         in.take(",\"event_type\":\"book\"}");
}

/// After the asset id of the shape that answers a subscription.
bool read_initial_book(Cursor& in, DecodedFrame& out, MarketEvent& event) {
  constexpr std::ptrdiff_t kPriceRoom = 16;
  event.has_last_trade_field = true;
  return in.has(14) && in.timestamp(event.timestamp_ms) && in.take(",\"hash\":\"") && in.text(event.hash) &&
         read_ladders(in, out, event) && in.take(",\"tick_size\":\"") && in.has(kPriceRoom) &&
         in.level_price(event.tick) && event.tick.raw() <= kPriceScale / 2 &&
         in.take(",\"event_type\":\"book\",\"last_trade_price\":\"") && in.last_price(event.last_trade) && in.take("}");
}

bool read_book_shape(Cursor& in, DecodedFrame& out, MarketEvent& event) {
  event.kind = MarketEventKind::book;
  if (!in.text(event.asset_id) || event.asset_id.empty()) return false;
  return in.take(",\"timestamp\":\"") ? read_initial_book(in, out, event) : read_streamed_book(in, out, event);
}

/// The next member's separator and key, in the spelling of the frame.
template <bool Spaced, std::size_t C, std::size_t S>
[[gnu::always_inline]] inline bool key(Cursor& in, const char (&compact)[C], const char (&spaced)[S]) {
  if constexpr (Spaced)
    return in.take_unchecked(spaced);
  else
    return in.take_unchecked(compact);
}
template <bool Spaced, std::size_t C, std::size_t S>
[[gnu::always_inline]] inline bool key_at(const char* p, const char (&compact)[C], const char (&spaced)[S]) {
  if constexpr (Spaced)
    return stands_at(p, spaced);
  else
    return stands_at(p, compact);
}

/// ,"price":"P","size":"S","side":"BUY|SELL" where the cursor, which has kChangeTail, stands.
template <bool Spaced>
[[gnu::always_inline]] inline bool read_order(Cursor& in, LevelChange& change) {
  constexpr unsigned kGap = Spaced ? 1 : 0;
  constexpr unsigned kPrice = 10 + kGap;  // offset of P behind its key
  constexpr unsigned kSizeKey = 9 + kGap;
  const char* const p = in.at();
  const Marks marks(p);
  const unsigned price_end = marks.quote_from(kPrice);
  const unsigned size_start = price_end + 1 + kSizeKey;
  if (size_start > 40) [[unlikely]]
    return false;
  const unsigned size_end = marks.quote_from(size_start);
  if (size_end > 60) [[unlikely]]
    return false;
  const auto point = static_cast<unsigned>(std::countr_zero(marks.points >> size_start));
  if (!key_at<Spaced>(p, ",\"price\":\"", ", \"price\":\"") ||
      !price_of(p + kPrice, price_end - kPrice, change.price) ||
      !key_at<Spaced>(p + price_end + 1, ",\"size\":\"", ", \"size\":\"") ||
      !size_of(p + size_start, size_end - size_start, point, change.size)) [[unlikely]] {
    return false;
  }
  in.skip(size_end + 1);
  if (!key<Spaced>(in, ",\"side\":\"", ", \"side\":\"")) [[unlikely]]
    return false;
  const bool buy = *in.at() == 'B';
  change.side = buy ? model::Side::buy : model::Side::sell;
  const bool known = buy ? stands_at(in.at(), "BUY\"") : stands_at(in.at(), "SELL\"");
  in.skip(buy ? 4 : 5);
  return known;
}

template <bool Spaced>
[[gnu::always_inline]] inline bool read_change(Cursor& in, LevelChange& change) {
  if (!in.take("{\"asset_id\":\"") || !in.text(change.asset_id) || change.asset_id.empty()) [[unlikely]]
    return false;
  if (!in.has(kChangeTail) || !read_order<Spaced>(in, change)) [[unlikely]]
    return false;
  if (!key<Spaced>(in, ",\"hash\":\"", ", \"hash\":\"") || !in.text(change.hash) || !in.has(kLevelRoom)) [[unlikely]] {
    return false;
  }
  return key<Spaced>(in, ",\"best_bid\":\"", ", \"best_bid\":\"") && in.best_price(change.best_bid) &&
         key<Spaced>(in, ",\"best_ask\":\"", ", \"best_ask\":\"") && in.best_price(change.best_ask) &&
         in.take_unchecked("}");
}

template <bool Spaced>
bool read_price_change(Cursor& in, DecodedFrame& out, MarketEvent& event) {
  event.kind = MarketEventKind::price_change;
  event.first = static_cast<std::uint32_t>(out.changes.size());
  do {
    LevelChange& change = out.changes.emplace_back();
    if (!read_change<Spaced>(in, change)) [[unlikely]]
      return false;
    ++event.change_count;
  } while (Spaced ? in.take(", ") : in.take(","));
  const bool closed = Spaced ? in.take("], \"timestamp\":\"") : in.take("],\"timestamp\":\"");
  return closed && in.has(14) && in.timestamp(event.timestamp_ms) &&
         (Spaced ? in.take(", \"event_type\":\"price_change\"}") : in.take(",\"event_type\":\"price_change\"}"));
}

}  // namespace

bool MarketDecoder::decode_fast(std::string_view frame, DecodedFrame& out) {
  out.clear();
  if (frame.size() > JsonTree::kMaxBytes) return false;
  Cursor in(frame);
  MarketEvent& event = out.events.emplace_back();
  if (!in.take("{\"market\":\"") || !in.text(event.market)) return false;
  bool taken = false;
  if (in.take(",\"asset_id\":\"")) {
    taken = read_book_shape(in, out, event);
  } else if (in.take(", \"price_changes\":[")) {
    taken = read_price_change<true>(in, out, event);
  } else if (in.take(",\"price_changes\":[")) {
    taken = read_price_change<false>(in, out, event);
  }
  return taken && in.at_end();
}

}  // namespace ebb::polymarket
