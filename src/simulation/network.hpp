// The simulated network between one trader and the venue: latencies, order within a connection and disorder between them, loss
// as broken connections. What leaves the trader's machine arrives at exchange::VenueServer, and the reverse; time is the run's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "base/random.hpp"
#include "exchange/venue_server.hpp"

namespace ebb::simulation {

enum class LinkKind : std::uint8_t { market, user };
/// A WebSocket from its attempt to its end. Never used twice.
using LinkId = std::uint64_t;

/// Whose request it is; given back with the answer.
struct RequestName {
  std::uint8_t owner = 0;
  std::uint64_t id = 0;
};

/// The trader's machine.
class TraderEnd {
 public:
  virtual ~TraderEnd() = default;
  virtual void on_link_open(Timestamp now, LinkId link) = 0;
  virtual void on_link_text(Timestamp now, LinkId link, const std::shared_ptr<const std::string>& text) = 0;
  /// Also when the attempt failed.
  virtual void on_link_closed(Timestamp now, LinkId link) = 0;
  virtual void on_answer(Timestamp now, RequestName name, Expected<HttpResponse> response) = 0;
};

struct NetworkConfig {
  Duration stream_latency = milliseconds(10);  ///< one way, at least
  Duration rest_latency = milliseconds(15);
  Duration jitter = milliseconds(5);  ///< mean of what comes on top
};

/// Connections that a fault means.
struct Channels {
  bool market = false;
  bool user = false;
  bool rest = false;
};

class Network final : public exchange::VenueSink {
 public:
  Network(const NetworkConfig& config, Random random) : config_(config), random_(random) {}
  /// Both outlive the network's use; the trader may be none while there is no trader.
  void attach(exchange::VenueServer* venue) { venue_ = venue; }
  void attach(TraderEnd* trader) { trader_ = trader; }

  // The trader's side.
  [[nodiscard]] LinkId connect(Timestamp now, LinkKind kind);
  void send(Timestamp now, LinkId link, std::string text);
  /// No on_link_closed follows.
  void close(Timestamp now, LinkId link);
  void request(Timestamp now, RequestName name, HttpRequest request, Duration timeout);
  /// The trader's process is gone: its sockets close, what is on its way to the venue arrives, answers go nowhere.
  void vanish(Timestamp now);

  // Faults.
  /// Open connections break; requests under way end without an answer, and some never arrive.
  void break_links(Timestamp now, Channels channels);
  void set_down(Channels channels) { down_ = channels; }
  void set_lag(Duration lag, Duration jitter, Channels channels);

  [[nodiscard]] Timestamp next_time() const { return heap_.empty() ? kNever : heap_.front().at; }
  /// Delivers everything that is due up to `now`.
  void run(Timestamp now);
  [[nodiscard]] std::size_t requests_under_way() const { return requests_.size(); }

  // exchange::VenueSink
  void reply(exchange::ReplyToken token, HttpResponse response) override;
  void drop(exchange::ReplyToken token) override;
  void send(exchange::SocketRef socket, const std::shared_ptr<const std::string>& text) override;
  void close(exchange::SocketRef socket, bool abruptly) override;

 private:
  enum class What : std::uint8_t {
    connect,  // at the venue
    opened,
    text_out,
    text_in,
    close_out,
    closed_in,
    request_out,
    answer_in,
    request_timeout
  };
  struct Packet {
    What what = What::connect;
    std::uint64_t name = 0;  ///< LinkId or ReplyToken
    std::shared_ptr<const std::string> text;
  };
  struct Due {
    Timestamp at;
    std::uint64_t order = 0;
    std::uint32_t slot = 0;
  };
  struct Later {
    bool operator()(const Due& a, const Due& b) const { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  };
  struct Link {
    LinkKind kind = LinkKind::market;
    bool at_trader = true;  ///< the trader has not heard that it is over
    bool at_venue = false;
    Timestamp last_in, last_out;  ///< nothing overtakes within a connection
  };
  struct Request {
    RequestName name;
    HttpRequest request;
    Expected<HttpResponse> response = HttpResponse{};
    bool sent = true;  ///< false: no connection, it never left
    bool arrives = true;
    bool at_venue = false;  ///< it has arrived
    bool abandoned = false;  ///< nobody waits for the answer
    bool answered = false;  ///< what the trader will hear is decided
  };

  void add(Timestamp at, What what, std::uint64_t name, std::shared_ptr<const std::string> text = {});
  void deliver(Timestamp now, Packet& packet);
  [[nodiscard]] Timestamp inwards(Timestamp now, Link& link);
  [[nodiscard]] Timestamp outwards(Timestamp now, Link& link);
  [[nodiscard]] Duration latency(Duration least, bool lagging);
  [[nodiscard]] bool is_down(LinkKind kind) const { return kind == LinkKind::market ? down_.market : down_.user; }
  [[nodiscard]] bool lags(LinkKind kind) const {
    return kind == LinkKind::market ? lag_channels_.market : lag_channels_.user;
  }
  [[nodiscard]] Link* find(LinkId link);
  void answer(Timestamp at, std::uint64_t token, Expected<HttpResponse> response);

  NetworkConfig config_;
  Random random_;
  exchange::VenueServer* venue_ = nullptr;
  TraderEnd* trader_ = nullptr;
  std::vector<Due> heap_;
  std::vector<Packet> packets_;
  std::vector<std::uint32_t> free_;
  std::uint64_t order_ = 0;
  std::uint64_t next_name_ = 1;
  std::map<LinkId, Link> links_;  // few
  std::map<std::uint64_t, Request> requests_;  // few
  Channels down_;
  Duration lag_{0}, lag_jitter_{0};
  Channels lag_channels_;
};

}  // namespace ebb::simulation
