#include "exchange/venue_markets.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.hpp"
#include "exchange/demo_markets.hpp"

namespace ebb::exchange {
namespace {

constexpr std::uint64_t kVenueStream = 0x7E40;
constexpr int kRound = 20;  // the mix repeats

void write_word(crypto::Word& word, std::size_t first, std::size_t bytes, std::uint64_t value) {
  for (std::size_t i = 0; i < bytes; ++i) word[first + bytes - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void make_v2(model::MarketSpec& spec, Random& random) {
  const std::uint64_t high = random.next();
  const std::uint64_t low = random.next();
  spec.version = model::ProtocolVersion::v2;
  for (int outcome = 0; outcome < 2; ++outcome) {
    spec.tokens[static_cast<std::size_t>(outcome)].token_id =
        decimal_text(v2_position_id(spec.neg_risk, high, low, outcome));
  }
  spec.condition_id.replace(spec.condition_id.size() - 2, 2, "00");  // 31 bytes, padded
}

}  // namespace

std::string decimal_text(const crypto::Word& word) {
  crypto::Word left = word;
  std::string digits;
  bool more = true;
  while (more) {
    unsigned remainder = 0;
    more = false;
    for (std::uint8_t& byte : left) {
      const unsigned value = remainder * 256 + byte;
      byte = static_cast<std::uint8_t>(value / 10);
      remainder = value % 10;
      more |= byte != 0;
    }
    digits += static_cast<char>('0' + remainder);
  }
  std::reverse(digits.begin(), digits.end());
  return digits;
}

crypto::Word v2_position_id(bool neg_risk, std::uint64_t salt_high, std::uint64_t salt_low, int outcome) {
  crypto::Word word{};
  word[0] = neg_risk ? 2 : 1;
  write_word(word, 1, 8, salt_high);
  write_word(word, 9, 8, salt_low);  // bytes 17, 18 and 27 to 30 are left zero; bits 40 to 103 are bytes 19 to 26
  word[31] = static_cast<std::uint8_t>(outcome);
  return word;
}

std::vector<VenueMarket> venue_markets(std::uint64_t seed, int count, Timestamp start) {
  Random random = Random::stream(seed, kVenueStream);
  std::vector<VenueMarket> markets;
  for (model::MarketSpec& spec : demo_markets({.seed = seed, .markets = count, .start = start, .short_lives = {}})) {
    const int number = static_cast<int>(markets.size());
    const int place = number % kRound;
    VenueMarket market;
    spec.neg_risk = place == 2 || place == 4 || place == 12 || place == 16;
    if (place == 2 || place == 4) spec.event = fmt::format("regatta-{}", number / kRound + 1);
    if (place == 9) spec.tick = Price(50);
    if (place == 13) spec.tick = Price(25);
    if (place == 19) spec.tick = Price(1);
    if (place == 6 || place == 16) make_v2(spec, random);
    market.holds_takers = place == 5 || place == 13;
    market.seconds_delay = place == 11 ? 3 : 0;
    market.spec = std::move(spec);
    markets.push_back(std::move(market));
  }
  return markets;
}

}  // namespace ebb::exchange
