#include "gateway/order_link.hpp"

#include <algorithm>
#include <utility>

#include "base/crash_point.hpp"

namespace ebb::gateway {
namespace {

constexpr std::size_t kNoticesKept = 64;
constexpr Duration kJournalLook = milliseconds(50);
constexpr int kSpareConnections = 4;  // heartbeat, cancel-all, probe and a reserve: none of them waits behind orders

net::HttpPoolConfig clob_pool(const OrderLinkConfig& config) {
  const int lanes = config.desk.sender.lanes + config.desk.sender.read_lanes + kSpareConnections;
  return {.connections = lanes, .warm = std::min(lanes, 4)};
}

}  // namespace

std::string_view to_text(Stage stage) {
  constexpr std::string_view names[] = {"decide", "hand_over", "sign", "intent", "write", "total"};
  return names[static_cast<std::size_t>(stage)];
}

class OrderLink::DeskSide : public session::OrderDeskSink {
 public:
  explicit DeskSide(OrderLink& link) : link_(link) {}
  void send(session::DeskMachine machine, session::RequestId id, session::Origin origin, HttpRequest request,
            Duration timeout) override {
    link_.send(machine, id, origin, std::move(request), timeout);
  }
  bool on_event(const model::EventBody& event) override {
    if (const auto* answer = std::get_if<model::PlaceAnswer>(&event)) {
      EBB_CRASH_POINT("gateway.answer");
      link_.waiting_.erase(answer->id);
    }
    auto owned = std::make_unique<model::OwnedEvent>(link_.loop_.now(), event);
    if (!link_.to_engine_.push(owned.get())) return false;
    (void)owned.release();
    return true;
  }
  void on_note(std::string text) override { link_.note(std::move(text)); }
  Expected<void> on_leaving(std::span<const model::PlaceOrder* const> orders) override {
    return link_.keep_intents(orders);
  }

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
      clob_(loop, venue.tls, venue.clob, clob_pool(config_)),
      data_(loop, venue.tls, venue.data, {.connections = 2, .warm = 1}),
      desk_side_(std::make_unique<DeskSide>(*this)),
      desk_(config_.desk, std::make_unique<polymarket::OrderSigner>(std::move(signing_key), polymarket::kPolygon),
            std::move(order_auth), std::move(beat_auth), credentials.key, markets, *desk_side_),
      timer_(loop, [this] { on_timer(); }) {}

OrderLink::~OrderLink() = default;

void OrderLink::start() {
  started_ = true;
  desk_.start(loop_.now());
  if (config_.keep_warm.raw() > 0) next_warm_ = loop_.now();
  if (config_.journal != nullptr) next_journal_look_ = loop_.now() + kJournalLook;
  rearm();
}

void OrderLink::submit(const TimedCommand& command) {
  taken_ = loop_.now();
  submitting_ = &command;
  keeping_ = Duration(0);
  const auto* place = std::get_if<model::PlaceOrder>(&command.command);
  if (place != nullptr && config_.journal != nullptr) waiting_[place->id] = {command.reference, command.cycle};
  desk_.submit(taken_, command.command);
  submitting_ = nullptr;
  if (intent_refused_) look_at_journal(taken_);
  rearm();
}

// On the way out: from here on a restart knows of the order, whatever becomes of us.
Expected<void> OrderLink::keep_intents(std::span<const model::PlaceOrder* const> orders) {
  if (config_.journal == nullptr) return {};
  const Timestamp before = loop_.now();
  for (const model::PlaceOrder* order : orders) {
    const auto reason = waiting_.find(order->id);
    model::IntentRecord intent{.order = *order, .reference = {}, .cycle = 0};
    if (reason != waiting_.end()) {
      intent.reference = reason->second.reference;
      intent.cycle = reason->second.cycle;
    }
    auto kept = config_.journal->keep(intent, desk_.sender().markets().token_id(order->token));
    if (!kept) {
      intent_refused_ = true;
      return kept;
    }
    waiting_.erase(order->id);
  }
  if (submitting_ != nullptr) keeping_ = loop_.now() - before;
  return {};
}

void OrderLink::look_at_journal(Timestamp now) {
  next_journal_look_ = now + kJournalLook;
  std::string trouble = config_.journal->trouble();
  if (std::exchange(intent_refused_, false) && trouble.empty()) trouble = "the intent log takes nothing";
  desk_.on_journal(now, trouble);
}

void OrderLink::on_user_stream(bool up) {
  desk_.on_user_stream(loop_.now(), up);
  rearm();
}

void OrderLink::on_engine_alive() {
  desk_.on_engine_alive(loop_.now());
  rearm();
}

void OrderLink::resync(Timestamp since) {
  desk_.resync(loop_.now(), since);
  rearm();
}

void OrderLink::cancel_all() {
  desk_.cancel_all(loop_.now());
  rearm();
}

void OrderLink::on_engine_news(const std::vector<model::OrderId>& closed, std::vector<model::TokenIndex> tokens) {
  desk_.on_engine_news(closed, std::move(tokens));
}

void OrderLink::ask_payout(model::MarketIndex market) {
  desk_.ask_payout(loop_.now(), market);
  rearm();
}

void OrderLink::close_for_orders() { desk_.close_for_orders(loop_.now()); }

void OrderLink::stop() {
  started_ = false;
  desk_.stop(loop_.now());
  timer_.arm(kNever);
}

OrderLinkState OrderLink::state() const {
  const session::OrderSender& sender = desk_.sender();
  const session::Heartbeat& heartbeat = desk_.heartbeat();
  return {.mode = sender.mode(),
          .gate_open = sender.gate_open(),
          .gate_reasons = sender.gate_reasons(),
          .sender = sender.stats(),
          .queued = sender.queued(),
          .in_flight = sender.in_flight(),
          .heartbeat = heartbeat.state(),
          .beats = heartbeat.beats(),
          .missed_beats = heartbeat.missed(),
          .rate_refusals = sender.budgets().refusals(),
          .notices = notices_,
          .notices_total = notices_total_};
}

void OrderLink::send(session::DeskMachine machine, session::RequestId id, session::Origin origin, HttpRequest request,
                     Duration timeout) {
  const bool data = origin == session::Origin::data;
  const net::Url& base = data ? venue_.data : venue_.clob;
  if (const std::string path = base_path(base); !path.empty()) request.target = path + request.target;
  net::HttpWritten written;
  if (submitting_ != nullptr && std::holds_alternative<model::PlaceOrder>(submitting_->command)) {
    const Timestamp signed_at = loop_.now();
    const Timestamp received = submitting_->received;
    stages_[static_cast<std::size_t>(Stage::decide)].record(submitting_->decided - received);
    stages_[static_cast<std::size_t>(Stage::hand_over)].record(taken_ - submitting_->decided);
    stages_[static_cast<std::size_t>(Stage::sign)].record(signed_at - taken_ - keeping_);
    stages_[static_cast<std::size_t>(Stage::intent)].record(keeping_);
    written = [this, signed_at, received](Timestamp at) {
      EBB_CRASH_POINT("gateway.sent");
      stages_[static_cast<std::size_t>(Stage::write)].record(at - signed_at);
      stages_[static_cast<std::size_t>(Stage::total)].record(at - received);
    };
  }
  (data ? data_ : clob_)
      .send(
          std::move(request), timeout,
          [this, machine, id](Timestamp received, const Expected<HttpResponse>& response) {
            desk_.on_answer(received, machine, id, response);
            rearm();
          },
          std::move(written));
}

void OrderLink::on_timer() {
  armed_ = kNever;
  const Timestamp now = loop_.now();
  desk_.on_timer(now);
  if (next_journal_look_ <= now) look_at_journal(now);
  if (next_warm_ <= now) {
    if (desk_.sender().queued() == 0) desk_.sender().keep_warm(now);
    next_warm_ = now + config_.keep_warm;
  }
  rearm();
}

void OrderLink::set_keep_warm(Duration every) {
  config_.keep_warm = every;
  next_warm_ = every.raw() > 0 ? loop_.now() : kNever;
  rearm();
}

void OrderLink::rearm() {
  if (!started_) return;
  const Timestamp next = std::min({desk_.next_timer(), next_warm_, next_journal_look_, loop_.now() + seconds(1)});
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
