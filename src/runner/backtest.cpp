#include "runner/backtest.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/agenda.hpp"
#include "checker/checker.hpp"
#include "exchange/engine_words.hpp"
#include "exchange/paper_venue.hpp"
#include "model/market_end.hpp"
#include "polymarket/book_hash.hpp"
#include "runner/checker_feed.hpp"
#include "runner/command_log.hpp"
#include "store/capture.hpp"
#include "telemetry/histogram.hpp"

namespace ebb::runner {
namespace {

constexpr Duration kDrain = seconds(120);        // recorded time after the last frame for cancels and settlements
constexpr std::uint64_t kProgressEvery = 2'000;  // frames

using Clock = std::chrono::steady_clock;

double in_microseconds(Duration d) { return static_cast<double>(d.raw()) / 1e3; }

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class BacktestRun : public engine::CommandSink {
 public:
  explicit BacktestRun(const BacktestConfig& config)
      : config_(config), venue_(paper_config(config)), tokens_(config.tokens.begin(), config.tokens.end()) {
    std::sort(tokens_.begin(), tokens_.end());
  }

  /// When the frame arrived; where the recording does not say, the latest of its events' own times.
  Timestamp time_of(const store::CaptureFrame& frame) {
    if (frame.received.is_set()) return frame.received;
    decoder_.decode(frame.text, decoded_);
    std::int64_t latest_ms = 0;
    for (const model::MarketEvent& event : decoded_.events) latest_ms = std::max(latest_ms, event.timestamp_ms);
    return latest_ms > 0 ? from_ms(latest_ms) : now_;
  }

  void on_frame(const store::CaptureFrame& frame, Timestamp received) {
    const Timestamp at = std::max(received, now_);
    if (!engine_) start(at);
    run_until(at);
    decoder_.decode(frame.text, decoded_);
    for (const model::MarketEvent& event : decoded_.events) learn(event, frame.slug, at);
    venue_.on_frame(at, decoded_);
    take_outputs();
    if (config_.check) checker_->on_market_frame(at.ns(), 0, frame.text);
    const auto before = Clock::now();
    engine_->on_market_frame(at, model::ConnectionIndex(0), frame.text);
    latency_.record(Duration(std::chrono::nanoseconds(Clock::now() - before).count()));
    ++frames_;
    last_frame_ = at;
  }

  // engine::CommandSink
  void on_command(const model::Command& command, Timestamp now) override {
    if (!ended_) digest_.add(command, now);
    if (config_.check) feed_->on_command(command, now);
    if (const auto* place = std::get_if<model::PlaceOrder>(&command)) {
      sides_.emplace(place->id, place->side);
      venue_.place(now, exchange::to_request(*place, venue_token(place->token), exchange::AccountIndex()));
    } else if (const auto* cancel = std::get_if<model::CancelOrder>(&command)) {
      venue_.cancel(now, cancel->id);
    } else if (const auto* query = std::get_if<model::QueryOrder>(&command)) {
      venue_.query(now, query->id);
    } else if (const auto* sweep = std::get_if<model::SweepTrades>(&command)) {
      sweeps_.add(now + config_.paper.placement.median, sweep->since);
    }
  }

  void finish(RunSummary& summary) {
    if (!engine_) {  // no frame in the chosen stretch
      now_ = from_ms(0);
      start(now_);
    }
    ended_ = true;
    summary.commands_sha256 = digest_.hex();
    summary.commands = digest_.count();
    engine_->end_of_feed(now_);
    run_until(now_ + kDrain);
    venue_.end_of_feed(now_);
    take_outputs();
    run_until(now_ + seconds(1));
    feed_->copy_paper_fills(venue_);
    feed_->claim_ledger(now_);
    checker_->finish(now_.ns(), checker::Ending::orderly);
    summarize(*engine_, summary);
    summary.paper = venue_.report();
    summary.account_cash = venue_.cash();
    summary.account_reserved = venue_.reserved();
    summary.bytes_to_decision = {.p50 = in_microseconds(latency_.percentile(0.50)),
                                 .p99 = in_microseconds(latency_.percentile(0.99)),
                                 .p999 = in_microseconds(latency_.percentile(0.999)),
                                 .max = in_microseconds(latency_.max()),
                                 .samples = latency_.count()};
    summary.market_time = first_frame_.is_set() ? last_frame_ - first_frame_ : Duration(0);
    add_feed_ended(summary);
    if (config_.check) take_verdict(*checker_, summary);
  }

  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] Timestamp now() const { return now_; }

