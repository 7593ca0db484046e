#include "engine/input_record.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/archive.hpp"
#include "base/decimal.hpp"
#include "model/archive.hpp"

namespace ebb {

/// The trades follow behind the flag; a reader keeps them elsewhere (read_event).
template <>
struct Archived<model::TradesAnswer> {
  template <class A>
  static void visit(A& archive, model::TradesAnswer& x) {
    auto& [trades, complete, since] = x;
    archive(complete, since);
    if constexpr (!A::kReading) {
      archive.count(trades.size());
      for (const model::UserTrade& trade : trades) archive(trade);
    }
  }
};

namespace engine {
namespace {

constexpr std::size_t kMostText = 100;

template <class Value>
void write(std::string& out, const Value& value) {
  ArchiveWriter archive(out);
  archive(value);
}

std::unexpected<Error> damaged(const std::string& why) {
  return fail("input.damaged", "an input cannot be read: " + why, "another build of ebb wrote the log");
}

ArchiveReader reader_for(std::string_view bytes, const Engine& engine) {
  ArchiveReader archive(bytes);
  archive.limit<model::TokenIndex>(engine.markets().token_count());
  archive.limit<model::MarketIndex>(engine.markets().market_count());
  return archive;
}

/// Whether the engine takes the input as it is: where it looks something up at once, the index must be one.
struct Acceptable {
  bool operator()(const model::BookAnswer& e) const { return e.token.valid(); }
  bool operator()(const model::BuyRequest& e) const { return e.token.valid(); }
  bool operator()(const AddSibling& c) const { return c.market.valid(); }
  bool operator()(const SetTraded& c) const { return c.token.valid(); }
  bool operator()(const SetParams& c) const { return c.token.valid(); }
  bool operator()(const Retire& c) const { return c.market.valid(); }
  bool operator()(const Revive& c) const { return c.market.valid(); }
  template <class Other>
  bool operator()(const Other&) const {
    return true;
  }
};

std::string shortened(std::string_view text) {
  if (text.size() <= kMostText) return std::string(text);
  return fmt::format("{}... ({} bytes)", text.substr(0, kMostText), text.size());
}

std::string token_text(model::TokenIndex token) {
  return token.valid() ? fmt::format("token {}", token.value()) : std::string("all tokens");
}

}  // namespace

void write_event(std::string& out, const model::EventBody& body) { write(out, body); }

void write_frame_head(std::string& out, model::ConnectionIndex connection, std::string_view text) {
  static_assert(std::is_same_v<std::variant_alternative_t<0, model::EventBody>, model::MarketFrame>);
  const std::uint16_t number = connection.value();
  const auto size = static_cast<std::uint32_t>(text.size());
  char head[7] = {};
  std::memcpy(head + 1, &number, sizeof number);
  std::memcpy(head + 3, &size, sizeof size);
  out.append(head, sizeof head);
}

void write_call(std::string& out, const Call& call) { write(out, call); }
void write_command(std::string& out, const model::Command& command) { write(out, command); }

Expected<void> read_event(std::string_view bytes, const Engine& engine, ReadEvent& event) {
  ArchiveReader archive = reader_for(bytes, engine);
  archive(event.body);
  if (auto* answer = std::get_if<model::TradesAnswer>(&event.body)) {
    archive(event.trades);
    answer->trades = event.trades;
  }
  if (!archive.finished()) return damaged(archive.why());
  if (!std::visit(Acceptable{}, event.body)) return damaged("an index of nothing");
  return {};
}

Expected<Call> read_call(std::string_view bytes, const Engine& engine) {
  Call call;
  // A restart's tokens are named by their ids, and it looks at its indices itself.
  const bool restart = !bytes.empty() && static_cast<std::size_t>(bytes.front()) == Call(Restore{}).index();
  ArchiveReader archive = restart ? ArchiveReader(bytes) : reader_for(bytes, engine);
  archive(call);
  if (!archive.finished()) return damaged(archive.why());
  if (!std::visit(Acceptable{}, call)) return damaged("an index of nothing");
  return call;
}

Expected<model::Command> read_command(std::string_view bytes) {
  ArchiveReader archive(bytes);
  model::Command command;
  archive(command);
  if (!archive.finished()) return damaged(archive.why());
  return command;
}

std::string input_text(const model::EventBody& body) {
  struct Visitor {
    std::string operator()(const model::MarketFrame& e) const {
      return fmt::format("market frame, connection {}: {}", e.connection.value(), shortened(e.text));
    }
    std::string operator()(const model::UserFrame& e) const { return "user frame: " + shortened(e.text); }
    std::string operator()(const model::ConnectionOpened& e) const {
      return fmt::format("connection {} opened", e.connection.value());
    }
    std::string operator()(const model::ConnectionClosed& e) const {
      return fmt::format("connection {} closed", e.connection.value());
    }
    std::string operator()(const model::FeedGap& e) const {
      return fmt::format("connection {} lost something", e.connection.value());
    }
    std::string operator()(const model::LinkAlive& e) const {
      return fmt::format("connection {} is alive", e.connection.value());
    }
    std::string operator()(const model::BookAnswer& e) const {
      return fmt::format("book of {}: {}", token_text(e.token), e.ok ? shortened(e.text) : "failed");
    }
    std::string operator()(const model::PlaceAnswer& e) const {
      return fmt::format("answer to placing {}: outcome {}, {}{}", to_text(e.id), static_cast<int>(e.outcome),
                         to_text(e.reject), e.text.empty() ? "" : ", " + shortened(e.text));
    }
    std::string operator()(const model::CancelAnswer& e) const {
      return fmt::format("answer to canceling {}: outcome {}", to_text(e.id), static_cast<int>(e.outcome));
    }
    std::string operator()(const model::OrderStatusAnswer& e) const {
      return fmt::format("order {} has status {}, matched {}", to_text(e.id), static_cast<int>(e.status),
                         to_text(e.size_matched));
    }
    std::string operator()(const model::TradesAnswer& e) const {
      return fmt::format("{} trades of a sweep{}", e.trades.size(), e.complete ? "" : ", incomplete");
    }
    std::string operator()(const model::PositionReading& e) const {
      return fmt::format("position of {}: {}", token_text(e.token),
                         e.quality == model::ReadingQuality::fresh ? to_text(e.size) : "no evidence");
    }
    std::string operator()(const model::BalanceReading& e) const {
      return fmt::format("balance of {}: {} millionths", e.token.valid() ? token_text(e.token) : "cash", e.micros);
    }
    std::string operator()(const model::OperatorRequest& e) const {
      return fmt::format("operator: action {}, {}", static_cast<int>(e.action), token_text(e.token));
    }
    std::string operator()(const model::BuyRequest& e) const {
      return fmt::format("buy request: {}, {} shares", token_text(e.token), to_text(e.size));
    }
    std::string operator()(const model::VenueModeChange& e) const {
      return fmt::format("venue mode {}", static_cast<int>(e.mode));
    }
    std::string operator()(const model::PayoutReading& e) const {
      return fmt::format("payout of market {}: {}, {}", e.market.value(), e.payouts[0].raw(), e.payouts[1].raw());
    }
  };
  return std::visit(Visitor{}, body);
}

std::string input_text(const Call& call) {
  struct Visitor {
    std::string operator()(const AddMarket& c) const { return "market added: " + c.spec.slug; }
    std::string operator()(const AddSibling& c) const { return "sibling added: " + c.token_id; }
    std::string operator()(const SetTraded& c) const {
      return fmt::format("{} is {}", token_text(c.token), c.traded ? "traded" : "only followed");
    }
    std::string operator()(const SetParams& c) const { return "parameters of " + token_text(c.token); }
    std::string operator()(const SetLimits&) const { return "limits"; }
    std::string operator()(const Advance&) const { return "timers"; }
    std::string operator()(const BeginStop&) const { return "orderly stop"; }
    std::string operator()(const EndOfFeed&) const { return "end of the feed"; }
    std::string operator()(const Retire& c) const { return fmt::format("market {} retired", c.market.value()); }
    std::string operator()(const Restore& c) const {
      return fmt::format("restart with {} orders and {} bookings of earlier runs", c.recovery.orders.size(),
                         c.recovery.bookings.size());
    }
    std::string operator()(const Revive& c) const { return fmt::format("market {} revived", c.market.value()); }
  };
  return std::visit(Visitor{}, call);
}

std::string command_text(const model::Command& command, Timestamp time) {
  if (const auto* alert = std::get_if<model::Alert>(&command)) {
    return fmt::format("{} ALERT {} {} {}", time.ns(), model::to_text(alert->kind), token_text(alert->token),
                       alert->value);
  }
  std::string line = model::canonical_line(command, time);
  while (!line.empty() && line.back() == '\n') line.pop_back();
  return line;
}

}  // namespace engine
}  // namespace ebb
