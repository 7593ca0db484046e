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
  bool differs = false;  ///< newer than ours, and the levels differ
  bool ghost = false;  ///< looks like a ghost: no evidence
};

class BookPollOwner {
 public:
  virtual ~BookPollOwner() = default;
  /// A book that may replace the engine's.
  virtual void on_polled_book(Timestamp now, model::TokenIndex token, std::string_view text) = 0;
  /// The wish was given up: the venue has no book, or REST stays behind the stream. Ask the stream for a snapshot.
  virtual void on_poll_hopeless(Timestamp now, model::TokenIndex token) = 0;
  /// The answer to sample(); empty when the request failed. Ghosts are among the books, marked.
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

  /// Why a book is wanted decides what fulfils the wish: a missing one is fulfilled by any TRUSTED book, wherever it came
  /// from; the others by an answer.
  enum class Wish : std::uint8_t { until_trusted, answer };
  /// Wants a book, not before `not_before`. `base_ms`: exchange time up to which the engine's book is complete; a REST
  /// book older than that is refused (what came later the engine has kept and applies on top).
  void want(model::TokenIndex token, Wish wish, Timestamp not_before, std::int64_t base_ms);
  void forget(model::TokenIndex token);
  [[nodiscard]] bool wanted(model::TokenIndex token) const { return want_at_.contains(token.value()); }
  /// Compares these tokens of a connection with REST. on_sampled follows.
  void sample(Timestamp now, model::ConnectionIndex connection, std::span<const model::TokenIndex> tokens);
  /// False: the tag is not one of ours.
  bool on_response(RequestTag tag, Timestamp now, const Expected<HttpResponse>& response);
  void on_timer(Timestamp now);
  [[nodiscard]] Timestamp next_timer() const { return next_; }
  [[nodiscard]] const BookPollStats& stats() const { return stats_; }

 private:
  enum class Kind : std::uint8_t { books, sample, prices };
  struct Want {
    model::TokenIndex token;
    Wish wish = Wish::until_trusted;
    Timestamp not_before;
    std::int64_t base_ms = 0;
    bool in_flight = false;
    std::uint32_t failures = 0;
    std::uint32_t no_book = 0;
    std::uint32_t stale = 0;
  };
  /// A book that looks like a ghost, kept until /prices has answered.
  struct Suspect {
    model::TokenIndex token;
    model::Quote quote;
    std::string text;
  };
  struct Job {
    Kind kind = Kind::books;
    RequestTag tag;
    model::ConnectionIndex connection;
    std::vector<model::TokenIndex> tokens;
    std::vector<Suspect> suspects;
  };

  [[nodiscard]] Want* find(model::TokenIndex token);
  void erase(model::TokenIndex token);
  void send(Timestamp now, Job job);
  [[nodiscard]] bool next_job(Timestamp now, Job& job);
  void retry(Timestamp now, model::TokenIndex token);
  void count_no_book(Timestamp now, model::TokenIndex token);
  void on_failure(Timestamp now, const Job& job, const Expected<HttpResponse>& response);
  void on_books(Timestamp now, const Job& job, const HttpResponse& response);
  void on_sample(Timestamp now, const Job& job, const HttpResponse& response);
  void on_prices(Timestamp now, const Job& job, const HttpResponse& response);
  void judge(Timestamp now, const polymarket::RestBook& book, model::TokenIndex token, Job& prices);
  void deliver(Timestamp now, model::TokenIndex token, std::string_view text);
  void pause(Timestamp now, const HttpResponse& response);
  void reschedule(Timestamp now);
  /// Most books of a sample are as old as ours: only those that are newer are read.
  [[nodiscard]] SampledBook sampled(model::TokenIndex token, const polymarket::RestBookHead& head);
  [[nodiscard]] bool differs(const polymarket::RestBook& book, model::TokenIndex token) const;
  [[nodiscard]] model::Quote our_quote(model::TokenIndex token) const;

  BookPollConfig config_;
  const model::MarketTable* markets_;
  const BookSource* books_;
  FeedSink* sink_;
  BookPollOwner* owner_;
  std::vector<Want> wants_;
  FlatMap<std::uint32_t, std::uint32_t> want_at_;  // token -> index in wants_
  std::deque<Job> jobs_;  // samples and price checks: before books
  std::vector<Job> under_way_;
  std::uint64_t next_tag_ = 0;
  Timestamp earliest_send_;
  Timestamp next_ = kNever;
  polymarket::RestBookReader reader_;
  polymarket::JsonTree tree_;
  std::vector<polymarket::RestBook> parsed_;
  std::vector<polymarket::RestBookHead> heads_;
  BookPollStats stats_;
};

}  // namespace ebb::session
