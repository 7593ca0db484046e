#include "exchange/venue_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/text_digest.hpp"
#include "exchange/venue_json.hpp"

namespace ebb::exchange {
namespace {

/// The two entries of a price_change as they stand in its text: flat objects, written by this exchange.
std::array<std::string_view, 2> entries_of(std::string_view text) {
  std::array<std::string_view, 2> entries;
  std::size_t begin = text.find("\"price_changes\":[{");
  if (begin == std::string_view::npos) return entries;
  begin = text.find("[{", begin) + 1;
  for (std::string_view& entry : entries) {
    const std::size_t end = text.find('}', begin);
    if (end == std::string_view::npos) return entries;
    entry = text.substr(begin, end + 1 - begin);
    begin = end + 2;
    if (begin >= text.size()) return entries;
  }
  return entries;
}

std::string_view value_of(std::string_view entry, std::string_view key) {
  const std::size_t at = entry.find(key);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + key.size();
  return entry.substr(begin, entry.find('"', begin) - begin);
}

}  // namespace

std::int64_t VenueLog::second_of(std::string_view text) {
  constexpr std::string_view kKey = "\"timestamp\":\"";
  const std::size_t at = text.rfind(kKey);  // it stands near the end of the frequent frames
  if (at == std::string_view::npos) return 0;
  std::int64_t ms = 0;
  const char* begin = text.data() + at + kKey.size();
  std::from_chars(begin, text.data() + text.size(), ms);
  return ms / 1000;
}

void VenueLog::add(const Outgoing& frame, const Text& text) {
  frames_.push_back({last_ + 1, frame.at, frame.market, frame.token, frame.kind, text});
  last_ += static_cast<std::uint64_t>(event_count(frame.kind));
  bytes_ += text->size();
  const std::int64_t second = second_of(*text);
  if (seconds_.empty() || seconds_.back().second != second) {
    seconds_.push_back({.second = second});
    if (seconds_.size() > kMostSeconds) seconds_.pop_front();
  }
  ++seconds_.back().frames;
  seconds_.back().events += event_count(frame.kind);
  seconds_.back().digest += text_digest(*text);
  while (frames_.size() > kMostFrames || bytes_ > kMostBytes) {
    bytes_ -= frames_.front().text->size();
    frames_.pop_front();
  }
}

std::string VenueLog::seconds_json() const {
  JsonText json;
  json.open('{').count("last", static_cast<std::int64_t>(last_)).key("seconds").open('[');
  for (const Second& second : seconds_) {
    json.open('{').count("second", second.second).count("frames", second.frames).count("events", second.events);
    json.field("digest", fmt::format("{:016x}", second.digest)).close('}');
  }
  json.close(']').close('}');
  return json.take();
}

std::string VenueLog::json(const model::MarketTable& markets, std::uint64_t after, std::size_t limit) const {
  JsonText json;
  const std::uint64_t dropped = first() > after + 1 ? first() - after - 1 : 0;
  json.open('{').count("after", static_cast<std::int64_t>(after)).count("first", static_cast<std::int64_t>(first()));
  json.count("last", static_cast<std::int64_t>(last_)).count("dropped", static_cast<std::int64_t>(dropped));
  json.key("events").open('[');
  std::uint64_t next = std::max(after, first() - 1);
  auto it = std::partition_point(frames_.begin(), frames_.end(), [&](const Frame& f) { return f.first <= after; });
  if (it != frames_.begin()) --it;  // its second event may be wanted
  const auto write = [&](const Frame& frame, std::uint64_t number, std::string_view asset, std::string_view event) {
    if (number <= after) return;
    json.open('{').count("sequence", static_cast<std::int64_t>(number)).count("at", frame.at.ms());
    json.field("event_type", to_text(frame.kind)).field("market", markets.market(frame.market).condition_id);
    json.field("asset_id", asset).key("event").raw(event).close('}');
    next = number;
  };
  const std::uint64_t end = next + limit;
  for (; it != frames_.end() && it->first <= end; ++it) {
    if (it->kind == MarketEventKind::price_change) {
      const auto entries = entries_of(*it->text);
      for (std::size_t i = 0; i < 2; ++i) {
        write(*it, it->first + i, value_of(entries[i], "\"asset_id\":\""), entries[i]);
      }
    } else if (event_count(it->kind) == 2) {
      for (int outcome = 0; outcome < 2; ++outcome) {
        write(*it, it->first + static_cast<std::uint64_t>(outcome),
              markets.token_id(markets.token_of(it->market, outcome)), *it->text);
      }
    } else {
      write(*it, it->first, it->token.valid() ? markets.token_id(it->token) : std::string_view(), *it->text);
    }
  }
  json.close(']').count("next", static_cast<std::int64_t>(next)).close('}');
  return json.take();
}

}  // namespace ebb::exchange
