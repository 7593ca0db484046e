#include "app/run_watch.hpp"

namespace ebb::app {

void RunWatch::Claims::on_signal(Timestamp now, model::TokenIndex token, int refusal) {
  if (feed != nullptr) feed->on_signal(now, token, refusal);
}
void RunWatch::Claims::on_order_placed(Timestamp now, const execution::Order& order) {
  if (feed != nullptr) feed->on_order_placed(now, order);
}
void RunWatch::Claims::on_order_closed(Timestamp now, const execution::Order& order) {
  if (feed != nullptr) feed->on_order_closed(now, order);
}
void RunWatch::Claims::on_fill(Timestamp now, const model::UserTrade& trade) {
  if (feed != nullptr) feed->on_fill(now, trade);
}
void RunWatch::Claims::on_params(Timestamp now, model::TokenIndex token) {
  if (feed != nullptr) feed->on_params(now, token);
}

void RunWatch::attach(gateway::Trader& trader) {
  trader_ = &trader;
  const engine::Engine& engine = trader.engine();
  started_ = engine.now();
  if (money_ != Money::paper) return;
  checker_ = std::make_unique<checker::Checker>(runner::checker_config(engine.config(), checker::Mode::paper));
  feed_ = std::make_unique<runner::CheckerFeed>(*checker_, engine);
  claims_.feed = feed_.get();
}

void RunWatch::end_of_trading(runner::RunSummary& summary) {
  trading_ = false;
  summary.commands_sha256 = digest_.hex();
  summary.commands = digest_.count();
  summary.market_time = trader_->engine().now() - started_;
}

void RunWatch::finish(runner::RunSummary& summary) {
  const engine::Engine& engine = trader_->engine();
  summary.account_cash = engine.ledger().cash();
  if (money_ == Money::real) return;
  if (checker_) finish_checker(summary);
  summary.paper = trader_->paper()->venue().report();
  summary.account_cash = trader_->paper()->venue().cash();
  summary.account_reserved = trader_->paper()->venue().reserved();
}

void RunWatch::finish_checker(runner::RunSummary& summary) {
  const Timestamp now = trader_->engine().now();
  copy_paper();
  feed_->copy_paper_statuses(now, trader_->paper()->venue());
  feed_->claim_ledger(now);
  checker_->finish(now.ns(), checker::Ending::orderly);
  runner::take_verdict(*checker_, summary);
}

void RunWatch::on_markets(const engine::Engine& engine) {
  if (!checker_) return;
  for (std::uint32_t i = 0; i < engine.markets().market_count(); ++i)
    checker_->add_market(engine.now().ns(), runner::checker_market(engine, model::MarketIndex(i)));
}

void RunWatch::on_market_added(const engine::Engine& engine, model::MarketIndex market) {
  if (checker_) checker_->add_market(engine.now().ns(), runner::checker_market(engine, market));
}

void RunWatch::on_frame(Timestamp received, model::ConnectionIndex connection, std::string_view text) {
  if (!feed_) return;
  copy_paper();
  checker_->on_market_frame(received.ns(), connection.value(), text);
}

void RunWatch::on_feed_event(const model::Event& event) {
  if (!feed_) return;
  copy_paper();
  const std::int64_t at = event.time.ns();
  if (const auto* opened = std::get_if<model::ConnectionOpened>(&event.body)) {
    checker_->on_connection(at, opened->connection.value(), checker::ConnectionState::open);
  } else if (const auto* closed = std::get_if<model::ConnectionClosed>(&event.body)) {
    checker_->on_connection(at, closed->connection.value(), checker::ConnectionState::closed);
  } else if (const auto* gap = std::get_if<model::FeedGap>(&event.body)) {
    checker_->on_gap(at, gap->connection.value());
  } else if (const auto* alive = std::get_if<model::LinkAlive>(&event.body)) {
    checker_->on_link_alive(at, alive->connection.value());
  } else if (const auto* book = std::get_if<model::BookAnswer>(&event.body)) {
    checker_->on_book_answer(at, trader_->engine().markets().token_id(book->token), book->ok, book->text);
  }
}

void RunWatch::on_command(const model::Command& command, Timestamp now) {
  if (trading_) digest_.add(command, now);
  if (feed_) feed_->on_command(command, now);
}

void RunWatch::on_own_event(const model::Event& event) {
  if (!feed_) return;
  copy_paper();
  if (const auto* frame = std::get_if<model::UserFrame>(&event.body)) {
    checker_->on_user_frame(event.time.ns(), frame->text);
  } else if (const auto* placed = std::get_if<model::PlaceAnswer>(&event.body)) {
    feed_->on_place_answer(event.time, *placed);
  } else if (const auto* canceled = std::get_if<model::CancelAnswer>(&event.body)) {
    feed_->on_cancel_answer(event.time, *canceled);
  } else if (const auto* status = std::get_if<model::OrderStatusAnswer>(&event.body)) {
    feed_->on_status_answer(event.time, *status);
  } else if (const auto* trades = std::get_if<model::TradesAnswer>(&event.body)) {
    feed_->on_trades_answer(event.time, *trades);
  } else if (const auto* request = std::get_if<model::OperatorRequest>(&event.body)) {
    feed_->on_operator(event.time, *request);
  }
}

void RunWatch::on_tick(Timestamp now) {
  if (!feed_) return;
  copy_paper();
  feed_->copy_paper_statuses(now, trader_->paper()->venue());
  checker_->on_tick(now.ns());
}

void RunWatch::copy_paper() {
  const exchange::PaperVenue& venue = trader_->paper()->venue();
  feed_->copy_paper(venue);
  feed_->copy_paper_fills(venue);
}

}  // namespace ebb::app
