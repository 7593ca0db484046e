#include "session/order_desk.hpp"

#include <algorithm>
#include <utility>

#include "base/mutant.hpp"

namespace ebb::session {
namespace {

constexpr Duration kEngineSilence = seconds(3);  // without a sign of life the engine's loop counts as dead
constexpr Duration kLeap = seconds(2);  // between two signs of life: more than the loop may take
constexpr int kCensuses = 2;
constexpr Duration kBetweenCensuses = seconds(10);
constexpr Duration kResyncRetry = seconds(2);
constexpr Duration kJournalWell = milliseconds(250);  // without trouble, until orders leave again
constexpr Duration kResyncReach = minutes(5);  // trades are asked for so far back after missed beats

}  // namespace

class OrderDesk::SenderSide : public OrderSenderSink {
 public:
  explicit SenderSide(OrderDesk& desk) : desk_(desk) {}
  void send(RequestId id, Origin origin, HttpRequest request, Duration timeout) override {
    desk_.sink_.send(DeskMachine::orders, id, origin, std::move(request), timeout);
  }
  void on_event(const model::EventBody& event) override {
    if (!desk_.sink_.on_event(event)) desk_.told_overflow_ = true;
  }
  void on_notice(Notice notice, std::string_view text) override {
    desk_.sink_.on_note(std::string(to_text(notice)) + ": " + std::string(text));
  }
  Expected<void> on_leaving(std::span<const model::PlaceOrder* const> orders) override {
    return desk_.sink_.on_leaving(orders);
  }
  void on_resynced(bool complete) override { desk_.told_resynced_ = complete; }

 private:
  OrderDesk& desk_;
};

class OrderDesk::HeartbeatSide : public HeartbeatSink {
 public:
  explicit HeartbeatSide(OrderDesk& desk) : desk_(desk) {}
  void send(RequestId id, Origin origin, HttpRequest request, Duration timeout) override {
    desk_.sink_.send(DeskMachine::heartbeat, id, origin, std::move(request), timeout);
  }
  void on_heartbeat_gate(bool open, std::string_view reason) override {
    desk_.sender_.set_gate(desk_.now_, GateCause::heartbeat, open, reason);
    const bool news = desk_.heartbeat_.beats() > 0;  // before the first beat it is closed by nature
    if (!open && news) desk_.sink_.on_note("heartbeat: " + std::string(reason));
  }
  void ask_for_every_order() override { desk_.want_resync(desk_.now_, desk_.now_ - kResyncReach); }

