// The user WebSocket: own orders and trades (protocol 3). A pure state machine.
//
// No replay exists: after every (re)connection the owner asks REST for open orders and for trades since what we last heard,
// with overlap. Credentials are part of the first frame and of nothing else: no log, no error, no figure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "model/event.hpp"
#include "polymarket/auth.hpp"
#include "session/feed_config.hpp"
#include "session/reconnect.hpp"

namespace ebb::session {

/// Outputs of UserStream. Called synchronously; none of these may call back into the stream.
class UserStreamSink {
 public:
  virtual ~UserStreamSink() = default;
  /// Connect to the user WebSocket. Answered by on_open or on_closed.
  virtual void open_user() = 0;
  /// `text` may hold credentials: send it, never show it.
  virtual void send_user(std::string text) = 0;
  /// Drop the connection; no on_closed follows.
  virtual void close_user() = 0;
  /// A data frame, for Engine: model::UserFrame.
  virtual void user_frame(Timestamp received, std::string_view text) = 0;
  /// Ask REST for all open orders and for our trades since `since` (overlap included; unset = since the start of the run).
  virtual void sweep_needed(Timestamp now, Timestamp since) = 0;
  /// Up = authenticated as far as one can tell and alive; the heartbeat beats only while it is (rules 5.2).
  virtual void user_stream_up(Timestamp now, bool up) = 0;
};

struct UserStreamConfig {
  std::vector<std::string> conditions;  ///< empty = all events of the account
  Duration ping_interval = seconds(10);
  Duration pong_timeout = seconds(30);
  Duration sweep_overlap = seconds(30);
  /// Sockets that end so soon after the first frame were refused: the keys do not fit.
  Duration refused_within = seconds(1);
  ReconnectConfig reconnect;
  std::uint64_t seed = 1;
};

struct UserStreamStats {
  std::uint64_t frames = 0;
  std::uint64_t data_frames = 0;
  std::uint64_t pongs = 0;
  std::uint64_t non_json = 0;
  std::uint64_t connects = 0;
  std::uint64_t losses = 0;  ///< ends of what was open, dead ones included
  std::uint64_t no_pong = 0;
  std::uint64_t sweeps = 0;
  std::uint32_t refused_in_row = 0;  ///< 3 or more: `ebb doctor` and the operator should hear of the keys
};

class UserStream {
 public:
  UserStream(UserStreamConfig config, polymarket::ApiCredentials credentials, UserStreamSink& sink);

  void start(Timestamp now);
  void stop(Timestamp now);
  void on_open(Timestamp now);
  void on_text(Timestamp now, std::string_view text);
  void on_closed(Timestamp now);
  void on_timer(Timestamp now);
  [[nodiscard]] Timestamp next_timer() const;
  /// Follows another market on the open socket; without effect while all are followed.
  void add_condition(Timestamp now, std::string condition);

  [[nodiscard]] bool up() const { return up_; }
  [[nodiscard]] const UserStreamStats& stats() const { return stats_; }

 private:
  enum class State : std::uint8_t { stopped, waiting, connecting, open };
  void connect(Timestamp now);
  void lose(Timestamp now);
  void set_up(Timestamp now, bool up);
  void sweep(Timestamp now);
  std::string_view without_key(std::string_view text);

  UserStreamConfig config_;
  polymarket::ApiCredentials credentials_;
  UserStreamSink* sink_;
  Reconnect reconnect_;
  State state_ = State::stopped;
  bool up_ = false;
  Timestamp due_ = kNever;  // connect, or give up connecting
  Timestamp opened_;
  Timestamp next_ping_ = kNever;
  Timestamp last_pong_;
  Timestamp last_heard_;  // newest proof that nothing was missed
  UserStreamStats stats_;
  std::string masked_;
};

}  // namespace ebb::session
