// The trader's books: what an earlier run left is taken over at the start, and everything that happens is kept.
#include <algorithm>
#include <utility>

#include "gateway/trader.hpp"
#include "session/take_over.hpp"

namespace ebb::gateway {
namespace {

constexpr Duration kCloseBound = seconds(20);

}  // namespace

// What an earlier run held or had on order in markets that nobody named this time is still ours to end.
Expected<void> Trader::add_recovered_markets() {
  if (!config_.books) return {};
  for (const model::MarketSpec& spec : config_.books->recovery.markets) {
    if (engine_.markets().find_market(spec.condition_id).valid()) continue;
    TRY_VOID(engine_.add_market(spec, engine::Follow::work_off, engine_loop_.now()));
    worked_off_.push_back(spec.slug.empty() ? spec.condition_id : spec.slug);
  }
  return {};
}

Expected<void> Trader::open_books() {
  if (!config_.books) return {};
  store::JournalDb& db = config_.books->journal->db();
  const Timestamp now = engine_loop_.now();
  config_.books->run.time = now;
  TRY_VOID(db.begin_run(config_.books->run));
  const model::MarketTable& markets = engine_.markets();
  for (std::uint32_t i = 0; i < markets.market_count(); ++i)
    TRY_VOID(db.add_market(store::make_registration(markets, model::MarketIndex(i), now)));
  journal_ = std::make_unique<JournalLink>(*config_.books->journal);
  auto restored = engine_.restore(config_.books->recovery, now);
  if (restored) return {};
  stopped_in_order_ = false;
  close_books();
  return restored;
}

// The desk asks for them, beside what the engine asks: whatever the venue lists of ours is known.
void Trader::take_over_orders() {
  if (config_.books) config_.live->orders.desk.known = session::known_orders(config_.books->recovery);
}

Timestamp Trader::sweep_from() const {
  return config_.books ? session::sweep_from(config_.books->recovery, started_) : started_;
}

// The paper venue goes with its process: its account is the ledger, its orders are gone, what had matched has settled.
void Trader::open_paper() {
  config_.paper.maker_address = engine_.config().maker_address;
  config_.paper.starting_cash = engine_.ledger().cash();
  paper_ = std::make_unique<PaperLink>(config_.paper, engine_, [this](const model::Event& event) { take_own(event); });
}

void Trader::close_paper_orders() {
  if (!paper_ || !config_.books) return;
  const Timestamp now = engine_loop_.now();
  std::vector<model::UserTrade> legs;
  for (const model::RecoveredBooking& booking : config_.books->recovery.bookings) {
    const auto* fill = std::get_if<model::FillRecord>(&booking.body);
    if (fill == nullptr || booking.folded || !fill->trade.token.valid()) continue;
    model::UserTrade leg = fill->trade;
    leg.token = engine_.markets().find_token(config_.books->recovery.tokens[leg.token.value()]);
    leg.status = model::TradeStatus::confirmed;
    if (fill->trade.status != model::TradeStatus::failed && fill->trade.status != leg.status) legs.push_back(leg);
  }
  if (!legs.empty()) take_own({now, model::TradesAnswer{.trades = legs, .complete = false}});
  const std::vector<execution::OrderHandle> open = engine_.orders().open();
  for (const execution::OrderHandle handle : open) {
    const execution::Order& order = engine_.orders()[handle];
    take_own(
        {now, model::OrderStatusAnswer{
                  .id = order.intent.id, .status = model::VenueOrderStatus::canceled, .size_matched = order.filled}});
  }
  for (const model::TokenIndex token : engine_.ledger().touched()) {
    const Shares held = engine_.ledger().position(token).matched;
    if (held.raw() > 0) paper_->deposit_shares(token, held);
  }
}

// On paper nobody stands between the engine and its venue: it is told itself when nothing can be kept.
void Trader::look_at_paper_journal(Timestamp now) {
  if (!journal_ || !paper_) return;
  const bool well = journal_->trouble().empty();
  if (well == std::exchange(paper_gate_open_, well)) return;
  take_own({now, model::VenueModeChange{well ? model::VenueMode::normal : model::VenueMode::cancel_only}});
}

void Trader::on_record(const model::Record& record) {
  if (const auto* intent = std::get_if<model::IntentRecord>(&record.body)) last_intent_ = *intent;
  if (journal_) journal_->record(record);
  if (config_.listener != nullptr) config_.listener->on_record(record);
}

void Trader::close_books() {
  if (!journal_) return;
  const auto ending = stopped_in_order_ ? store::RunEnding::in_order : store::RunEnding::by_error;
  if (auto stopped = journal_->stop(kCloseBound); !stopped) {
    book_errors_.push_back(std::move(stopped).error());
  } else if (auto ended = config_.books->journal->db().end_run(engine_loop_.now(), ending); !ended) {
    book_errors_.push_back(std::move(ended).error());
  }
  journal_.reset();
}

}  // namespace ebb::gateway
