// The paper venue: OUR orders against a recorded or live feed, by the fill model of rules 8. It follows the same market
// frames as the trader, answers placements and cancels after a seeded latency, and tells fills by user-channel frames.
//
//   PaperVenue venue({.seed = 7});
//   auto market = venue.add_market(spec);
//   venue.on_frame(received, decoded);          // does first what was due before `received`
//   venue.place(now, request);                  // effective at now + latency
//   venue.advance(venue.next_event_time());     // arrivals, cancels, settlements, expiries, in order of time
//   for (PaperOutput& out : venue.take_outputs()) ...   // deliver out.body at out.at
//
// Neither impact nor reaction of others is modelled: every result has to say so (rules 8.9). One account. Single-threaded.
// Time never goes back: an earlier time counts as the latest one seen. The same calls give byte-identical outputs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "exchange/messages.hpp"
#include "exchange/paper_types.hpp"
#include "model/ids.hpp"
#include "model/market.hpp"
#include "model/market_data.hpp"
#include "model/order.hpp"

namespace ebb::exchange {

class PaperVenue {
 public:
  explicit PaperVenue(PaperConfig config);
  ~PaperVenue();
  PaperVenue(PaperVenue&&) noexcept;
  PaperVenue& operator=(PaperVenue&&) noexcept;

  // ---- markets ----
  /// A market of the feed, tokens as far as known. Errors: those of MarketTable::add.
  Expected<model::MarketIndex> add_market(const model::MarketSpec& spec);
  /// The sibling became known later. Errors: those of MarketTable::add_sibling.
  Expected<model::TokenIndex> add_sibling(model::MarketIndex market, std::string token_id, std::string outcome);
  [[nodiscard]] const model::MarketTable& markets() const;
  /// Shares that the account has from the start (settled).
  void deposit_shares(model::TokenIndex token, Shares size);

  // ---- the feed ----
  /// A market frame as received. Frames of tokens that are not known are counted and ignored.
  void on_frame(Timestamp received, const model::DecodedFrame& frame,
                model::ConnectionIndex connection = model::ConnectionIndex(0));
  /// The connection closed or came back, or its input lost something: its books are UNTRUSTED until their next snapshots.
  void feed_lost(Timestamp now, model::ConnectionIndex connection = model::ConnectionIndex(0));
  /// The book of this market is wrong (a hash mismatch found elsewhere): UNTRUSTED until its next snapshot.
  void distrust(Timestamp now, model::MarketIndex market);
  /// The feed of one market, or of all, is over (rules 8.9): its orders are canceled, orders on their way are refused;
  /// positions of unresolved markets stay and are listed in report().feed_ended.
  void end_of_feed(Timestamp now, model::MarketIndex market);
  void end_of_feed(Timestamp now);

  // ---- the trader ----
  /// Arrives at now + placement latency. The answer is a PlaceResult; `request.account` is ignored.
  void place(Timestamp now, const OrderRequest& request);
  /// Acts at now + cancel latency. The answer is a CancelResult.
  void cancel(Timestamp now, const model::OrderId& id);
  /// Asks at now + cancel latency what became of the order. The answer is an OrderStatus.
  void query(Timestamp now, const model::OrderId& id);

  // ---- time ----
  /// When advance() next has something to do; kNever if nothing is pending.
  [[nodiscard]] Timestamp next_event_time() const;
  /// Does everything that is due up to and including `now`, in order of time, then of calls.
  void advance(Timestamp now);
  [[nodiscard]] Timestamp now() const;
  /// Answers and user frames since the last call, in order of happening.
  [[nodiscard]] std::vector<PaperOutput> take_outputs();

  // ---- the account ----
  /// Cash by matches: what the ledger of the trader should show.
  [[nodiscard]] Usdc cash() const;
  /// Settled cash (changes at MINED).
  [[nodiscard]] Usdc balance() const;
  /// Cost of open BUYs at their limits.
  [[nodiscard]] Usdc reserved() const;
  /// Position by matches.
  [[nodiscard]] Shares position(model::TokenIndex token) const;
  /// Settled shares, as the chain and the Data API show them.
  [[nodiscard]] Shares settled(model::TokenIndex token) const;
  /// Our legs of trades whose status last changed at or after `since`, oldest trade first.
  [[nodiscard]] std::vector<model::UserTrade> trades_since(Timestamp since) const;
  /// What became of an order as of now, without latency.
  [[nodiscard]] OrderStatus status(const model::OrderId& id) const;

  // ---- results ----
  /// Displayed touch of a token (of its sibling, complemented, where only that is recorded).
  [[nodiscard]] model::Quote quote(model::TokenIndex token) const;
  [[nodiscard]] bool trusted(model::MarketIndex market) const;
  [[nodiscard]] Price tick(model::MarketIndex market) const;
  [[nodiscard]] const std::vector<PaperFill>& fills() const;
  [[nodiscard]] const PaperAudit& audit() const;
  [[nodiscard]] PaperReport report() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The taker fee where metadata and configuration say nothing (rules 8.8): 0.07 for crypto slugs, 0.05 for others.
[[nodiscard]] model::FeeSchedule fees_for_slug(std::string_view slug);

}  // namespace ebb::exchange
