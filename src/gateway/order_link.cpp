#include "gateway/order_link.hpp"

#include <algorithm>
#include <utility>

namespace ebb::gateway {
namespace {

constexpr Duration kEngineSilence = seconds(3);  // without a sign of life the engine's loop counts as dead
constexpr int kCensuses = 2;
constexpr Duration kBetweenCensuses = seconds(10);
constexpr Duration kResyncRetry = seconds(2);
constexpr Duration kResyncReach = minutes(5);     // trades are asked for so far back after missed beats
constexpr std::size_t kNoticesKept = 64;
constexpr int kSpareConnections = 4;  // heartbeat, cancel-all, probe and a reserve: none of them waits behind orders

net::HttpPoolConfig clob_pool(const OrderLinkConfig& config) {
  const int lanes = config.sender.lanes + config.sender.read_lanes + kSpareConnections;
  return {.connections = lanes, .warm = std::min(lanes, 4)};
}

}  // namespace

std::string_view to_text(Stage stage) {
  constexpr std::string_view names[] = {"decide", "hand_over", "sign", "write", "total"};
  return names[static_cast<std::size_t>(stage)];
}

class OrderLink::SenderSide : public session::OrderSenderSink {
 public:
  explicit SenderSide(OrderLink& link) : link_(link) {}
  void send(session::RequestId id, session::Origin origin, HttpRequest request, Duration timeout) override {
    link_.send(origin, std::move(request), timeout,
               [this, id](Timestamp now, const Expected<HttpResponse>& r) { link_.sender_.on_answer(now, id, r); });
  }
  void on_event(const model::EventBody& event) override {
    auto owned = std::make_unique<OwnedEvent>(link_.loop_.now(), event);
    if (link_.to_engine_.push(owned.get())) {
      (void)owned.release();
    } else {
      link_.loop_.post([&link = link_] { link.on_engine_silent("its event queue is full"); });
    }
  }
  void on_notice(session::Notice notice, std::string_view text) override {
    link_.note(std::string(session::to_text(notice)) + ": " + std::string(text));
  }
  void on_resynced(bool complete) override {  // from inside the sender, which the heartbeat's answer would enter again
    link_.loop_.post([&link = link_, complete] { link.resynced(complete); });
  }

 private:
  OrderLink& link_;
};

class OrderLink::HeartbeatSide : public session::HeartbeatSink {
 public:
  explicit HeartbeatSide(OrderLink& link) : link_(link) {}
  void send(session::RequestId id, session::Origin origin, HttpRequest request, Duration timeout) override {
    link_.send(origin, std::move(request), timeout,
               [this, id](Timestamp now, const Expected<HttpResponse>& r) { link_.heartbeat_.on_answer(now, id, r); });
  }
  void on_heartbeat_gate(bool open, std::string_view reason) override {
    link_.sender_.set_gate(link_.loop_.now(), session::GateCause::heartbeat, open, reason);
    if (!open) link_.note("heartbeat: " + std::string(reason));
  }
  void ask_for_every_order() override { link_.resync(link_.loop_.now() - kResyncReach); }

