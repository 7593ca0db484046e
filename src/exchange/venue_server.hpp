// The venue's REST and WebSocket protocol in front of an Exchange, without a socket (protocol 1 to 6, rules 7): requests,
// texts and time come in; answers, frames and closed connections go out through a VenueSink.
//
//   VenueServer server(config, sink, now);
//   server.on_http(now, token, request, loopback);           // sink.reply(token, ...), at once or later
//   if (server.accepts_socket(target)) server.on_socket_open(now, ref, target);
//   server.advance(now); arm_timer(server.next_event_time());
//
// Determinism: the same configuration and the same calls give the same outputs, byte for byte. Single-threaded.
//
// Choices where the venue says nothing: requests may be signed up to `auth_skew` away from the server's clock (not checked
// with a manual clock); the keys of an address follow from (seed, address, nonce), so deriving them always succeeds and
// creating them succeeds once; a maker address belongs to the signer who first used it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "exchange/exchange.hpp"
#include "exchange/venue_faults.hpp"
#include "exchange/venue_rates.hpp"
#include "polymarket/order_digest.hpp"

namespace ebb::exchange {

/// Names a request that waits for its answer, and a WebSocket. Given out by whoever owns the sockets, never used twice.
using ReplyToken = std::uint64_t;
using SocketRef = std::uint64_t;

/// Where a VenueServer's outputs go. Called from inside its on_... functions and advance().
class VenueSink {
 public:
  virtual ~VenueSink() = default;
  virtual void reply(ReplyToken token, HttpResponse response) = 0;
  /// Ends the request without an answer.
  virtual void drop(ReplyToken token) = 0;
  /// The text may go to many sockets.
  virtual void send(SocketRef socket, const std::shared_ptr<const std::string>& text) = 0;
  /// on_socket_closed() need not follow: the server has forgotten the socket already.
  virtual void close(SocketRef socket, bool abruptly) = 0;
};

/// Shares that every new paper account holds (`--shares TOKEN=N`).
struct GivenShares {
  std::string token_id;
  Shares size;
};

/// Whether a signature of an order is `owner`'s; polymarket::verify_order_signature, or what a simulation brings in its place.
using SignatureCheck =
    std::function<bool(const polymarket::OrderDigester&, polymarket::ExchangeContract, const polymarket::OrderFields&,
                       std::string_view signature, const crypto::Address& owner)>;

struct VenueConfig {
  std::uint64_t seed = 1;
  std::uint64_t chain_id = 137;
  int markets = 20;
  double events_per_second = 0.0;  ///< market events of the background; 0 = 5 a second and market
  bool background = true;  ///< false: nobody trades but those who connect, and time alone moves nothing
  Usdc deposit = dollars(10'000);
  std::vector<GivenShares> shares;
  ExchangeConfig exchange;  ///< its seed is replaced by `seed`
  RateTier tier = standard_tier();
  Duration auth_skew = seconds(300);
  bool manual_clock = false;  ///< time moves by POST /admin/step alone: its owner calls advance_by()
  FaultScript faults;
  SignatureCheck verify;  ///< empty = polymarket::verify_order_signature
  bool keep_log = true;  ///< false: /admin/log stays empty, for simulations in which nobody asks
};

class VenueServer {
 public:
  /// Fails with `exchange.unknown_token` when `shares` names a token that no market has.
  [[nodiscard]] static Expected<std::unique_ptr<VenueServer>> create(const VenueConfig& config, VenueSink& sink,
                                                                     Timestamp now);
  ~VenueServer();
  VenueServer(const VenueServer&) = delete;
  VenueServer& operator=(const VenueServer&) = delete;

  /// `loopback`: whether the peer is on this machine; others may not use the operator's endpoints.
  void on_http(Timestamp now, ReplyToken token, const HttpRequest& request, bool loopback);
  /// Whether there is a channel at this target: /ws/market and /ws/user, except while a disconnect keeps them closed.
  [[nodiscard]] bool accepts_socket(Timestamp now, std::string_view target);
  void on_socket_open(Timestamp now, SocketRef socket, std::string_view target);
  void on_socket_text(Timestamp now, SocketRef socket, std::string_view text);
  void on_socket_closed(Timestamp now, SocketRef socket);

  /// Does everything that is due up to `now`. With a manual clock, `now` is ignored here and in the functions above.
  void advance(Timestamp now);
  [[nodiscard]] Timestamp next_event_time() const;

  /// The ready line without the addresses (spec/cli.md): `"chain_id":137,"markets":[...]`.
  [[nodiscard]] std::string ready_fields() const;
  [[nodiscard]] const Exchange& exchange() const;
  /// For tests and embedders that move the market themselves.
  [[nodiscard]] Exchange& exchange();
  [[nodiscard]] Timestamp now() const;
  /// Orders that were sent although the venue had them already.
  [[nodiscard]] std::size_t orders_sent_twice() const;
  /// The paper account of a maker address (hex, any case); nullopt before its first authenticated request.
  [[nodiscard]] std::optional<AccountIndex> account_of(std::string_view maker) const;

 private:
  class Impl;
  explicit VenueServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::exchange
