// How a market feed behaves, and what it counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "polymarket/ws_messages.hpp"

namespace ebb::session {

/// Waiting between attempts to connect.
struct ReconnectConfig {
  Duration first = milliseconds(200);  ///< doubles with every failure
  Duration cap = seconds(5);
  Duration spacing =
      milliseconds(40);  ///< between two attempts of the same feed: many sockets never connect in one instant
  Duration stable_after = seconds(10);  ///< open for so long: the next loss starts from `first` again
  Duration connect_timeout = seconds(15);  ///< no answer to an attempt: dropped and tried again
};

/// Telling a quiet market from a frozen socket.
struct WatchdogConfig {
  double active_rate = 1.0;  ///< data frames a second over the last minute from which silence is suspicious (rules 1.4)
  double expected_frames = 8;  ///< silence is suspicious once so many frames should have come ...
  Duration shortest = seconds(1);  ///< ... but not before this
  Duration longest = milliseconds(2'500);  ///< ... and then at the latest, on an active connection
  Duration recheck = seconds(1);  ///< between two cross-checks of one silence; doubles after four
  Duration recheck_cap = seconds(15);
  Duration confirm =
      seconds(1);  ///< a REST book that is ahead of the stream for so long, with no frame since, proves a freeze
  Duration ahead_bound = milliseconds(100);  ///< REST must be newer than our book by more than this to count
  Duration rota = seconds(30);  ///< a connection that nothing is suspected of is sampled so often
  std::size_t rota_tokens = 12;
  std::size_t sample_tokens =
      24;  ///< first cross-check of a silence; the next ones ask for all tokens of the connection
  std::size_t canaries = 8;  ///< liveliest tokens, always in a sample
  Duration blind = milliseconds(4'300);  ///< silence that ends the connection although REST gives no answer ...
  double blind_frames = 20;  ///< ... if so many frames should have come
  Duration blind_pause = seconds(60);  ///< at most one such verdict a connection in this time
  Duration frozen_pause =
      seconds(5);  ///< after a verdict "frozen" none for so long; doubles while they follow each other
  Duration frozen_pause_cap = minutes(2);
  Duration empty = seconds(5);  ///< not one data frame since the subscription while REST has books: reconnect; doubles
  Duration empty_cap = seconds(60);
  std::uint32_t twin_frames = 20;  ///< the other socket of a pair brought so many frames while this one was silent ...
  Duration twin_silence = seconds(2);  ///< ... for so long: frozen
};

/// REST books.
struct BookPollConfig {
  std::size_t batch = 100;  ///< tokens in one POST /books; at most 500
  std::size_t in_flight = 4;
  Duration spacing = milliseconds(40);  ///< between two requests (protocol 6.7: 500 /books in 10 s)
  Duration timeout = seconds(5);
  Duration collect = milliseconds(20);  ///< requests of one moment travel together
  Duration retry_first = milliseconds(500);  ///< per token, doubles
  Duration retry_cap = seconds(30);
  Duration pause_429 = seconds(10);  ///< when the venue does not say how long
  std::uint32_t give_up_404 = 5;  ///< the venue said so often that it has no such book
  std::uint32_t stale_limit = 4;  ///< so many answers older than our stream: ask the stream for a snapshot instead
};

struct FeedConfig {
  std::size_t assets_per_connection = 200;
  bool twin = false;  ///< two sockets for each connection; what comes first counts
  std::size_t subscribe_chunk = 50;
  Duration chunk_spacing = milliseconds(50);
  polymarket::CustomFeatures custom_features = polymarket::CustomFeatures::on;
  Duration ping_interval = seconds(10);
  Duration pong_timeout = seconds(30);
  Duration snapshot_grace = milliseconds(500);  ///< after a subscription; then REST bootstraps what has no book
  Duration confirm_timeout = seconds(3);  ///< then unconfirmed assets are subscribed again; doubles up to confirm_cap
  Duration confirm_cap = seconds(60);
  Duration unsubscribe_grace = seconds(120);
  Duration token_resubscribe_cooldown = seconds(45);
  std::size_t largest_frame = std::size_t{8} << 20U;  ///< bytes; bigger ones are dropped and counted
  ReconnectConfig reconnect;
  WatchdogConfig watchdog;
  BookPollConfig books;
  std::uint64_t seed = 1;  ///< of jitter and sampling
};

/// Why a socket ended.
enum class CloseReason : std::uint8_t {
  remote,
  connect_failed,
  no_pong,
  frozen,
  blind_silence,
  no_data,
  twin_frozen,
  unused
};
inline constexpr std::size_t kCloseReasons = 8;
[[nodiscard]] std::string_view to_text(CloseReason reason);

struct FeedStats {
  std::uint64_t frames = 0;  ///< texts of any kind
  std::uint64_t data_frames = 0;  ///< with market data of a token
  std::uint64_t empty_frames = 0;  ///< `[]`
  std::uint64_t global_frames = 0;  ///< new_market: reaches connections whatever they subscribed to
  std::uint64_t pongs = 0;
  std::uint64_t non_json = 0;  ///< INVALID OPERATION, HTML, anything else
  std::uint64_t oversized = 0;
  std::uint64_t twin_duplicates = 0;  ///< the slower copies
  std::uint64_t connects = 0;
  std::uint64_t closes[kCloseReasons] = {};
  std::uint64_t link_losses = 0;  ///< ConnectionClosed told to the engine after an open link
  std::uint64_t confirmed = 0;
  std::uint64_t resubscribed = 0;  ///< assets subscribed again because they stayed unconfirmed or lagged
  std::uint64_t suspicions = 0;  ///< cross-checks because of silence
  std::uint64_t rota_checks = 0;
  std::uint64_t quiet_verdicts = 0;  ///< cross-checks that found REST and stream equal
  std::uint64_t standstills = 0;  ///< the owner's thread was away for too long
  std::uint64_t lagging_tokens = 0;  ///< REST ahead of the stream of one token, twice
};

}  // namespace ebb::session
