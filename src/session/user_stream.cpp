#include "session/user_stream.hpp"

#include <algorithm>
#include <utility>

#include "base/mutant.hpp"
#include "polymarket/ws_messages.hpp"

namespace ebb::session {

UserStream::UserStream(UserStreamConfig config, polymarket::ApiCredentials credentials, UserStreamSink& sink)
    : config_(std::move(config)),
      credentials_(std::move(credentials)),
      sink_(&sink),
      reconnect_(config_.reconnect, Random::stream(config_.seed, 0x75736572)) {}

void UserStream::start(Timestamp now) {
  if (state_ != State::stopped) return;
  state_ = State::waiting;
  due_ = now;
  connect(now);
}

void UserStream::stop(Timestamp now) {
  if (state_ == State::connecting || state_ == State::open) sink_->close_user();
  state_ = State::stopped;
  due_ = next_ping_ = kNever;
  set_up(now, false);
}

void UserStream::connect(Timestamp now) {
  state_ = State::connecting;
  due_ = now + config_.reconnect.connect_timeout;
  sink_->open_user();
}

void UserStream::on_open(Timestamp now) {
  if (state_ != State::connecting) return;
  state_ = State::open;
  ++stats_.connects;
  opened_ = last_pong_ = now;
  next_ping_ = now + config_.ping_interval;
  const std::vector<std::string_view> conditions(config_.conditions.begin(), config_.conditions.end());
  sink_->send_user(
      polymarket::user_hello({credentials_.key, credentials_.secret, credentials_.passphrase}, conditions));
  // A socket that refuses the keys closes at once; until then nothing says that they were taken (protocol 3).
  due_ = now + config_.refused_within;
}

// Frames come only after authentication: the first one of any kind proves it sooner than the delay does.
void UserStream::on_text(Timestamp now, std::string_view text) {
  if (state_ != State::open) return;
  ++stats_.frames;
  if (text == polymarket::kPong) {
    ++stats_.pongs;
    last_pong_ = now;
    if (up_) last_heard_ = now;
    return;
  }
  if (text == polymarket::kPing) {
    sink_->send_user(std::string(polymarket::kPong));
    return;
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) {
    ++stats_.non_json;
    return;
  }
  ++stats_.data_frames;
  if (!up_) set_up(now, true);
  last_heard_ = now;
  sink_->user_frame(now, without_key(text));
}

// The venue names the API key as the owner of orders and trades. What is passed on is kept in the input log, and no secret may
// stand there; the maker's address tells as well what is ours.
std::string_view UserStream::without_key(std::string_view text) {
  const std::string& key = credentials_.key;
  if (key.empty() || text.find(key) == std::string_view::npos) return text;
  masked_ = text;
  for (std::size_t at = masked_.find(key); at != std::string::npos; at = masked_.find(key, at + key.size()))
    std::fill_n(masked_.begin() + static_cast<std::ptrdiff_t>(at), key.size(), '*');
  return masked_;
}

void UserStream::on_closed(Timestamp now) {
  if (state_ != State::connecting && state_ != State::open) return;
  lose(now);
}

void UserStream::lose(Timestamp now) {
  const bool was_open = state_ == State::open;
  const Duration open_for = was_open ? now - opened_ : Duration(0);
  if (was_open) {
    ++stats_.losses;
    stats_.refused_in_row = up_ ? 0 : stats_.refused_in_row + 1;
  }
  state_ = State::waiting;
  next_ping_ = kNever;
  due_ = now + reconnect_.after_loss(open_for);
  set_up(now, false);
}

void UserStream::set_up(Timestamp now, bool up) {
  if (up_ == up) return;
  up_ = up;
  if (up) {
    stats_.refused_in_row = 0;
    due_ = kNever;
    sweep(now);
  }
  sink_->user_stream_up(now, up);
}

// What was said while nobody listened is gone: REST is asked for it (protocol 3).
void UserStream::sweep(Timestamp now) {
  ++stats_.sweeps;
  const Duration overlap = EBB_MUTANT(skip_overlap) ? Duration(0) : config_.sweep_overlap;
  const Timestamp since = last_heard_.is_set() ? last_heard_ - overlap : Timestamp{};
  last_heard_ = now;
  sink_->sweep_needed(now, since);
}

void UserStream::on_timer(Timestamp now) {
  if (state_ == State::open && now - last_pong_ >= config_.pong_timeout) {
    ++stats_.no_pong;
    sink_->close_user();
    lose(now);
    return;
  }
  if (state_ == State::open && now >= next_ping_) {
    next_ping_ = now + config_.ping_interval;
    sink_->send_user(std::string(polymarket::kPing));
  }
  if (now < due_) return;
  switch (state_) {
    case State::stopped: break;
    case State::waiting: connect(now); break;
    case State::connecting:
      sink_->close_user();
      lose(now);
      break;
    case State::open: set_up(now, true); break;
  }
}

Timestamp UserStream::next_timer() const {
  if (state_ != State::open) return due_;
  return std::min({due_, next_ping_, last_pong_ + config_.pong_timeout});
}

void UserStream::add_condition(Timestamp /*now*/, std::string condition) {
  if (config_.conditions.empty()) return;
  if (std::ranges::find(config_.conditions, condition) != config_.conditions.end()) return;
  config_.conditions.push_back(std::move(condition));
  const std::string_view added = config_.conditions.back();
  if (state_ == State::open) sink_->send_user(polymarket::user_subscribe({&added, 1}));
}

}  // namespace ebb::session
