// REST books by batches: bootstraps and the engine's requests, and the watchdog's samples (protocol 1.3, 2.5).
//
// A book for the engine passes three doors: it is the token's, it is not older than what the stream brought, and it is not
// a ghost (0.01 / 0.99 where the market is elsewhere): a suspicious one is compared with /prices first. What fails is asked
// again later, each token with its own back-off.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/flat_map.hpp"
#include "base/http_message.hpp"
#include "base/time.hpp"
#include "model/command.hpp"
#include "model/market.hpp"
#include "polymarket/rest_book.hpp"
#include "session/feed_config.hpp"
#include "session/feed_sink.hpp"

namespace ebb::session {

/// What a sample said of one token.
struct SampledBook {
  model::TokenIndex token;
  std::int64_t rest_ms = 0;
  bool differs = false;  ///< levels differ from ours
  bool ghost = false;  ///< looks like a ghost: no evidence
};

class BookPollOwner {
 public:
  virtual ~BookPollOwner() = default;
  /// A book that may replace the engine's.
  virtual void on_polled_book(Timestamp now, model::TokenIndex token, std::string_view text) = 0;
  /// The venue has no book, or REST stays behind the stream: ask the stream for a snapshot.
  virtual void on_poll_hopeless(Timestamp now, model::TokenIndex token) = 0;
  /// The answer to sample(); empty when the request failed.
  virtual void on_sampled(Timestamp now, model::ConnectionIndex connection, std::span<const SampledBook> books) = 0;
};

struct BookPollStats {
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;  ///< no answer, an error, or not what was asked for
  std::uint64_t throttled = 0;  ///< 429
  std::uint64_t delivered = 0;
  std::uint64_t stale = 0;  ///< older than the stream: not delivered
  std::uint64_t ghosts = 0;  ///< refuted by /prices: not delivered
  std::uint64_t suspicious = 0;  ///< looked like ghosts and were compared
  std::uint64_t sampled_books = 0;
  std::uint64_t no_book = 0;  ///< 404 too often: given up
};

class BookPoll {
 public:
  BookPoll(const BookPollConfig& config, const model::MarketTable& markets, const BookSource& books, FeedSink& sink,
           BookPollOwner& owner);

  /// Why a book is wanted decides when the wish is met: a missing one by any TRUSTED book, the others by an answer.
  enum class Wish : std::uint8_t { until_trusted, answer };
  void want(Timestamp now, model::TokenIndex token, Wish wish, Timestamp not_before);
  void forget(model::TokenIndex token);
  [[nodiscard]] bool wanted(model::TokenIndex token) const;
  /// Compares these tokens of a connection with REST; one sample at a time for a connection.
  void sample(Timestamp now, model::ConnectionIndex connection, std::span<const model::TokenIndex> tokens);
  /// The connection carries data: wishes of its tokens may be asked for at all.
  void on_response(RequestTag tag, Timestamp now, const Expected<HttpResponse>& response);
  void on_timer(Timestamp now);
  [[nodiscard]] Timestamp next_timer() const { return next_; }
  [[nodiscard]] const BookPollStats& stats() const { return stats_; }

 private:
  enum class Kind : std::uint8_t { books, sample, prices };
  struct Want {
    model::TokenIndex token;
    Wish wish = Wish::until_trusted;
    Timestamp not_before;
    bool in_flight = false;
    std::uint32_t failures = 0;
    std::uint32_t no_book = 0;
    std::uint32_t stale = 0;
  };
  struct Request {
    RequestTag tag;
    Kind kind = Kind::books;
    model::ConnectionIndex connection;
    std::vector<model::TokenIndex> tokens;
    std::vector<std::string> texts;  // prices: the suspicious books
  };
  struct Job {
    Kind kind = Kind::sample;
    model::ConnectionIndex connection;
    std::vector<model::TokenIndex> tokens;
    std::vector<std::string> texts;
  };

  Want* find(model::TokenIndex token);
  void erase(model::TokenIndex token);
  void send(Timestamp now, Kind kind, model::ConnectionIndex connection, std::vector<model::TokenIndex> tokens,
            std::vector<std::string> texts);
  void send_due(Timestamp now);
  void retry(Timestamp now, Want& want);
  void fail_all(Timestamp now, const Request& request, const Expected<HttpResponse>& response);
  void on_books(Timestamp now, const Request& request, const HttpResponse& response);
  void on_sample(Timestamp now, const Request& request, const HttpResponse& response);
  void on_prices(Timestamp now, Request& request, const HttpResponse& response);
  void judge(Timestamp now, const polymarket::RestBook& book, model::TokenIndex token, Job& suspects);
  void deliver(Timestamp now, model::TokenIndex token, std::string_view text);
  void pause(Timestamp now, const HttpResponse& response);
  void reschedule(Timestamp now);
  [[nodiscard]] bool differs(const polymarket::RestBook& book, model::TokenIndex token) const;

  BookPollConfig config_;
  const model::MarketTable* markets_;
  const BookSource* books_;
  FeedSink* sink_;
  BookPollOwner* owner_;
  std::vector<Want> wants_;  // in order of arrival
  FlatMap<std::uint32_t, std::uint32_t> want_at_;  // token -> index in wants_
  std::deque<Job> jobs_;  // samples and price checks: before books
  std::vector<Request> requests_;
  std::uint64_t next_tag_ = 0;
  Timestamp earliest_send_;
  Timestamp next_ = kNever;
  polymarket::RestBookReader reader_;
  polymarket::JsonTree tree_;
  std::vector<polymarket::RestBook> parsed_;
  BookPollStats stats_;
};

}  // namespace ebb::session
