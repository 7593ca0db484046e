#include "session/heartbeat.hpp"

#include <algorithm>

#include "polymarket/rest_requests.hpp"

namespace ebb::session {
namespace {

std::string_view vital_text(Vital vital) {
  static constexpr std::string_view kNames[] = {"engine loop", "user stream", "journal"};
  return kNames[static_cast<std::size_t>(vital)];
}

}  // namespace

std::string_view to_text(HeartbeatState state) {
  static constexpr std::string_view kNames[] = {"off", "waiting", "alive", "missed", "asking"};
  return kNames[static_cast<std::size_t>(state)];
}

Heartbeat::Heartbeat(HeartbeatOptions options, const polymarket::L2Signer& l2, HeartbeatSink& sink)
    : options_(options), l2_(l2), sink_(sink) {}

void Heartbeat::enter(HeartbeatState state, std::string_view reason) {
  const bool was_open = state_ == HeartbeatState::alive;
  const bool opens = state == HeartbeatState::alive;
  state_ = state;
  why_ = reason;
  if (opens != was_open || state == HeartbeatState::missed) sink_.on_heartbeat_gate(opens, reason);
}

void Heartbeat::start(Timestamp now) {
  if (state_ != HeartbeatState::off) return;
  state_ = HeartbeatState::waiting;
  sink_.on_heartbeat_gate(false, "no heartbeat accepted yet");
  next_beat_ = vitals_alive() ? now : kNever;
  on_timer(now);
}

void Heartbeat::stop(Timestamp) {
  if (state_ == HeartbeatState::off) return;
  state_ = HeartbeatState::off;
  next_beat_ = ask_again_ = kNever;
  in_flight_ = RequestId::none();
  sink_.on_heartbeat_gate(false, "heartbeat stopped");
}

// A beat says that all of us lives: with a vital down there is none, and the venue cancels what nobody watches.
void Heartbeat::set_vital(Timestamp now, Vital vital, bool alive) {
  const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(vital));
  const bool were_alive = vitals_alive();
  vitals_down_ = static_cast<std::uint8_t>(alive ? vitals_down_ & ~bit : vitals_down_ | bit);
  if (state_ == HeartbeatState::off || were_alive == vitals_alive()) return;
  if (!vitals_alive()) {
    next_beat_ = ask_again_ = kNever;
    if (state_ != HeartbeatState::missed) enter(HeartbeatState::waiting, std::string(vital_text(vital)) + " is down");
    return;
  }
  if (!in_flight_.valid()) {
    next_beat_ = now;
    on_timer(now);
  }
}

void Heartbeat::beat(Timestamp now) {
  in_flight_ = RequestId(next_id_++);
  sent_at_ = now;
  next_beat_ = kNever;
  HttpRequest request = polymarket::heartbeat_request(id_);
  l2_.add_headers(request, (now + clock_offset_).ns() / 1'000'000'000);
  sink_.send(in_flight_, Origin::clob, std::move(request), options_.timeout);
}

void Heartbeat::on_answer(Timestamp now, RequestId id, const Expected<HttpResponse>& answer) {
  if (!in_flight_.valid() || id != in_flight_) return;
  in_flight_ = RequestId::none();
  check_missed(now);
  if (!answer) return failed(now, answer.error().message);
  if (answer->status >= 200 && answer->status < 300) {
    if (auto told = reader_.heartbeat(answer->body)) return accepted(now, std::move(told->id));
    return failed(now, "an answer without a heartbeat id");
  }
  const polymarket::ErrorBody error = reader_.error(answer->body);
  if (answer->status == 400 && !error.heartbeat_id.empty() && corrections_ < options_.most_corrections) {
    ++corrections_;
    id_ = error.heartbeat_id;
    if (vitals_alive()) beat(now);
    return;
  }
  failed(now, error.text.empty() ? "HTTP " + std::to_string(answer->status) : std::string(error.text));
}

void Heartbeat::accepted(Timestamp now, std::string id) {
  id_ = std::move(id);
  ++beats_;
  corrections_ = 0;
  const bool first = !last_accepted_.is_set();
  must_ask_ = must_ask_ || (!first && sent_at_ - last_accepted_ >= options_.missed_after);
  last_accepted_ = sent_at_;
  next_beat_ = vitals_alive() ? std::max(now, sent_at_ + options_.interval) : kNever;
  if (!vitals_alive()) return;
  switch (state_) {
    case HeartbeatState::off: return;
    case HeartbeatState::alive: return;
    case HeartbeatState::asking: return;
    case HeartbeatState::waiting:
      if (!must_ask_) return enter(HeartbeatState::alive, {});
      [[fallthrough]];
    case HeartbeatState::missed:
      enter(HeartbeatState::asking, "asking for every order");
      ask_again_ = kNever;
      sink_.ask_for_every_order();
      return;
  }
}

void Heartbeat::failed(Timestamp now, std::string_view why) {
  corrections_ = 0;
  why_ = why;
  if (vitals_alive()) next_beat_ = std::max(now, sent_at_ + options_.retry);
}

// Counted from when the last accepted one was sent: when the venue got it is not known.
void Heartbeat::check_missed(Timestamp now) {
  const bool counts = state_ == HeartbeatState::alive || state_ == HeartbeatState::asking;
  if (!counts || now - last_accepted_ < options_.missed_after) return;
  ++missed_;
  must_ask_ = true;
  ask_again_ = kNever;
  enter(HeartbeatState::missed, why_.empty() ? std::string("no heartbeat accepted in time") : std::string(why_));
}

void Heartbeat::on_asked(Timestamp now, bool complete) {
  if (state_ != HeartbeatState::asking) return;
  if (complete) {
    must_ask_ = false;
    return enter(HeartbeatState::alive, {});
  }
  ask_again_ = now + options_.retry;
}

Timestamp Heartbeat::next_timer() const {
  Timestamp at = in_flight_.valid() ? kNever : next_beat_;
  at = std::min(at, ask_again_);
  if (state_ == HeartbeatState::alive || state_ == HeartbeatState::asking)
    at = std::min(at, last_accepted_ + options_.missed_after);
  return at;
}

void Heartbeat::on_timer(Timestamp now) {
  check_missed(now);
  if (state_ == HeartbeatState::asking && now >= ask_again_) {
    ask_again_ = kNever;
    sink_.ask_for_every_order();
  }
  if (state_ != HeartbeatState::off && !in_flight_.valid() && vitals_alive() && now >= next_beat_) beat(now);
}

}  // namespace ebb::session
