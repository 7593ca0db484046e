#include "bench/fanout.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstring>

#include "base/check.hpp"
#include "base/decimal.hpp"

namespace ebb::bench {
namespace {

constexpr std::int64_t kStartMs = 1'790'000'000'000;
constexpr int kLevels = 50;
constexpr Duration kBetweenFrames = nanoseconds(2'000);  // two events: a million events a second of simulated time

std::string digits(Random& random, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += static_cast<char>('0' + (i == 0 ? 1 + random.below(9) : random.below(10)));
  return text;
}

std::string hex(Random& random, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "0123456789abcdef"[random.below(16)];
  return text;
}

std::string price(int raw) { return to_text(Price(raw)); }

}  // namespace

Fanout::Fanout(std::uint32_t tokens, std::uint64_t seed) : random_(seed), now_(from_ms(kStartMs)) {
  engine::EngineConfig config;
  config.forced_tier = "default";
  engine_ = std::make_unique<engine::Engine>(config, sink_, now_);
  engine_->on_event({now_, model::ConnectionOpened{model::ConnectionIndex(0)}});
  for (std::uint32_t i = 0; i < tokens / 2; ++i) add_market(i);
  step_.assign(tokens / 2, 0);
  hashed_at_.assign(tokens / 2, Timestamp());
}

Fanout::~Fanout() = default;

// A market, its snapshots, and the six frames of its cycle: sizes at the touch, a better bid that comes and goes, a better
// ask that comes and goes. After the last one the book is as it was before the first.
void Fanout::add_market(std::uint32_t index) {
  model::MarketSpec spec;
  spec.condition_id = "0x" + hex(random_, 64);
  spec.slug = fmt::format("market-{}", index);
  spec.tokens = {model::TokenSpec{digits(random_, 77), "Yes"}, model::TokenSpec{digits(random_, 77), "No"}};
  CHECK(engine_->add_market(spec, engine::Follow::trade, now_).has_value());
  const int bid = 3000 + static_cast<int>(random_.below(30)) * 100;  // YES best bid; the ask is two ticks above
  const int ask = bid + 200;
  const auto snapshot = [&](const std::string& token, int best_bid, int best_ask) {
    // Fifty levels a side around the touch, the touch itself on the tick.
    std::vector<model::Level> bids, asks;
    std::string levels = R"("bids":[)";
    for (int i = kLevels - 1; i >= 0; --i) {
      bids.push_back({Price(best_bid - 20 * i), shares_of(100 + i)});
      levels += fmt::format(R"({{"price":"{}","size":"{}"}}{})", price(best_bid - 20 * i), 100 + i, i > 0 ? "," : "");
    }
    levels += R"(],"asks":[)";
    for (int i = kLevels - 1; i >= 0; --i) {
      asks.push_back({Price(best_ask + 20 * i), shares_of(100 + i)});
      levels += fmt::format(R"({{"price":"{}","size":"{}"}}{})", price(best_ask + 20 * i), 100 + i, i > 0 ? "," : "");
    }
    book::Book book;
    (void)book.apply_snapshot(kStartMs, bids, asks);
    const model::TokenIndex index_of = engine_->markets().find_token(token);
    const std::string text = fmt::format(
        R"({{"market":"{}","asset_id":"{}","timestamp":"{}","hash":"{}",{}],"tick_size":"0.01","event_type":"book","last_trade_price":"0.5"}})",
        spec.condition_id, token, kStartMs, hash_of(index_of, book, kStartMs), levels);
    engine_->on_market_frame(now_, model::ConnectionIndex(0), text);
  };
  snapshot(spec.tokens[0].token_id, bid, ask);
  snapshot(spec.tokens[1].token_id, 10'000 - ask, 10'000 - bid);
  const Step steps[kSteps] = {
      {true, bid, 117, bid, ask},     {false, ask, 131, bid, ask}, {true, bid + 100, 25, bid + 100, ask},
      {true, bid + 100, 0, bid, ask}, {true, bid, 100, bid, ask},  {false, ask, 100, bid, ask}};
  for (const Step& s : steps) {
    const auto entry = [&](const std::string& token, bool buy, int p, int b, int a) {
      return fmt::format(
          R"({{"asset_id":"{}","price":"{}","size":"{}","side":"{}","hash":"{}","best_bid":"{}","best_ask":"{}"}})",
          token, price(p), s.size, buy ? "BUY" : "SELL", hex(random_, 40), price(b), price(a));
    };
    const std::string yes = entry(spec.tokens[0].token_id, s.buy, s.price, s.best_bid, s.best_ask);
    const std::string no =
        entry(spec.tokens[1].token_id, !s.buy, 10'000 - s.price, 10'000 - s.best_ask, 10'000 - s.best_bid);
    std::string text =
        fmt::format(R"({{"market":"{}","price_changes":[{},{}],"timestamp":")", spec.condition_id, yes, no);
    const std::size_t first = text.find(R"("hash":")") + 8;
    hash_at_.push_back({first, text.find(R"("hash":")", first) + 8});
    steps_.push_back(s);
    stamp_at_.push_back(text.size());
    text += fmt::format(R"({}","event_type":"price_change"}})", kStartMs);
    frames_.push_back(std::move(text));
  }
}

// The next frame of a random market, with the simulated time written into it.
std::string_view Fanout::next_frame() {
  const auto market = static_cast<std::uint32_t>(random_.below(step_.size()));
  const std::size_t index = market * static_cast<std::size_t>(kSteps) + step_[market];
  step_[market] = static_cast<std::uint8_t>((step_[market] + 1) % kSteps);
  now_ = now_ + kBetweenFrames;
  std::string& frame = frames_[index];
  std::int64_t ms = now_.ms();
  for (int i = 12; i >= 0; --i) {
    frame[stamp_at_[index] + static_cast<std::size_t>(i)] = static_cast<char>('0' + ms % 10);
    ms /= 10;
  }
  // The engine checks a token's hash when the budget allows: around that time hashes are true, and for a while after it,
  // because a group is all that comes in one millisecond.
  const Duration since = now_ - hashed_at_[market];
  if (since >= engine_->config().hash_check_min_interval - milliseconds(200) || since < milliseconds(5))
    write_hashes(market, index);
  buffer_.assign(frame.begin(), frame.end());
  return {buffer_.data(), buffer_.size()};
}

void Fanout::write_hashes(std::uint32_t market, std::size_t index) {
  const auto start = std::chrono::steady_clock::now();
  const Step& s = steps_[index];
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = engine_->markets().token_of(model::MarketIndex(market), outcome);
    book::Book book = engine_->feed(token).book();
    const bool buy = outcome == 0 ? s.buy : !s.buy;
    (void)book.apply_change(now_.ms(), buy ? model::Side::buy : model::Side::sell,
                            Price(outcome == 0 ? s.price : 10'000 - s.price), shares_of(s.size));
    const std::string hash = hash_of(token, book, now_.ms());
    std::copy(hash.begin(), hash.end(),
              frames_[index].begin() + static_cast<std::ptrdiff_t>(hash_at_[index][static_cast<std::size_t>(outcome)]));
  }
  if (now_ - hashed_at_[market] >= engine_->config().hash_check_min_interval + milliseconds(100))
    hashed_at_[market] = now_;
  hashing_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string Fanout::hash_of(model::TokenIndex token, const book::Book& book, std::int64_t ms) {
  const model::MarketSpec& spec = engine_->markets().market_of(token);
  return crypto::to_hex(hasher_.hash(book.view(), {.market = spec.condition_id,
                                                   .asset_id = engine_->markets().token_id(token),
                                                   .timestamp_ms = ms,
                                                   .last_trade = Price(5000)}));
}

double Fanout::run(std::int64_t frames) {
  const double hashing_before = hashing_seconds_;
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < frames; ++i) {
    const std::string_view frame = next_frame();
    engine_->on_market_frame(now_, model::ConnectionIndex(0), frame);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() -
         (hashing_seconds_ - hashing_before);
}

void Fanout::run_measured(std::int64_t frames, telemetry::Histogram& latency) {
  for (std::int64_t i = 0; i < frames; ++i) {
    const std::string_view frame = next_frame();
    const auto before = std::chrono::steady_clock::now();
    engine_->on_market_frame(now_, model::ConnectionIndex(0), frame);
    latency.record(Duration(std::chrono::nanoseconds(std::chrono::steady_clock::now() - before).count()));
  }
}

std::uint64_t Fanout::run_counted(std::int64_t frames, std::uint64_t (*heap_allocations)()) {
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < frames; ++i) {
    const std::string_view frame = next_frame();
    const std::uint64_t before = heap_allocations();
    engine_->on_market_frame(now_, model::ConnectionIndex(0), frame);
    sum += heap_allocations() - before;
  }
  return sum;
}

}  // namespace ebb::bench
