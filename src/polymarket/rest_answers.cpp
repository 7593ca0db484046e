#include "polymarket/rest_answers.hpp"

#include <algorithm>
#include <charconv>

#include "base/decimal.hpp"
#include "polymarket/errors.hpp"
#include "polymarket/market_decoder.hpp"
#include "polymarket/rest_requests.hpp"

namespace ebb::polymarket {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

bool starts_any_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(), [](char a, char b) { return upper(a) == upper(b); });
}

/// A text for people: with the backslashes of its escapes, which spoil no phrase that is looked for.
std::string_view words(const JsonNode& node) {
  return node.kind == JsonKind::string || node.kind == JsonKind::number ? node.text : std::string_view();
}

std::optional<std::int64_t> integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Millionths: an integer as it stands, a text with a point as whole units.
std::optional<std::int64_t> balance_micros(std::string_view text) {
  if (text.find('.') != std::string_view::npos) return parse_scaled_rounded(text, 6);
  return parse_scaled(text, 0);
}

model::VenueOrderStatus order_status(std::string_view text) {
  if (starts_any_case(text, "ORDER_STATUS_")) text.remove_prefix(13);
  if (starts_any_case(text, "CANCELED") || starts_any_case(text, "CANCELLED") || starts_any_case(text, "INVALID") ||
      starts_any_case(text, "EXPIRED")) {
    return model::VenueOrderStatus::canceled;
  }
  if (starts_any_case(text, "MATCHED")) return model::VenueOrderStatus::matched;
  if (starts_any_case(text, "LIVE") || starts_any_case(text, "UNMATCHED") || starts_any_case(text, "DELAYED")) {
    return model::VenueOrderStatus::live;
  }
  return model::VenueOrderStatus::unknown;
}

/// What was given and taken, in millionths; nullopt when the texts make no sense for the order.
struct Moved {
  std::int64_t making = 0;
  std::int64_t taking = 0;
};

/// Whole units or millionths? Only one of them fits what was signed: nobody gives more than that.
std::optional<Moved> moved(const PlacedEntry& entry, const PlacedOrder& order) {
  constexpr std::int64_t kRoundingSlack = 100;  // chain rounding of a taker's legs
  const auto whole = parse_scaled_rounded(entry.making, 6);
  if (!whole || *whole <= 0) return std::nullopt;
  const std::int64_t most = order.maker_amount + kRoundingSlack;
  const bool in_units = *whole <= most;
  const auto making = in_units ? whole : balance_micros(entry.making);
  const bool taking_in_units = in_units || entry.taking.find('.') != std::string_view::npos;
  const auto taking = taking_in_units ? parse_scaled_rounded(entry.taking, 6) : balance_micros(entry.taking);
  if (!making || *making > most || !taking || *taking <= 0 || *taking > kMaxShares.raw()) return std::nullopt;
  return Moved{*making, *taking};
}

}  // namespace

std::string_view AnswerReader::text(std::uint32_t object, std::string_view key) const {
  return plain_text(tree_.member(object, key));
}

ErrorBody AnswerReader::error(std::string_view body) {
  ErrorBody out;
  if (!tree_.parse(body) || tree_[0].kind != JsonKind::object) return out;
  out.is_json = true;
  for (const std::string_view key : {"error", "errorMsg", "error_msg", "message"}) {
    if (out.text.empty()) out.text = words(tree_.member(0, key));
  }
  out.code = text(0, "code");
  if (const auto wait = integer(text(0, "retry_after_seconds")); wait && *wait >= 0 && *wait < 86'400) {
    out.retry_after_seconds = static_cast<std::int32_t>(*wait);
  }
  out.heartbeat_id = text(0, "heartbeat_id");
  return out;
}

