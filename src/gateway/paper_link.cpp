#include "gateway/paper_link.hpp"

#include <algorithm>
#include <utility>

#include "exchange/engine_words.hpp"

namespace ebb::gateway {

PaperLink::PaperLink(exchange::PaperConfig config, engine::Engine& engine,
                     std::function<void(const model::Event&)> deliver)
    : engine_(engine), deliver_(std::move(deliver)), venue_(config), answer_delay_(config.placement.median) {}

Expected<void> PaperLink::add_market(const model::MarketSpec& spec) {
  TRY(market, venue_.add_market(spec));
  (void)market;
  return {};
}

void PaperLink::on_command(const model::Command& command, Timestamp now) {
  if (const auto* place = std::get_if<model::PlaceOrder>(&command)) {
    sides_.emplace(place->id, place->side);
    venue_.place(now, exchange::to_request(*place, venue_token(place->token), exchange::AccountIndex()));
  } else if (const auto* cancel = std::get_if<model::CancelOrder>(&command)) {
    venue_.cancel(now, cancel->id);
  } else if (const auto* query = std::get_if<model::QueryOrder>(&command)) {
    venue_.query(now, query->id);
  } else if (const auto* sweep = std::get_if<model::SweepTrades>(&command)) {
    sweeps_.add(now + answer_delay_, sweep->since);
  } else if (const auto* position = std::get_if<model::RequestPosition>(&command)) {
    readings_.add(now + answer_delay_, position->token);
  }
}

void PaperLink::advance(Timestamp now) {
  for (;;) {
    const Timestamp next =
        std::min({venue_.next_event_time(), answers_.next_time(), sweeps_.next_time(), readings_.next_time()});
    if (next > now) return;
    if (venue_.next_event_time() <= now) {
      venue_.advance(next);
      take_outputs();
    }
    while (answers_.next_time() <= now) tell(now, answers_.take());
    while (sweeps_.next_time() <= now) {
      const std::vector<model::UserTrade> trades = trades_since(sweeps_.take());
      deliver_({now, model::TradesAnswer{trades, true}});
    }
    while (readings_.next_time() <= now) {
      const model::TokenIndex token = readings_.take();
      const Shares held = venue_.settled(venue_token(token));
      deliver_({now, model::PositionReading{.token = token, .quality = model::ReadingQuality::fresh, .size = held}});
    }
  }
}

void PaperLink::on_frame(Timestamp received, model::ConnectionIndex connection, std::string_view text) {
  advance(received);
  decoder_.decode(text, decoded_);
  venue_.on_frame(received, decoded_, connection);
  take_outputs();
}

void PaperLink::on_feed_event(const model::Event& event) {
  advance(event.time);
  if (const auto* closed = std::get_if<model::ConnectionClosed>(&event.body)) {
    venue_.feed_lost(event.time, closed->connection);
  } else if (const auto* gap = std::get_if<model::FeedGap>(&event.body)) {
    venue_.feed_lost(event.time, gap->connection);
  } else if (const auto* book = std::get_if<model::BookAnswer>(&event.body); book != nullptr && book->ok) {
    decoder_.decode(book->text, decoded_);
    venue_.on_frame(event.time, decoded_);
  }
  take_outputs();
}

void PaperLink::take_outputs() {
  for (exchange::PaperOutput& output : venue_.take_outputs()) answers_.add(output.at, std::move(output));
}

void PaperLink::tell(Timestamp now, const exchange::PaperOutput& output) {
  if (const auto* frame = std::get_if<exchange::UserFrameText>(&output.body)) {
    deliver_({now, model::UserFrame{frame->text}});
  } else if (const auto* placed = std::get_if<exchange::PlaceResult>(&output.body)) {
    const auto known = sides_.find(placed->id);
    const model::Side side = known == sides_.end() ? model::Side::buy : known->second;
    if (known != sides_.end()) sides_.erase(known);  // each placement is answered once
    deliver_({now, to_answer(*placed, side)});
  } else if (const auto* canceled = std::get_if<exchange::CancelResult>(&output.body)) {
    deliver_({now, to_answer(*canceled)});
  } else if (const auto* status = std::get_if<exchange::OrderStatus>(&output.body)) {
    deliver_({now, to_answer(*status)});
  }
}

model::TokenIndex PaperLink::venue_token(model::TokenIndex token) const {
  return venue_.markets().find_token(engine_.markets().token_id(token));
}

std::vector<model::UserTrade> PaperLink::trades_since(Timestamp since) const {
  std::vector<model::UserTrade> trades = venue_.trades_since(since);
  for (model::UserTrade& trade : trades)
    trade.token = engine_.markets().find_token(venue_.markets().token_id(trade.token));
  return trades;
}

}  // namespace ebb::gateway