 private:
  OrderLink& link_;
};

OrderLink::OrderLink(net::Loop& loop, const VenueAddress& venue, OrderLinkConfig config, crypto::PrivateKey signing_key,
                     const polymarket::ApiCredentials& credentials, polymarket::L2Signer order_auth,
                     polymarket::L2Signer beat_auth, const model::MarketTable& markets, EventQueue& to_engine)
    : loop_(loop),
      venue_(venue),
      config_(std::move(config)),
      to_engine_(to_engine),
      beat_auth_(std::move(beat_auth)),
      clob_(loop, venue.tls, venue.clob, clob_pool(config_)),
      data_(loop, venue.tls, venue.data, {.connections = 2, .warm = 1}),
      sender_side_(std::make_unique<SenderSide>(*this)),
      heartbeat_side_(std::make_unique<HeartbeatSide>(*this)),
      sender_(config_.sender, polymarket::OrderSigner(std::move(signing_key), polymarket::kPolygon),
              std::move(order_auth), credentials.key, markets, *sender_side_),
      heartbeat_(config_.heartbeat, beat_auth_, *heartbeat_side_),
      pollers_(config_.pollers, sender_),
      timer_(loop, [this] { on_timer(); }) {
  sender_.set_clock_offset(config_.clock_offset);
  heartbeat_.set_clock_offset(config_.clock_offset);
}

OrderLink::~OrderLink() = default;

void OrderLink::start() {
  const Timestamp now = loop_.now();
  started_ = true;
  engine_seen_ = now;
  // Whatever an earlier run left on the book is counted nowhere: it goes, and no order leaves before the account is known.
  sender_.set_gate(now, session::GateCause::start, false, "orders and trades are being read");
  sender_.cancel_all(now);
  sender_.set_gate(now, session::GateCause::user_stream, false, "not connected yet");
  sender_.set_gate(now, session::GateCause::heartbeat, !config_.use_heartbeat, "not started");
  sender_.set_gate(now, session::GateCause::engine, true);
  engine_alive_ = true;
  heartbeat_.set_vital(now, session::Vital::engine_loop, true);
  heartbeat_.set_vital(now, session::Vital::journal, true);
  if (config_.use_heartbeat) heartbeat_.start(now);
  pollers_.start(now);
  if (config_.keep_warm.raw() > 0) next_warm_ = now;
  rearm();
}

void OrderLink::submit(const TimedCommand& command) {
  taken_ = loop_.now();
  submitting_ = &command;
  sender_.submit(taken_, command.command);
  submitting_ = nullptr;
  rearm();
}

void OrderLink::on_user_stream(bool up) {
  const Timestamp now = loop_.now();
  heartbeat_.set_vital(now, session::Vital::user_stream, up);
  sender_.set_gate(now, session::GateCause::user_stream, up, "user stream down");
  rearm();
}

void OrderLink::on_engine_alive() {
  engine_seen_ = loop_.now();
  if (engine_alive_) return;
  engine_alive_ = true;
  heartbeat_.set_vital(engine_seen_, session::Vital::engine_loop, true);
  sender_.set_gate(engine_seen_, session::GateCause::engine, true);
}

void OrderLink::on_engine_silent(std::string_view why) {
  if (!engine_alive_) return;
  engine_alive_ = false;
  const std::string text = "the engine: " + std::string(why);
  heartbeat_.set_vital(loop_.now(), session::Vital::engine_loop, false);
  sender_.set_gate(loop_.now(), session::GateCause::engine, false, text);
  note(text);
}

void OrderLink::resync(Timestamp since) {
  resync_since_ = resync_since_ ? std::min(*resync_since_, since) : since;
  if (resyncing_) {
    resync_again_ = true;  // the one under way may have passed what this one wants
    return;
  }
  resyncing_ = true;
  next_resync_ = kNever;
  sender_.resync(loop_.now(), *resync_since_);
  rearm();
}

void OrderLink::resynced(bool complete) {
  const Timestamp now = loop_.now();
  resyncing_ = false;
  const bool again = std::exchange(resync_again_, false);
  if (complete && !again) {
    resync_since_.reset();
    sender_.set_gate(now, session::GateCause::start, true);
    if (censuses_ == 0) take_census();
  } else {
    next_resync_ = now + (again ? Duration(0) : kResyncRetry);
  }
  heartbeat_.on_asked(now, complete);
  rearm();
}

// What the account holds already: one reading is no proof, so there are two.
void OrderLink::take_census() {
  const Timestamp now = loop_.now();
  const auto tokens = static_cast<std::uint32_t>(sender_.markets().token_count());
  for (std::uint32_t i = 0; i < tokens; ++i)
    sender_.submit(now, model::RequestPosition{model::TokenIndex(i)}, session::Urgency::poll);
  next_census_ = ++censuses_ < kCensuses ? now + kBetweenCensuses : kNever;
}

void OrderLink::cancel_all() {
  sender_.cancel_all(loop_.now());
  rearm();
}

void OrderLink::on_engine_news(const std::vector<model::OrderId>& closed, std::vector<model::TokenIndex> tokens) {
  for (const model::OrderId& id : closed) sender_.forget(id);
  pollers_.set_tokens(std::move(tokens));
}

void OrderLink::ask_payout(model::MarketIndex market) {
  sender_.request_payout(loop_.now(), market);
  rearm();
}

void OrderLink::close_for_orders() {
  sender_.set_gate(loop_.now(), session::GateCause::operator_stop, false, "stopping");
}

void OrderLink::stop() {
  started_ = false;
  pollers_.stop();
  heartbeat_.stop(loop_.now());
  timer_.arm(kNever);
}

OrderLinkState OrderLink::state() const {
  return {.mode = sender_.mode(),
          .gate_open = sender_.gate_open(),
          .gate_reasons = sender_.gate_reasons(),
          .sender = sender_.stats(),
          .heartbeat = heartbeat_.state(),
          .beats = heartbeat_.beats(),
          .missed_beats = heartbeat_.missed(),
          .rate_refusals = sender_.budgets().refusals(),
          .notices = notices_,
          .notices_total = notices_total_};
}

void OrderLink::send(session::Origin origin, HttpRequest request, Duration timeout, Answered answered) {
  const bool data = origin == session::Origin::data;
  const net::Url& base = data ? venue_.data : venue_.clob;
  if (const std::string path = base_path(base); !path.empty()) request.target = path + request.target;
  net::HttpWritten written;
  if (submitting_ != nullptr && std::holds_alternative<model::PlaceOrder>(submitting_->command)) {
    const Timestamp signed_at = loop_.now();
    const Timestamp received = submitting_->received;
    stages_[static_cast<std::size_t>(Stage::decide)].record(submitting_->decided - received);
    stages_[static_cast<std::size_t>(Stage::hand_over)].record(taken_ - submitting_->decided);
    stages_[static_cast<std::size_t>(Stage::sign)].record(signed_at - taken_);
    written = [this, signed_at, received](Timestamp at) {
      stages_[static_cast<std::size_t>(Stage::write)].record(at - signed_at);
      stages_[static_cast<std::size_t>(Stage::total)].record(at - received);
    };
  }
  (data ? data_ : clob_)
      .send(
          std::move(request), timeout,
          [this, answered = std::move(answered)](Timestamp received, const Expected<HttpResponse>& response) {
            answered(received, response);
            rearm();
          },
          std::move(written));
}

void OrderLink::on_timer() {
  armed_ = kNever;
  const Timestamp now = loop_.now();
  if (started_ && now - engine_seen_ > kEngineSilence) on_engine_silent("its loop gives no sign of life");
  if (next_resync_ <= now && resync_since_) resync(*resync_since_);
  if (next_census_ <= now) take_census();
  if (sender_.next_timer() <= now) sender_.on_timer(now);
  if (heartbeat_.next_timer() <= now) heartbeat_.on_timer(now);
  if (pollers_.next_timer() <= now) pollers_.on_timer(now);
  if (next_warm_ <= now) {
    if (sender_.queued() == 0) sender_.keep_warm(now);
    next_warm_ = now + config_.keep_warm;
  }
  rearm();
}

void OrderLink::rearm() {
  if (!started_) return;
  const Timestamp next = std::min({sender_.next_timer(), heartbeat_.next_timer(), pollers_.next_timer(), next_warm_,
                                   next_resync_, next_census_, loop_.now() + seconds(1)});
  if (next >= armed_) return;
  armed_ = next;
  timer_.arm(next);
}

void OrderLink::note(std::string text) {
  ++notices_total_;
  if (notices_.size() >= kNoticesKept) notices_.erase(notices_.begin());
  notices_.push_back(std::move(text));
}

}  // namespace ebb::gateway
