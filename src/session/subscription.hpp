// What one socket is subscribed to: frames in chunks, and each asset confirmed by its first book (protocol 2.1, 2.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/flat_map.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"
#include "session/feed_config.hpp"

namespace ebb::session {

/// The next frame to send.
struct SubscriptionFrame {
  enum class Kind : std::uint8_t { hello, subscribe, unsubscribe };
  Kind kind = Kind::hello;
  std::vector<model::TokenIndex> tokens;
};

class Subscription {
 public:
  explicit Subscription(const FeedConfig& config) : config_(&config) {}

  /// The socket is open: everything is to be subscribed anew, beginning with a first frame.
  void opened(Timestamp now);
  void closed();
  void add(Timestamp now, model::TokenIndex token);
  void remove(Timestamp now, model::TokenIndex token);
  /// Drops the asset and takes it again: the server sends its book anew.
  void renew(Timestamp now, model::TokenIndex token);
  /// A book of the asset came. Whether that was news.
  bool confirm(model::TokenIndex token);

  /// The next frame that is due; false = none yet.
  bool next_frame(Timestamp now, SubscriptionFrame& frame);
  /// Renews what stayed unconfirmed for too long; how many.
  std::size_t renew_overdue(Timestamp now);
  [[nodiscard]] Timestamp next_timer() const;

  /// Assets without a book since the socket opened.
  [[nodiscard]] std::size_t unconfirmed() const { return unconfirmed_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool confirmed(model::TokenIndex token) const;

 private:
  enum class State : std::uint8_t { queued, sent, confirmed };
  struct Entry {
    model::TokenIndex token;
    State state = State::queued;
    bool ever_sent = false;  // on this socket
    std::uint8_t tries = 0;
    Timestamp overdue;
  };
  void queue(Timestamp now, Entry& entry);

  const FeedConfig* config_;
  std::vector<Entry> entries_;
  FlatMap<std::uint32_t, std::uint32_t> at_;
  std::vector<model::TokenIndex> leaving_;  // to be unsubscribed
  std::size_t unconfirmed_ = 0;
  std::size_t queued_ = 0;
  bool open_ = false;
  bool hello_sent_ = false;
  Timestamp next_chunk_;
  Timestamp next_overdue_ = kNever;
};

}  // namespace ebb::session