 private:
  static exchange::PaperConfig paper_config(const BacktestConfig& config) {
    exchange::PaperConfig paper = config.paper;
    paper.starting_cash = config.engine.starting_cash;
    paper.maker_address = config.engine.maker_address;
    return paper;
  }

  void start(Timestamp at) {
    engine::EngineConfig engine = config_.engine;
    engine.own_orders_in_book = false;
    now_ = first_frame_ = at;
    engine_ = std::make_unique<engine::Engine>(std::move(engine), *this, at);
    checker::CheckerConfig check = checker_config(engine_->config(), checker::Mode::paper);
    checker_ = std::make_unique<checker::Checker>(std::move(check));
    feed_ = std::make_unique<CheckerFeed>(*checker_, *engine_);
    if (config_.check) engine_->set_listener(feed_.get());
    checker_->on_connection(at.ns(), 0, checker::ConnectionState::open);
    engine_->on_event(
        {at, model::ConnectionOpened{model::ConnectionIndex(0)}});  // else its link counts as closed: STALE
  }

  // Runs venue and engine until `until`, in order of time.
  void run_until(Timestamp until) {
    for (;;) {
      const Timestamp next =
          std::min({venue_.next_event_time(), answers_.next_time(), sweeps_.next_time(), engine_->next_timer()});
      if (next > until) break;
      now_ = std::max(now_, next);
      if (venue_.next_event_time() <= now_) {
        venue_.advance(now_);
        if (config_.check && !venue_.fills().empty()) {
          feed_->copy_paper_fills(venue_);
          feed_->copy_paper_statuses(now_, venue_);
        }
        take_outputs();
      }
      while (answers_.next_time() <= now_) deliver(answers_.take());
      while (sweeps_.next_time() <= now_) {
        const auto trades = to_engine(venue_.trades_since(sweeps_.take()));
        const model::TradesAnswer answer{trades, true};
        feed_->on_trades_answer(now_, answer);
        engine_->on_event({now_, answer});
      }
      engine_->advance(now_);
    }
    now_ = std::max(now_, until);
    engine_->advance(now_);
    if (config_.check && now_ - last_tick_ >= seconds(1)) {
      checker_->on_tick(now_.ns());
      last_tick_ = now_;
    }
  }

  void take_outputs() {
    if (config_.check) {
      feed_->copy_paper(venue_);
      feed_->copy_paper_fills(venue_);
    }
    for (exchange::PaperOutput& output : venue_.take_outputs()) answers_.add(output.at, std::move(output));
    while (answers_.next_time() <= now_) deliver(answers_.take());
  }

  void deliver(const exchange::PaperOutput& output) {
    if (const auto* frame = std::get_if<exchange::UserFrameText>(&output.body)) {
      checker_->on_user_frame(now_.ns(), frame->text);
      engine_->on_event({now_, model::UserFrame{frame->text}});
    } else if (const auto* placed = std::get_if<exchange::PlaceResult>(&output.body)) {
      const auto side = sides_.find(placed->id);
      const model::PlaceAnswer answer = to_answer(*placed, side == sides_.end() ? model::Side::buy : side->second);
      feed_->on_place_answer(now_, answer);
      engine_->on_event({now_, answer});
    } else if (const auto* canceled = std::get_if<exchange::CancelResult>(&output.body)) {
      const model::CancelAnswer answer = to_answer(*canceled);
      feed_->on_cancel_answer(now_, answer);
      engine_->on_event({now_, answer});
    } else if (const auto* status = std::get_if<exchange::OrderStatus>(&output.body)) {
      const model::OrderStatusAnswer answer = to_answer(*status);
      feed_->on_status_answer(now_, answer);
      engine_->on_event({now_, answer});
    }
  }

