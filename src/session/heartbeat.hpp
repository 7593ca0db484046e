// The dead man's switch (protocol 6.5, rules 5.2): while beats arrive every 5 s our orders live; when they stop, the venue
// cancels them within 15 s. Once started it cannot be called off at the venue.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "polymarket/auth.hpp"
#include "polymarket/rest_answers.hpp"
#include "session/rest_sink.hpp"

namespace ebb::session {

class HeartbeatSink : public RestSink {
 public:
  /// New orders may leave, or may not. Called on every change, and closed at start().
  virtual void on_heartbeat_gate(bool open, std::string_view reason) = 0;
  /// Beats were missed and are accepted again: our orders may be gone. Ask for every order, then call on_asked().
  virtual void ask_for_every_order() = 0;
};

struct HeartbeatOptions {
  Duration interval = seconds(5);
  Duration retry = seconds(1);  ///< after a beat that failed
  Duration timeout = seconds(4);  ///< of one request
  /// No beat accepted for so long (counted from when it was sent) closes the gate: less than the venue's 10 s.
  Duration missed_after = milliseconds(8'500);
  std::int32_t most_corrections = 3;  ///< "Invalid Heartbeat ID" in a row that are answered at once
};

/// Who must be alive for a beat to be sent.
enum class Vital : std::uint8_t { engine_loop, user_stream, journal };

enum class HeartbeatState : std::uint8_t {
  off,  ///< not started, or stopped
  waiting,  ///< a vital is down, or the first beat has no answer yet: gate closed
  alive,  ///< gate open
  missed,  ///< no beat accepted in time: gate closed
  asking  ///< accepted again; every order is being asked for: gate closed
};
[[nodiscard]] std::string_view to_text(HeartbeatState state);

/// Sends are serialised: one request at a time, each with the id that the last answer gave.
class Heartbeat {
 public:
  /// `l2` and `sink` must outlive it.
  Heartbeat(HeartbeatOptions options, const polymarket::L2Signer& l2, HeartbeatSink& sink);
  /// Begins to beat as soon as every vital is alive (all are down before set_vital says otherwise).
  void start(Timestamp now);
  /// No more beats: the venue will cancel what is open. Closes the gate.
  void stop(Timestamp now);
  void set_vital(Timestamp now, Vital vital, bool alive);
  /// The answer to ask_for_every_order(): opens the gate; asks again after `retry` when it was not complete.
  void on_asked(Timestamp now, bool complete);
  void set_clock_offset(Duration offset) { clock_offset_ = offset; }

  void on_answer(Timestamp now, RequestId id, const Expected<HttpResponse>& answer);
  [[nodiscard]] Timestamp next_timer() const;
  void on_timer(Timestamp now);

  [[nodiscard]] HeartbeatState state() const { return state_; }
  /// When the last accepted beat was sent; unset before the first.
  [[nodiscard]] Timestamp last_accepted() const { return last_accepted_; }
  [[nodiscard]] std::uint64_t beats() const { return beats_; }
  [[nodiscard]] std::uint64_t missed() const { return missed_; }

 private:
  [[nodiscard]] bool vitals_alive() const { return vitals_down_ == 0; }
  void enter(HeartbeatState state, std::string_view reason);
  void beat(Timestamp now);
  void accepted(Timestamp now, std::string id);
  void failed(Timestamp now, std::string_view why);
  void check_missed(Timestamp now);

  HeartbeatOptions options_;
  const polymarket::L2Signer& l2_;
  HeartbeatSink& sink_;
  polymarket::AnswerReader reader_;
  HeartbeatState state_ = HeartbeatState::off;
  std::uint8_t vitals_down_ = 0b111;
  std::string id_;
  RequestId in_flight_;
  std::uint64_t next_id_ = 0;
  Timestamp sent_at_;
  Timestamp last_accepted_;
  Timestamp next_beat_ = kNever;
  Timestamp ask_again_ = kNever;
  std::int32_t corrections_ = 0;
  bool must_ask_ = false;  ///< beats were missed, and not every order was asked for since
  Duration clock_offset_{0};
  std::string why_;
  std::uint64_t beats_ = 0;
  std::uint64_t missed_ = 0;
};

}  // namespace ebb::session
