#include "exchange/demo_markets.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "base/random.hpp"

namespace ebb::exchange {
namespace {

constexpr std::uint64_t kSpecStream = 0xD3140;
constexpr Duration kLongLife = hours(24 * 7);

struct Theme {
  const char* slug;
  const char* question;
  std::int32_t fee_bps;
};
constexpr Theme kThemes[] = {{"harbour-wind-above-30kn", "Will the harbour measure wind above 30 kn on day {}?", 500},
                             {"btc-close-up", "Will Bitcoin close up on day {}?", 700},
                             {"river-level-below-2m", "Will the river stay below 2 m on day {}?", 500},
                             {"northern-derby-home-win", "Will the home side win derby {}?", 500},
                             {"council-vote-passes", "Will motion {} pass the council?", 400},
                             {"eth-close-up", "Will Ether close up on day {}?", 700},
                             {"train-on-time", "Will the night train {} arrive on time?", 500},
                             {"index-above-open", "Will the index end above its open in session {}?", 400}};

std::string hex_id(Random& random) {
  std::string id = "0x";  // drawn one by one: the order of arguments is not ours to know
  for (int i = 0; i < 4; ++i) id += fmt::format("{:016x}", random.next());
  return id;
}

/// 76 digits: the length of the venue's ids, and always below 2^256.
std::string token_id(Random& random) {
  std::string digits(1, static_cast<char>('1' + random.below(9)));
  while (digits.size() < 76) digits += static_cast<char>('0' + random.below(10));
  return digits;
}

}  // namespace

std::vector<model::MarketSpec> demo_markets(const DemoMarketsConfig& config) {
  Random random = Random::stream(config.seed, kSpecStream);
  std::vector<model::MarketSpec> specs;
  for (int i = 0; i < config.markets; ++i) {
    const Theme& theme = kThemes[static_cast<std::size_t>(i) % std::size(kThemes)];
    model::MarketSpec spec;
    spec.condition_id = hex_id(random);
    spec.slug = fmt::format("{}-{}", theme.slug, i + 1);
    spec.question = fmt::format(fmt::runtime(theme.question), i + 1);
    spec.tokens[0] = {token_id(random), "Yes"};
    spec.tokens[1] = {token_id(random), "No"};
    spec.tick = i % 4 == 3 ? Price(10) : Price(100);
    spec.fees.rate_bps = theme.fee_bps;
    spec.start = config.start;
    const auto place = static_cast<std::size_t>(i);
    spec.end = config.start + (place < config.short_lives.size() ? config.short_lives[place] : kLongLife);
    spec.end_precision = model::EndPrecision::exact;
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace ebb::exchange