  // A market or token that the recording shows for the first time.
  void learn(const model::MarketEvent& event, std::string_view slug, Timestamp at) {
    if (event.kind == model::MarketEventKind::price_change) {
      for (const model::LevelChange& change : decoded_.changes_of(event)) learn_token(event, change.asset_id, slug, at);
    } else if (!event.asset_id.empty()) {
      learn_token(event, event.asset_id, slug, at);
    }
  }

  void learn_token(const model::MarketEvent& event, std::string_view token_id, std::string_view slug, Timestamp at) {
    if (token_id.empty() || engine_->markets().find_token(token_id).valid()) return;
    const model::MarketIndex known = engine_->markets().find_market(event.market);
    if (known.valid()) {
      const auto token = engine_->add_sibling(known, std::string(token_id), "", at);
      (void)venue_.add_sibling(known, std::string(token_id), "");
      if (token) configure(*token);
      watch(known, at);
      return;
    }
    model::MarketSpec spec;
    spec.condition_id = event.market;
    spec.slug = slug;
    spec.question = slug;
    spec.tokens[0].token_id = token_id;
    if (event.tick.raw() > 0) spec.tick = event.tick;
    if (event.min_order_size.raw() >= 0) spec.min_order_size = event.min_order_size;
    spec.neg_risk = event.neg_risk >= 0 ? event.neg_risk == 1 : guess_neg_risk(event, token_id);
    spec.fees = exchange::fees_for_slug(slug);
    if (const auto life = model::life_from_slug(slug)) {
      spec.start = life->start;
      spec.end = life->end;
      spec.end_precision = model::EndPrecision::exact;
    }
    const auto market = engine_->add_market(spec, engine::Follow::trade, at);
    if (!market) return;
    (void)venue_.add_market(spec);
    configure(engine_->markets().find_token(token_id));
    watch(*market, at);
  }

  // At a slower cadence of decisions the trader misses signals on purpose: then none is expected of it.
  void watch(model::MarketIndex market, Timestamp at) {
    checker::MarketConfig known = checker_market(*engine_, market);
    if (engine_->config().evaluate_every.raw() > 0) {
      for (checker::TokenConfig& token : known.tokens) token.params.traded = false;
    }
    checker_->add_market(at.ns(), known);
  }

  void configure(model::TokenIndex token) {
    const std::string& id = engine_->markets().token_id(token);
    if (!tokens_.empty() && !std::binary_search(tokens_.begin(), tokens_.end(), id)) engine_->set_traded(token, false);
    if (config_.own_params) {
      if (const strategy::Params* params = config_.own_params(id)) engine_->set_params(token, *params, now_);
    }
  }

  // Recordings do not say whether a market is neg-risk; the hash of its first full snapshot does.
  bool guess_neg_risk(const model::MarketEvent& event, std::string_view token_id) {
    const auto told = polymarket::parse_book_hash(event.hash);
    if (event.kind != model::MarketEventKind::book || !told || event.tick.raw() <= 0 || !event.has_last_trade_field)
      return false;
    book::Book book;
    (void)book.apply_snapshot(event.timestamp_ms, decoded_.bids(event), decoded_.asks(event));
    polymarket::BookHashFields fields{.market = event.market,
                                      .asset_id = token_id,
                                      .timestamp_ms = event.timestamp_ms,
                                      .tick = event.tick,
                                      .neg_risk = true,
                                      .last_trade = event.last_trade};
    return hasher_.hash(book.view(), fields) == *told;
  }

  [[nodiscard]] model::TokenIndex venue_token(model::TokenIndex token) const {
    return venue_.markets().find_token(engine_->markets().token_id(token));
  }

  [[nodiscard]] std::vector<model::UserTrade> to_engine(std::vector<model::UserTrade> trades) const {
    for (model::UserTrade& trade : trades)
      trade.token = engine_->markets().find_token(venue_.markets().token_id(trade.token));
    return trades;
  }

