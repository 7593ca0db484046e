// The paper venue beside a live feed, on the engine's thread: our orders against what the feed shows (rules 8). Everything
// that it says reaches the engine as events, after the latencies of its model.
#pragma once

#include <cstdint>
#include <functional>

#include "base/agenda.hpp"
#include "base/flat_map.hpp"
#include "engine/engine.hpp"
#include "exchange/paper_venue.hpp"
#include "gateway/market_link.hpp"
#include "model/command.hpp"
#include "polymarket/market_decoder.hpp"

namespace ebb::gateway {

class PaperLink : public FeedTap {
 public:
  /// `deliver`: what the venue says, for the engine (and whoever watches it).
  PaperLink(exchange::PaperConfig config, engine::Engine& engine, std::function<void(const model::Event&)> deliver);

  /// In the order in which the engine gets them. Errors: those of PaperVenue::add_market.
  [[nodiscard]] Expected<void> add_market(const model::MarketSpec& spec);
  /// Shares that the account holds already.
  void deposit_shares(model::TokenIndex token, Shares size) { venue_.deposit_shares(venue_token(token), size); }
  void on_command(const model::Command& command, Timestamp now);
  /// Whatever the venue has to do until `now`.
  void advance(Timestamp now);
  [[nodiscard]] const exchange::PaperVenue& venue() const { return venue_; }

  // FeedTap
  void on_frame(Timestamp received, model::ConnectionIndex connection, std::string_view text) override;
  void on_feed_event(const model::Event& event) override;

 private:
  void take_outputs();
  void tell(Timestamp now, const exchange::PaperOutput& output);
  [[nodiscard]] model::TokenIndex venue_token(model::TokenIndex token) const;
  [[nodiscard]] std::vector<model::UserTrade> trades_since(Timestamp since) const;

  engine::Engine& engine_;
  std::function<void(const model::Event&)> deliver_;
  exchange::PaperVenue venue_;
  Duration answer_delay_;
  polymarket::MarketDecoder decoder_;
  model::DecodedFrame decoded_;
  Agenda<exchange::PaperOutput> answers_;
  Agenda<Timestamp> sweeps_;
  Agenda<model::TokenIndex> readings_;
  FlatMap<model::OrderId, model::Side, std::hash<model::OrderId>> sides_;
};

}  // namespace ebb::gateway