bool AnswerReader::placed(std::string_view body, std::vector<PlacedEntry>& out) {
  out.clear();
  if (!tree_.parse(body)) return false;
  const auto read = [&](std::uint32_t object) {
    PlacedEntry entry;
    const JsonNode& success = tree_.member(object, "success");
    entry.success = success.kind == JsonKind::boolean && success.text == "true";
    for (const std::string_view key : {"errorMsg", "error", "error_msg"}) {
      const JsonNode& node = tree_.member(object, key);
      if (entry.error.empty()) entry.error = words(node);
      // An error in a shape that nobody knows is an error all the same.
      if (node.kind == JsonKind::object || node.kind == JsonKind::array) entry.error = "unreadable error";
    }
    entry.code = text(object, "code");
    std::string_view id = words(tree_.member(object, "orderID"));
    if (id.empty()) id = words(tree_.member(object, "orderId"));
    entry.has_id = !id.empty();
    entry.id = model::parse_order_id(id);
    entry.status = text(object, "status");
    entry.making = text(object, "makingAmount");
    entry.taking = text(object, "takingAmount");
    out.push_back(entry);
  };
  if (tree_[0].kind == JsonKind::object) {
    read(0);
    return true;
  }
  for (std::uint32_t i = 1; i < tree_[0].end; i = tree_[i].end) {
    if (tree_[i].kind == JsonKind::object) {
      read(i);
    } else {
      out.emplace_back();  // keeps the order of the others; says nothing of its own
    }
  }
  return true;
}

bool AnswerReader::canceled(std::string_view body, CancelReport& out) {
  out.canceled.clear();
  out.not_canceled.clear();
  if (!tree_.parse(body)) return false;
  const std::uint32_t done = tree_.find(0, "canceled");
  const std::uint32_t left = tree_.find(0, "not_canceled");
  if (done == 0 && left == 0) return false;
  if (done != 0 && tree_[done].kind == JsonKind::array) {
    for (std::uint32_t i = done + 1; i < tree_[done].end; i = tree_[i].end) {
      if (const auto id = model::parse_order_id(plain_text(tree_[i]))) out.canceled.push_back(*id);
    }
  }
  if (left != 0 && tree_[left].kind == JsonKind::object) {
    for (std::uint32_t i = left + 1; i < tree_[left].end; i = tree_[i].end) {
      if (const auto id = model::parse_order_id(tree_[i].key)) out.not_canceled.push_back({*id, words(tree_[i])});
    }
  }
  return true;
}

std::optional<VenueOrder> AnswerReader::read_order(std::uint32_t object, const model::MarketTable& markets) const {
  VenueOrder order;
  const auto id = model::parse_order_id(text(object, "id"));
  // The status may be a whole sentence.
  order.status = order_status(words(tree_.member(object, "status")));
  const auto size = [&](std::string_view key, Shares& out) {
    const JsonNode& node = tree_.member(object, key);
    if (is_blank(node)) return true;
    const auto raw = parse_scaled_rounded(plain_text(node), 6);
    if (!raw || *raw > kMaxShares.raw()) return false;
    out = Shares(*raw);
    return true;
  };
  if (!id || !size("original_size", order.original_size) || !size("size_matched", order.size_matched))
    return std::nullopt;
  if (!parse_side(text(object, "side"), order.side)) return std::nullopt;
  order.id = *id;
  order.token = markets.find_token(text(object, "asset_id"));
  return order;
}

std::optional<VenueOrder> AnswerReader::order(std::string_view body, const model::MarketTable& markets) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  const std::size_t last = body.find_last_not_of(" \t\r\n");
  if (first != std::string_view::npos && body.substr(first, last - first + 1) == "null") {
    VenueOrder unknown;
    unknown.status = model::VenueOrderStatus::not_found;
    return unknown;
  }
  if (!tree_.parse(body) || tree_[0].kind != JsonKind::object) return std::nullopt;
  return read_order(0, markets);
}

PageEnd AnswerReader::page(std::string_view body, std::uint32_t& data) {
  PageEnd end;
  if (!tree_.parse(body)) return end;
  data = tree_.find(0, "data");
  const std::uint32_t cursor = tree_.find(0, "next_cursor");
  // Without its cursor a page may be any part of the list.
  if (data == 0 || tree_[data].kind != JsonKind::array || cursor == 0) return end;
  if (!is_blank(tree_[cursor])) {
    end.next = plain_text(tree_[cursor]);
    if (end.next.empty()) return end;
    if (end.next == kLastCursor) end.next.clear();
  }
  end.ok = true;
  return end;
}

