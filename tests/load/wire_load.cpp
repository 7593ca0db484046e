// Connects a trader's feed to a running exchange server, follows every token, and says what arrived: time until all books are
// TRUSTED, events a second, memory, and whether the frames of each second are exactly those that the exchange sent.
//
//   ebb-wire-load READY.json SECONDS        READY.json: the ready line of `ebb exchange`
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/decimal.hpp"
#include "base/text_digest.hpp"
#include "exchange/venue_log.hpp"
#include "gateway/trader.hpp"
#include "net/http_client.hpp"
#include "polymarket/json_tree.hpp"

namespace {

using namespace ebb;
using polymarket::JsonTree;
using Clock = std::chrono::steady_clock;

struct Second {
  std::int64_t frames = 0;
  std::uint64_t digest = 0;
  friend bool operator==(const Second&, const Second&) = default;
};

/// Sums up what the feed brings. On the engine's thread.
class Counting : public gateway::TraderObserver {
 public:
  void on_frame(Timestamp, model::ConnectionIndex, std::string_view text) override {
    if (text.starts_with('[')) return;  // the dump after a subscription
    Second& second = seconds_[exchange::VenueLog::second_of(text)];
    ++second.frames;
    second.digest += text_digest(text);
  }
  [[nodiscard]] const std::map<std::int64_t, Second>& seconds() const { return seconds_; }

 private:
  std::map<std::int64_t, Second> seconds_;
};

double resident_mb() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word != "VmRSS:") continue;
    double kb = 0;
    status >> kb;
    return kb / 1024;
  }
  return 0;
}

[[noreturn]] void die(const Error& error) {
  fmt::print(stderr, "ebb-wire-load: {}\n", error.message);
  std::exit(1);
}

struct Ready {
  gateway::VenueTexts venue;
  std::string admin;
  std::vector<model::MarketSpec> markets;
};

Ready read_ready(const std::string& file) {
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  JsonTree tree;
  if (!tree.parse(text)) die({"ready", file + " is not a ready line", {}});
  const auto value = [&](std::uint32_t object, std::string_view key) {
    return std::string(plain_text(tree.member(object, key)));
  };
  Ready ready;
  ready.venue = {value(0, "rest"), value(0, "ws_market"), value(0, "ws_user"), value(0, "gamma"),
                 value(0, "data"), value(0, "geoblock"),  value(0, "ca_file")};
  ready.admin = value(0, "admin");
  const std::uint32_t markets = tree.find(0, "markets");
  for (std::uint32_t m = markets + 1; m < tree[markets].end; m = tree[m].end) {
    model::MarketSpec spec;
    spec.condition_id = value(m, "condition_id");
    spec.slug = spec.condition_id;
    spec.neg_risk = tree.member(m, "neg_risk").text == "true";
    spec.tick = parse_price(value(m, "tick_size")).value_or(spec.tick);
    spec.min_order_size = parse_shares(value(m, "min_order_size")).value_or(spec.min_order_size);
    if (value(m, "version") == "v2") spec.version = model::ProtocolVersion::v2;
    const std::uint32_t tokens = tree.find(m, "tokens");
    std::size_t outcome = 0;
    for (std::uint32_t t = tokens + 1; t < tree[tokens].end && outcome < 2; t = tree[t].end)
      spec.tokens[outcome++] = {value(t, "token_id"), value(t, "outcome")};
    ready.markets.push_back(std::move(spec));
  }
  return ready;
}

