#include "bench/decode_cases.hpp"

#include <simdjson.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "base/decimal.hpp"
#include "base/random.hpp"
#include "book/book.hpp"
#include "model/market.hpp"
#include "polymarket/market_decoder.hpp"

namespace ebb::bench {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kMarkets = 100;          // 200 tokens
// Enough different frames that the branch predictor does not know them by heart, yet in the second-level cache, as a
// frame is that has just been received.
constexpr std::size_t kFrameBytes = 384 << 10;
constexpr std::size_t kChangeBytes = 593;

std::string digits(std::size_t count, Random& random) {
  std::string text(1, static_cast<char>('1' + random.below(9)));
  while (text.size() < count) text += static_cast<char>('0' + random.below(10));
  return text;
}
std::string hex(std::size_t count, Random& random) {
  std::string text;
  while (text.size() < count) text += "0123456789abcdef"[random.below(16)];
  return text;
}

/// Two hundred tokens with ids of real length, each with a book, and frames for them.
class Fixture {
 public:
  /// What a frame reads like: `make(fixture, market, random)`.
  template <class Make>
  explicit Fixture(Make&& make) {
    Random random(593);
    for (int i = 0; i < kMarkets; ++i) {
      model::MarketSpec market;
      market.condition_id = "0x" + hex(64, random);
      market.tokens = {model::TokenSpec{digits(77, random), "Yes"}, model::TokenSpec{digits(77, random), "No"}};
      CHECK(table_.add(market).has_value());
    }
    books_.resize(table_.token_count());
    for (book::Book& book : books_) {
      for (int tick = 1; tick < 49; ++tick) {
        (void)book.apply_change(0, model::Side::buy, Price(100 * tick), shares_of(10 + tick));
        (void)book.apply_change(0, model::Side::sell, Price(10'000 - 100 * tick), shares_of(10 + tick));
      }
    }
    while (bytes_ < kFrameBytes) {
      const model::MarketIndex market(static_cast<std::uint32_t>(random.below(kMarkets)));
      frames_.emplace_back(make(table_, market, random));
      bytes_ += frames_.back().size();
    }
  }

  double ours(std::int64_t iterations) {
    return timed(iterations, [&](std::int64_t i) {
      const auto& padded = frames_[static_cast<std::size_t>(i) % frames_.size()];
      decoder_.decode({padded.data(), padded.size()}, frame_);
      for (const auto& event : frame_.events) apply(event);
    });
  }

  double nlohmann(std::int64_t iterations) {
    return timed(iterations, [&](std::int64_t i) {
      const auto& padded = frames_[static_cast<std::size_t>(i) % frames_.size()];
      const auto document = nlohmann::json::parse(padded.data(), padded.data() + padded.size());
      keep(document.size());
    });
  }

  template <class Read>
  double on_demand(std::int64_t iterations, Read&& read) {
    return timed(iterations, [&](std::int64_t i) {
      ondemand::document document;
      CHECK(parser_.iterate(frames_[static_cast<std::size_t>(i) % frames_.size()]).get(document) == simdjson::SUCCESS);
      keep(read(document));
    });
  }

  [[nodiscard]] double mean_bytes() const { return static_cast<double>(bytes_) / static_cast<double>(frames_.size()); }
  [[nodiscard]] const polymarket::DecoderStats& stats() const { return decoder_.stats(); }

 private:
  void apply(const model::MarketEvent& event) {
    if (event.kind == model::MarketEventKind::book) {
      const model::TokenIndex token = table_.find_token(event.asset_id);
      if (token.valid())
        keep(books_[token.value()].apply_snapshot(event.timestamp_ms, frame_.bids(event), frame_.asks(event)));
      return;
    }
    for (const auto& change : frame_.changes_of(event)) {
      const model::TokenIndex token = table_.find_token(change.asset_id);
      if (token.valid())
        keep(books_[token.value()].apply_change(event.timestamp_ms, change.side, change.price, change.size));
    }
  }

  model::MarketTable table_;
  std::vector<book::Book> books_;
  std::vector<simdjson::padded_string> frames_;
  std::size_t bytes_ = 0;
  polymarket::MarketDecoder decoder_;
  model::DecodedFrame frame_;
  ondemand::parser parser_;
};

std::string field(std::string_view key, std::string_view value) {
  return '"' + std::string(key) + "\":\"" + std::string(value) + '"';
}

/// One order seen from both tokens, in the venue's order of keys, padded to 593 bytes by the digits of its size.
std::string make_price_change(const model::MarketTable& table, model::MarketIndex market, Random& random) {
  const auto& spec = table.market(market);
  const Price price(static_cast<std::int32_t>(100 * random.between(11, 48)));
  const Price bid(4800), ask(5200);
  const auto build = [&](const std::string& size) {
    const auto entry = [&](int outcome, Price at, std::string_view side) {
      return "{" + field("asset_id", spec.tokens[static_cast<std::size_t>(outcome)].token_id) + "," +
             field("price", to_text(at)) + "," + field("size", size) + "," + field("side", side) + "," +
             field("hash", std::string(40, 'a')) + "," + field("best_bid", to_text(bid)) + "," +
             field("best_ask", to_text(ask)) + "}";
    };
    return "{" + field("market", spec.condition_id) + ",\"price_changes\":[" + entry(0, price, "BUY") + "," +
           entry(1, complement(price), "SELL") + "]," +
           field("timestamp", std::to_string(1'790'000'000'000 + static_cast<std::int64_t>(random.below(1'000'000)))) +
           "," + field("event_type", "price_change") + "}";
  };
  const std::size_t room = (kChangeBytes + 1 - build("").size()) / 2;
  return build(room > 3 && random.chance(0.5) ? digits(room - 3, random) + "." + digits(2, random)
                                              : digits(room, random));
}

std::string make_book(const model::MarketTable& table, model::MarketIndex market, Random& random, int levels_a_side) {
  const auto& token = table.market(market).tokens[random.below(2)].token_id;
  const auto side = [&](int sign) {
    std::string out = "[";
    for (int i = levels_a_side; i > 0; --i) {
      std::string size = digits(1 + random.below(5), random);
      if (random.chance(0.4)) size += "." + digits(2, random);
      if (size.size() > 3 && size.back() == '0' && size.find('.') != std::string::npos) size.back() = '5';
      out += (out.size() > 1 ? ",{" : "{") + field("price", to_text(Price(5000 + sign * 70 * i))) + "," +
             field("size", size) + "}";
    }
    return out + "]";
  };
  return "{" + field("market", table.market(market).condition_id) + "," + field("asset_id", token) +
         ",\"bids\":" + side(-1) + ",\"asks\":" + side(1) + "," + field("hash", hex(40, random)) + "," +
         field("timestamp", "1790000000123") + "," + field("event_type", "book") + "}";
}

/// Reads every member in the order in which it stands, as text. Returns the sum of lengths, so that nothing is dropped.
std::size_t read_price_change(ondemand::document& document) {
  std::string_view text;
  std::size_t sum = 0;
  const auto take = [&](auto&& result) {
    if (result.get_string().get(text) == simdjson::SUCCESS) sum += text.size();
  };
  ondemand::object root;
  ondemand::array entries;
  if (document.get_object().get(root) != simdjson::SUCCESS) return 0;
  take(root.find_field("market"));
  if (root.find_field("price_changes").get_array().get(entries) != simdjson::SUCCESS) return 0;
  for (auto item : entries) {
    ondemand::object entry;
    if (item.get_object().get(entry) != simdjson::SUCCESS) return 0;
    for (const std::string_view key : {"asset_id", "price", "size", "side", "hash", "best_bid", "best_ask"})
      take(entry.find_field(key));
  }
  take(root.find_field("timestamp"));
  take(root.find_field("event_type"));
  return sum;
}

std::size_t read_book(ondemand::document& document) {
  std::string_view text;
  std::size_t sum = 0;
  const auto take = [&](auto&& result) {
    if (result.get_string().get(text) == simdjson::SUCCESS) sum += text.size();
  };
  ondemand::object root;
  if (document.get_object().get(root) != simdjson::SUCCESS) return 0;
  take(root.find_field("market"));
  take(root.find_field("asset_id"));
  for (const std::string_view side : {"bids", "asks"}) {
    ondemand::array levels;
    if (root.find_field(side).get_array().get(levels) != simdjson::SUCCESS) return 0;
    for (auto item : levels) {
      ondemand::object level;
      if (item.get_object().get(level) != simdjson::SUCCESS) return 0;
      take(level.find_field("price"));
      take(level.find_field("size"));
    }
  }
  take(root.find_field("hash"));
  take(root.find_field("timestamp"));
  take(root.find_field("event_type"));
  return sum;
}

/// A case around a fixture that is made when it is first needed.
template <class Make, class Read>
Case decode_case(std::string name, Make make, Read read) {
  auto fixture = std::make_shared<std::unique_ptr<Fixture>>();
  const auto get = [fixture, make]() -> Fixture& {
    if (!*fixture) *fixture = std::make_unique<Fixture>(make);
    return **fixture;
  };
  Case result;
  result.name = std::move(name);
  result.unit = Unit::ns_per_op;
  result.reference = "simdjson on-demand, reads all fields (" + simdjson::get_active_implementation()->name() + ")";
  result.ours = [get](std::int64_t n) { return get().ours(n); };
  result.reference_run = [get, read](std::int64_t n) { return get().on_demand(n, read); };
  result.extra = [get]() -> std::vector<Extra> {
    constexpr std::int64_t kRuns = 2'000;
    const double nlohmann = get().nlohmann(kRuns) / kRuns * 1e9;
    const auto& stats = get().stats();
    return {{"bytes", get().mean_bytes()},
            {"nlohmann_dom_ns", nlohmann},
            {"fast_path_share",
             stats.frames == 0 ? 0.0 : static_cast<double>(stats.fast_path) / static_cast<double>(stats.frames)}};
  };
  result.release = [fixture] { fixture->reset(); };
  return result;
}

}  // namespace

void add_decode_cases(std::vector<Case>& cases) {
  cases.push_back(decode_case("decode/price_change", make_price_change, read_price_change));
  for (const int levels : {1, 16, 32, 64}) {
    const auto make = [levels](const model::MarketTable& table, model::MarketIndex market, Random& random) {
      return make_book(table, market, random, levels);
    };
    cases.push_back(decode_case("decode/book/" + std::to_string(levels), make, read_book));
  }
}

}  // namespace ebb::bench