PageEnd AnswerReader::orders(std::string_view body, const model::MarketTable& markets, std::vector<VenueOrder>& out) {
  std::uint32_t data = 0;
  PageEnd end = page(body, data);
  if (!end.ok) return end;
  for (std::uint32_t i = data + 1; i < tree_[data].end; i = tree_[i].end) {
    const auto order = tree_[i].kind == JsonKind::object ? read_order(i, markets) : std::nullopt;
    if (order) {
      out.push_back(*order);
    } else {
      ++end.skipped;
    }
  }
  return end;
}

std::optional<BalanceAnswer> AnswerReader::balance(std::string_view body) {
  if (!tree_.parse(body)) return std::nullopt;
  const auto micros = balance_micros(text(0, "balance"));
  if (!micros) return std::nullopt;
  BalanceAnswer answer;
  answer.micros = *micros;
  const auto is_more_than_zero = [](std::string_view value) {
    return value.find_first_of("123456789") != std::string_view::npos &&
           value.find_first_not_of("0123456789.") == std::string_view::npos;
  };
  if (const std::uint32_t all = tree_.find(0, "allowances"); all != 0 && tree_[all].kind == JsonKind::object) {
    for (std::uint32_t i = all + 1; i < tree_[all].end; i = tree_[i].end) {
      answer.allowances.push_back({tree_[i].key, is_more_than_zero(plain_text(tree_[i]))});
    }
  } else if (const std::uint32_t one = tree_.find(0, "allowance"); one != 0) {
    answer.allowances.push_back({{}, is_more_than_zero(plain_text(tree_[one]))});
  }
  return answer;
}

std::optional<ApiCredentials> AnswerReader::credentials(std::string_view body) {
  if (!tree_.parse(body)) return std::nullopt;
  ApiCredentials out{std::string(text(0, "apiKey")), std::string(text(0, "secret")),
                     std::string(text(0, "passphrase"))};
  if (out.key.empty() || out.secret.empty() || out.passphrase.empty()) return std::nullopt;
  return out;
}

std::optional<bool> AnswerReader::closed_only(std::string_view body) {
  if (!tree_.parse(body)) return std::nullopt;
  const JsonNode& node = tree_.member(0, "closed_only");
  if (node.text == "true") return true;
  if (node.text == "false") return false;
  return std::nullopt;
}

std::optional<HeartbeatAnswer> AnswerReader::heartbeat(std::string_view body) {
  if (!tree_.parse(body)) return std::nullopt;
  const std::string_view id = text(0, "heartbeat_id");
  if (id.empty()) return std::nullopt;
  return HeartbeatAnswer{std::string(id)};
}

model::PlaceAnswer to_place_answer(const PlacedEntry& entry, const PlacedOrder& order) {
  model::PlaceAnswer answer;
  answer.id = order.id;
  answer.text = entry.error;
  answer.outcome = model::PlaceOutcome::unknown;
  if (!entry.accepted() || entry.id != order.id) return answer;
  answer.outcome = place_outcome(entry.status);
  const bool told = !entry.making.empty() && !entry.taking.empty();
  if (answer.outcome == model::PlaceOutcome::delayed || !told) {
    // A match without its amounts: what moved has to be asked for.
    if (answer.outcome == model::PlaceOutcome::matched) answer.outcome = model::PlaceOutcome::unknown;
    return answer;
  }
  const auto amounts = moved(entry, order);
  if (!amounts) {
    if (answer.outcome == model::PlaceOutcome::matched) answer.outcome = model::PlaceOutcome::unknown;
    return answer;
  }
  const bool buy = order.side == model::Side::buy;
  answer.matched = Shares(buy ? amounts->taking : amounts->making);
  if (answer.outcome == model::PlaceOutcome::matched) answer.dollars = Usdc(buy ? amounts->making : amounts->taking);
  return answer;
}

}  // namespace ebb::polymarket