 private:
  OrderDesk& desk_;
};

OrderDesk::OrderDesk(OrderDeskConfig config, std::unique_ptr<const polymarket::OrderSignatures> signer,
                     polymarket::L2Signer order_auth, polymarket::L2Signer beat_auth, std::string api_key,
                     model::MarketTable markets, OrderDeskSink& sink)
    : config_(std::move(config)),
      sink_(sink),
      beat_auth_(std::move(beat_auth)),
      sender_side_(std::make_unique<SenderSide>(*this)),
      heartbeat_side_(std::make_unique<HeartbeatSide>(*this)),
      sender_(config_.sender, std::move(signer), std::move(order_auth), std::move(api_key), std::move(markets),
              *sender_side_),
      heartbeat_(config_.heartbeat, beat_auth_, *heartbeat_side_),
      pollers_(config_.pollers, sender_) {
  sender_.set_clock_offset(config_.clock_offset);
  heartbeat_.set_clock_offset(config_.clock_offset);
}

OrderDesk::~OrderDesk() = default;

void OrderDesk::start(Timestamp now) {
  now_ = now;
  started_ = true;
  engine_seen_ = now;
  for (const KnownOrder& order : config_.known) {
    // The clock may have been ahead then: what has been sent was sent before now.
    sender_.know(order.id, order.size, std::min(order.placed, now), now);
  }
  sender_.set_gate(now, GateCause::start, false, "orders and trades are being read");
  sender_.set_gate(now, GateCause::user_stream, false, "not connected yet");
  sender_.set_gate(now, GateCause::heartbeat, !config_.use_heartbeat, "not started");
  sender_.set_gate(now, GateCause::engine, true);
  engine_alive_ = true;
  heartbeat_.set_vital(now, Vital::engine_loop, true);
  heartbeat_.set_vital(now, Vital::journal, true);
  if (config_.use_heartbeat) heartbeat_.start(now);
  pollers_.start(now);
  settle(now);
}

void OrderDesk::stop(Timestamp now) {
  now_ = now;
  started_ = false;
  pollers_.stop();
  heartbeat_.stop(now);
  settle(now);
}

void OrderDesk::submit(Timestamp now, const model::Command& command) {
  now_ = now;
  sender_.submit(now, command);
  settle(now);
}

void OrderDesk::on_user_stream(Timestamp now, bool up) {
  now_ = now;
  heartbeat_.set_vital(now, Vital::user_stream, up);
  sender_.set_gate(now, GateCause::user_stream, up, "user stream down");
  settle(now);
}

void OrderDesk::on_journal(Timestamp now, std::string_view trouble) {
  now_ = now;
  if (!trouble.empty()) {
    journal_well_since_ = {};
    if (!std::exchange(journal_up_, false)) return;
    heartbeat_.set_vital(now, Vital::journal, false);
    sender_.set_gate(now, GateCause::journal, false, trouble);
    sink_.on_note("journal: " + std::string(trouble));
    return settle(now);
  }
  if (journal_up_) return;
  if (!journal_well_since_.is_set()) journal_well_since_ = now;
  if (now - journal_well_since_ < kJournalWell) return;
  journal_up_ = true;
  heartbeat_.set_vital(now, Vital::journal, true);
  sender_.set_gate(now, GateCause::journal, true);
  sink_.on_note("journal: it keeps what it is told again");
  settle(now);
}

void OrderDesk::on_engine_alive(Timestamp now) {
  now_ = now;
  // The engine stood still, or the clock leapt: what has been quiet for long may have been so for a moment.
  if (engine_seen_.is_set() && now - engine_seen_ > kLeap) sender_.on_leap(now);
  engine_seen_ = now;
  if (engine_alive_) return;
  engine_alive_ = true;
  heartbeat_.set_vital(now, Vital::engine_loop, true);
  sender_.set_gate(now, GateCause::engine, true);
  settle(now);
}

void OrderDesk::on_engine_silent(Timestamp now, std::string_view why) {
  if (!engine_alive_) return;
  engine_alive_ = false;
  const std::string text = "the engine: " + std::string(why);
  heartbeat_.set_vital(now, Vital::engine_loop, EBB_MUTANT(beat_of_hung_engine));
  sender_.set_gate(now, GateCause::engine, false, text);
  sink_.on_note(text);
}

void OrderDesk::resync(Timestamp now, Timestamp since) {
  now_ = now;
  want_resync(now, since);
  settle(now);
}

void OrderDesk::want_resync(Timestamp now, Timestamp since) {
  resync_since_ = resync_since_ ? std::min(*resync_since_, since) : since;
  if (resyncing_) {
    resync_again_ = true;  // the one under way may have passed what this one wants
    return;
  }
  resyncing_ = true;
  next_resync_ = kNever;
  sender_.resync(now, *resync_since_);
}

void OrderDesk::on_resynced(Timestamp now, bool complete) {
  resyncing_ = false;
  const bool again = std::exchange(resync_again_, false);
  if (complete && !again) {
    resync_since_.reset();
    sender_.set_gate(now, GateCause::start, true);
    if (censuses_ == 0) take_census(now);
  } else {
    next_resync_ = now + (again ? Duration(0) : kResyncRetry);
  }
  heartbeat_.on_asked(now, complete);
}

// What the account holds already: one reading is no proof, so there are two.
void OrderDesk::take_census(Timestamp now) {
  const auto tokens = static_cast<std::uint32_t>(sender_.markets().token_count());
  for (std::uint32_t i = 0; i < tokens; ++i)
    sender_.submit(now, model::RequestPosition{model::TokenIndex(i)}, Urgency::poll);
  next_census_ = ++censuses_ < kCensuses ? now + kBetweenCensuses : kNever;
}

void OrderDesk::cancel_all(Timestamp now) {
  now_ = now;
  sender_.cancel_all(now);
  settle(now);
}

void OrderDesk::ask_payout(Timestamp now, model::MarketIndex market) {
  now_ = now;
  sender_.request_payout(now, market);
  settle(now);
}

void OrderDesk::on_engine_news(const std::vector<model::OrderId>& closed, std::vector<model::TokenIndex> tokens) {
  for (const model::OrderId& id : closed) sender_.forget(id);
  pollers_.set_tokens(std::move(tokens));
}

void OrderDesk::close_for_orders(Timestamp now) {
  now_ = now;
  sender_.set_gate(now, GateCause::operator_stop, false, "stopping");
  settle(now);
}

void OrderDesk::on_answer(Timestamp now, DeskMachine machine, RequestId id, const Expected<HttpResponse>& answer) {
  now_ = now;
  machine == DeskMachine::orders ? sender_.on_answer(now, id, answer) : heartbeat_.on_answer(now, id, answer);
  settle(now);
}

void OrderDesk::on_timer(Timestamp now) {
  now_ = now;
  if (started_ && now - engine_seen_ > kEngineSilence) on_engine_silent(now, "its loop gives no sign of life");
  if (next_resync_ <= now && resync_since_) want_resync(now, *resync_since_);
  if (next_census_ <= now) take_census(now);
  if (sender_.next_timer() <= now) sender_.on_timer(now);
  if (heartbeat_.next_timer() <= now) heartbeat_.on_timer(now);
  if (pollers_.next_timer() <= now) pollers_.on_timer(now);
  settle(now);
}

// What the machines said while they could not be entered.
void OrderDesk::settle(Timestamp now) {
  while (told_resynced_ || told_overflow_) {
    if (std::exchange(told_overflow_, false)) on_engine_silent(now, "its event queue is full");
    if (const auto complete = std::exchange(told_resynced_, std::nullopt)) on_resynced(now, *complete);
  }
}

Timestamp OrderDesk::next_timer() const {
  if (!started_) return kNever;
  const Timestamp silent = engine_alive_ ? engine_seen_ + kEngineSilence + nanoseconds(1) : kNever;
  return std::min(
      {sender_.next_timer(), heartbeat_.next_timer(), pollers_.next_timer(), next_resync_, next_census_, silent});
}

}  // namespace ebb::session