/// What the exchange says it sent, by second.
std::map<std::int64_t, Second> sent_seconds(const Ready& ready, const net::TlsClientContext& tls) {
  auto url = net::parse_url(ready.admin + "/log?seconds=1");
  if (!url) die(url.error());
  HttpRequest request;
  request.target = url->target;
  const auto answer = net::fetch(*url, tls, std::move(request), seconds(30));
  if (!answer) die(answer.error());
  JsonTree tree;
  if (!tree.parse(answer->body)) die({"log", "the exchange's log cannot be read", {}});
  std::map<std::int64_t, Second> sent;
  const std::uint32_t list = tree.find(0, "seconds");
  for (std::uint32_t i = list + 1; i < tree[list].end; i = tree[i].end) {
    Second& second = sent[std::stoll(std::string(tree.member(i, "second").text))];
    second.frames += std::stoll(std::string(tree.member(i, "frames").text));
    second.digest += std::stoull(std::string(tree.member(i, "digest").text), nullptr, 16);
  }
  return sent;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const Ready ready = read_ready(argv[1]);
  const int length = std::stoi(argv[2]);
  auto venue = gateway::parse_venue(ready.venue);
  if (!venue) die(venue.error());
  const net::TlsClientContext tls = venue->tls;
  Counting counting;
  gateway::TraderConfig config{.venue = std::move(*venue)};
  config.markets = ready.markets;
  config.observer = &counting;
  gateway::Trader trader(std::move(config));
  const auto started = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - started).count(); };
  if (const auto done = trader.start(); !done) die(done.error());
  double trusted_after = -1;
  while (elapsed() < 60) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (trader.state().untrusted > 0) continue;
    trusted_after = elapsed();
    break;
  }
  const double memory_before = resident_mb();
  std::uint64_t events_before = 0;
  trader.call([&](engine::Engine& engine) { events_before = engine.stats().events_total; });
  const auto measured = Clock::now();
  const std::int64_t first_second =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count() + 1;
  std::size_t most_untrusted = 0;
  for (int i = 0; i < length * 2; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    most_untrusted = std::max(most_untrusted, trader.state().untrusted);
  }
  std::uint64_t events = 0;
  std::uint64_t mismatches = 0;
  std::uint64_t checked = 0;
  trader.call([&](engine::Engine& engine) {
    events = engine.stats().events_total - events_before;
    for (std::uint32_t i = 0; i < engine.markets().token_count(); ++i) {
      mismatches += engine.feed(model::TokenIndex(i)).stats().hash_mismatch;
      checked += engine.feed(model::TokenIndex(i)).stats().hash_checked;
    }
  });
  const double span = std::chrono::duration<double>(Clock::now() - measured).count();
  const double memory_after = resident_mb();
  std::this_thread::sleep_for(std::chrono::seconds(2));  // what is on its way arrives
  const auto sent = sent_seconds(ready, tls);
  const gateway::TraderState state = trader.state();
  trader.finish();
  std::int64_t compared = 0;
  std::int64_t frames = 0;
  std::int64_t differing = 0;
  for (std::int64_t second = first_second; second < first_second + length - 1; ++second) {
    const auto theirs = sent.find(second);
    const auto ours = counting.seconds().find(second);
    const Second none;
    const Second& a = theirs == sent.end() ? none : theirs->second;
    const Second& b = ours == counting.seconds().end() ? none : ours->second;
    ++compared;
    frames += b.frames;
    if (!(a == b)) {
      ++differing;
      fmt::print(stderr, "second {}: sent {} frames, received {}\n", second, a.frames, b.frames);
    }
  }
  fmt::print(
      R"({{"tokens":{},"connections":{},"trusted_seconds":{:.3f},"events_per_second":{:.0f},"seconds":{:.1f},"seconds_compared":{},"frames_compared":{},"seconds_differing":{},"most_untrusted":{},"reconnects":{},"hash_checked":{},"hash_mismatched":{},"rss_mb_before":{:.1f},"rss_mb_after":{:.1f}}})"
      "\n",
      state.tokens, state.connections, trusted_after, static_cast<double>(events) / span, span, compared, frames,
      differing, most_untrusted, state.reconnects, checked, mismatches, memory_before, memory_after);
  return trusted_after >= 0 && differing == 0 ? 0 : 1;
}