  void add_feed_ended(RunSummary& summary) const {
    for (const exchange::FeedEnded& ended : summary.paper->feed_ended) {
      for (const auto& open : ended.positions) {
        if (!open.token.valid() || open.size.raw() <= 0) continue;
        const std::string& id = venue_.markets().token_id(open.token);
        const model::TokenIndex token = engine_->markets().find_token(id);
        summary.feed_ended.push_back({venue_.markets().market(ended.market).slug, id, open.size,
                                      engine_->ledger().position(token).cost,
                                      portfolio::executable_value(engine_->feed(token).book().view(), open.size)});
      }
    }
  }

  const BacktestConfig& config_;
  exchange::PaperVenue venue_;
  std::vector<std::string> tokens_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<checker::Checker> checker_;
  std::unique_ptr<CheckerFeed> feed_;
  polymarket::MarketDecoder decoder_;
  polymarket::BookHasher hasher_;
  model::DecodedFrame decoded_;
  Agenda<exchange::PaperOutput> answers_;
  Agenda<Timestamp> sweeps_;
  FlatMap<model::OrderId, model::Side, std::hash<model::OrderId>> sides_;
  CommandDigest digest_;
  telemetry::Histogram latency_;
  Timestamp now_;
  Timestamp first_frame_;
  Timestamp last_frame_;
  Timestamp last_tick_;
  std::uint64_t frames_ = 0;
  bool ended_ = false;
};

void add_lines(const store::CaptureStats& stats, RunSummary& summary) {
  summary.lines += stats.lines;
  for (std::size_t i = 0; i < store::kSkipReasons; ++i) {
    if (stats.skipped[i] == 0) continue;
    summary.skipped[std::string(store::to_text(static_cast<store::SkipReason>(i)))] += stats.skipped[i];
  }
}

}  // namespace

Expected<RunSummary> backtest(const BacktestConfig& config,
                              const std::function<void(const BacktestProgress&)>& progress,
                              const std::atomic<bool>& stop) {
  const auto started = Clock::now();
  std::vector<store::CaptureReader> readers;
  BacktestProgress at;
  for (const std::string& path : config.captures) {
    TRY(reader, store::CaptureReader::open(path));
    at.bytes_total += reader.file_size();
    readers.push_back(std::move(reader));
  }
  RunSummary summary;
  summary.command = "backtest";
  summary.seed = config.engine.seed;
  summary.settlement_scale = config.paper.settlement.scale;
  summary.note =
      "paper fills against a recording: our orders have no impact and nobody reacts to them; strict fills are the "
      "headline, "
      "optimistic ones are shown beside them";
  BacktestRun run(config);
  std::uint64_t bytes_before = 0;
  Timestamp first;  // of everything recorded, whatever of it was asked for
  Timestamp last;
  for (store::CaptureReader& reader : readers) {
    store::CaptureFrame frame;
    for (;;) {
      const auto more = reader.next(frame);
      if (!more) {
        summary.errors.push_back(more.error());
        break;
      }
      if (!*more) break;
      if (stop.load(std::memory_order_relaxed)) {
        summary.interrupted = true;
        break;
      }
      const Timestamp received = run.time_of(frame);
      first = first.is_set() ? std::min(first, received) : received;
      last = std::max(last, received);
      if (config.to && received > *config.to) continue;
      if (config.from && received < *config.from) continue;
      run.on_frame(frame, received);
      if (run.frames() % kProgressEvery == 0 && progress) {
        at.bytes_done = bytes_before + reader.bytes_consumed();
        at.frames = run.frames();
        at.at = run.now();
        progress(at);
      }
    }
    bytes_before += reader.file_size();
    add_lines(reader.stats(), summary);
    if (summary.interrupted) break;
  }
  if (run.frames() == 0 && first.is_set() && !summary.interrupted) {
    summary.errors.push_back({"backtest.nothing_in_range",
                              fmt::format("no frame lies in the asked range: the recording goes from {} ms to {} ms "
                                          "(Unix time)",
                                          first.ms(), last.ms()),
                              "change --from and --to; `ebb inspect CAPTURE` tells the times as dates"});
  }
  run.finish(summary);
  summary.wall_seconds = seconds_since(started);
  return summary;
}

}  // namespace ebb::runner
