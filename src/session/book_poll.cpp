#include "session/book_poll.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ebb::session {
namespace {

constexpr Price kGhostBid{100};
constexpr Price kGhostAsk{9'900};
constexpr std::int64_t kLongestPause = 300;

/// Nothing between 0.01 and 0.99: a dead market, or a ghost of REST (protocol 2.5).
bool looks_like_ghost(const model::Quote& quote) { return quote.bid <= kGhostBid && quote.ask >= kGhostAsk; }

/// Whether /prices tells the same touch; a side that it does not tell must be empty.
bool same_touch(const model::Quote& quote, const polymarket::TokenPrices& told) {
  const bool bid =
      told.bid == model::kNoPrice || told.bid.raw() == 0 ? quote.bid_size.raw() == 0 : told.bid == quote.bid;
  const bool ask = told.ask == model::kNoPrice || told.ask.raw() == 0 || told.ask == kPriceOne
                       ? quote.ask_size.raw() == 0
                       : told.ask == quote.ask;
  return bid && ask;
}

bool same_side(std::span<const model::Level> levels, std::span<const std::uint16_t> prices,
               std::span<const std::int64_t> sizes) {
  if (levels.size() != prices.size()) return false;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i].price.raw() != prices[i] || levels[i].size.raw() != sizes[i]) return false;
  }
  return true;
}

}  // namespace

BookPoll::BookPoll(const BookPollConfig& config, const model::MarketTable& markets, const BookSource& books,
                   FeedSink& sink, BookPollOwner& owner)
    : config_(config), markets_(&markets), books_(&books), sink_(&sink), owner_(&owner) {
  config_.batch = std::clamp<std::size_t>(config_.batch, 1, polymarket::kMaxBooksPerRequest);
}

BookPoll::Want* BookPoll::find(model::TokenIndex token) {
  const auto it = want_at_.find(token.value());
  return it == want_at_.end() ? nullptr : &wants_[it->second];
}

void BookPoll::want(model::TokenIndex token, Wish wish, Timestamp not_before, std::int64_t base_ms) {
  if (Want* want = find(token)) {
    if (wish == Wish::answer) want->wish = wish;
    if (!want->in_flight && want->failures == 0) want->not_before = std::min(want->not_before, not_before);
    want->base_ms = base_ms;
  } else {
    want_at_[token.value()] = static_cast<std::uint32_t>(wants_.size());
    wants_.push_back({.token = token, .wish = wish, .not_before = not_before, .base_ms = base_ms});
  }
  next_ = std::min(next_, std::max(not_before, earliest_send_));
}

void BookPoll::forget(model::TokenIndex token) { erase(token); }

void BookPoll::erase(model::TokenIndex token) {
  const auto it = want_at_.find(token.value());
  if (it == want_at_.end()) return;
  const std::uint32_t index = it->second;
  want_at_.erase(it);
  if (index + 1 != wants_.size()) {
    wants_[index] = wants_.back();
    want_at_[wants_[index].token.value()] = index;
  }
  wants_.pop_back();
}

void BookPoll::sample(Timestamp now, model::ConnectionIndex connection, std::span<const model::TokenIndex> tokens) {
  const std::size_t count = std::min(tokens.size(), polymarket::kMaxBooksPerRequest);
  jobs_.push_back({.kind = Kind::sample,
                   .tag = {},
                   .connection = connection,
                   .tokens = {tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(count)},
                   .suspects = {}});
  next_ = std::min(next_, std::max(now, earliest_send_));
}

bool BookPoll::next_job(Timestamp now, Job& job) {
  if (!jobs_.empty()) {
    job = std::move(jobs_.front());
    jobs_.pop_front();
    return true;
  }
  job = {};
  std::vector<model::TokenIndex> fulfilled;
  for (Want& want : wants_) {
    if (want.in_flight || want.not_before > now) continue;
    if (want.wish == Wish::until_trusted && books_->state(want.token).trusted) {
      fulfilled.push_back(want.token);
      continue;
    }
    want.in_flight = true;
    job.tokens.push_back(want.token);
    if (job.tokens.size() == config_.batch) break;
  }
  for (const model::TokenIndex token : fulfilled) erase(token);
  return !job.tokens.empty();
}

void BookPoll::send(Timestamp now, Job job) {
  std::vector<std::string_view> ids;
  for (const model::TokenIndex token : job.tokens) ids.push_back(markets_->token_id(token));
  job.tag = RequestTag(next_tag_++);
  ++stats_.requests;
  earliest_send_ = now + config_.spacing;
  HttpRequest request = job.kind == Kind::prices ? polymarket::prices_request(ids)
                        : ids.size() == 1        ? polymarket::book_request(ids[0])
                                                 : polymarket::books_request(ids);
  under_way_.push_back(std::move(job));
  sink_->request(under_way_.back().tag, std::move(request), config_.timeout);
}

void BookPoll::on_timer(Timestamp now) {
  while (now >= earliest_send_ && under_way_.size() < config_.in_flight) {
    Job job;
    if (!next_job(now, job)) break;
    send(now, std::move(job));
  }
  reschedule(now);
}

void BookPoll::reschedule(Timestamp now) {
  next_ = kNever;
  if (under_way_.size() >= config_.in_flight) return;  // an answer wakes us
  if (!jobs_.empty()) next_ = now;
  for (const Want& want : wants_) {
    if (!want.in_flight) next_ = std::min(next_, want.not_before);
  }
  if (next_ != kNever) next_ = std::max(next_, earliest_send_);
}

bool BookPoll::on_response(RequestTag tag, Timestamp now, const Expected<HttpResponse>& response) {
  const auto it = std::ranges::find_if(under_way_, [tag](const Job& job) { return job.tag == tag; });
  if (it == under_way_.end()) return false;
  const Job job = std::move(*it);
  under_way_.erase(it);
  if (!response || response->status < 200 || response->status > 299) {
    on_failure(now, job, response);
  } else {
    switch (job.kind) {
      case Kind::books: on_books(now, job, *response); break;
      case Kind::sample: on_sample(now, job, *response); break;
      case Kind::prices: on_prices(now, job, *response); break;
    }
  }
  reschedule(now);
  return true;
}

void BookPoll::on_failure(Timestamp now, const Job& job, const Expected<HttpResponse>& response) {
  ++stats_.failed;
  if (response && response->status == 429) pause(now, *response);
  if (job.kind == Kind::sample) {
    owner_->on_sampled(now, job.connection, {});
    return;
  }
  const bool no_book = response && response->status == 404 && job.kind == Kind::books && job.tokens.size() == 1;
  for (const model::TokenIndex token : job.tokens) {
    no_book ? count_no_book(now, token) : retry(now, token);
  }
}

void BookPoll::pause(Timestamp now, const HttpResponse& response) {
  ++stats_.throttled;
  const std::string_view text = find_header(response.headers, "Retry-After");
  std::int64_t wait = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), wait);
  const bool told = error == std::errc() && wait > 0;
  earliest_send_ = now + (told ? seconds(std::min(wait, kLongestPause)) : config_.pause_429);
}

void BookPoll::retry(Timestamp now, model::TokenIndex token) {
  Want* want = find(token);
  if (want == nullptr) return;
  const Duration wait = config_.retry_first * (std::int64_t{1} << std::min(want->failures, 20U));
  want->in_flight = false;
  want->not_before = now + std::min(wait, config_.retry_cap);
  ++want->failures;
}

void BookPoll::count_no_book(Timestamp now, model::TokenIndex token) {
  Want* want = find(token);
  if (want == nullptr) return;
  if (++want->no_book < config_.give_up_404) {
    retry(now, token);
    return;
  }
  ++stats_.no_book;
  erase(token);
  owner_->on_poll_hopeless(now, token);
}

void BookPoll::on_books(Timestamp now, const Job& job, const HttpResponse& response) {
  if (!reader_.read(response, parsed_)) {
    ++stats_.failed;
    for (const model::TokenIndex token : job.tokens) retry(now, token);
    return;
  }
  Job prices{.kind = Kind::prices, .tag = {}, .connection = {}, .tokens = {}, .suspects = {}};
  std::vector<model::TokenIndex> missing = job.tokens;
  for (const polymarket::RestBook& book : parsed_) {
    const model::TokenIndex token = markets_->find_token(book.asset_id);
    const auto asked = std::ranges::find(missing, token);
    if (asked == missing.end()) continue;  // nobody asked for it, or it came twice
    missing.erase(asked);
    judge(now, book, token, prices);
  }
  for (const model::TokenIndex token : missing) count_no_book(now, token);
  if (!prices.tokens.empty()) jobs_.push_back(std::move(prices));
}

void BookPoll::judge(Timestamp now, const polymarket::RestBook& book, model::TokenIndex token, Job& prices) {
  Want* want = find(token);
  if (want == nullptr) return;
  const BookState state = books_->state(token);
  if (want->wish == Wish::until_trusted && state.trusted) {
    erase(token);
    return;
  }
  if (book.timestamp_ms < (state.trusted ? state.exchange_ms : want->base_ms)) {
    ++stats_.stale;
    if (++want->stale < config_.stale_limit) {
      retry(now, token);
      return;
    }
    erase(token);
    owner_->on_poll_hopeless(now, token);
    return;
  }
  const model::Quote quote = book.quote();
  const model::Quote ours = our_quote(token);
  const bool known = state.exchange_ms > 0 && ours.bid == quote.bid && ours.ask == quote.ask;
  if (looks_like_ghost(quote) && !known) {
    ++stats_.suspicious;
    prices.tokens.push_back(token);
    prices.suspects.push_back({.token = token, .quote = quote, .text = std::string(book.text)});
    return;
  }
  deliver(now, token, book.text);
}

void BookPoll::on_prices(Timestamp now, const Job& job, const HttpResponse& response) {
  const auto told = polymarket::read_prices(response, tree_);
  if (!told) {
    ++stats_.failed;
    for (const model::TokenIndex token : job.tokens) retry(now, token);
    return;
  }
  for (const Suspect& suspect : job.suspects) {
    const std::string& id = markets_->token_id(suspect.token);
    const auto it = std::ranges::find_if(*told, [&](const polymarket::TokenPrices& p) { return p.asset_id == id; });
    if (it != told->end() && same_touch(suspect.quote, *it)) {
      deliver(now, suspect.token, suspect.text);
    } else {
      if (it != told->end()) ++stats_.ghosts;
      retry(now, suspect.token);
    }
  }
}

void BookPoll::deliver(Timestamp now, model::TokenIndex token, std::string_view text) {
  if (!wanted(token)) return;
  ++stats_.delivered;
  erase(token);
  owner_->on_polled_book(now, token, text);
}

void BookPoll::on_sample(Timestamp now, const Job& job, const HttpResponse& response) {
  std::vector<SampledBook> books;
  if (!polymarket::glance_at_books(response.body, heads_)) {
    heads_.clear();
    if (reader_.read(response, parsed_)) {
      for (const auto& book : parsed_) heads_.push_back({book.text, book.asset_id, book.timestamp_ms});
    } else {
      ++stats_.failed;
    }
  }
  for (const polymarket::RestBookHead& head : heads_) {
    const model::TokenIndex token = markets_->find_token(head.asset_id);
    if (std::ranges::find(job.tokens, token) != job.tokens.end()) books.push_back(sampled(token, head));
  }
  stats_.sampled_books += books.size();
  owner_->on_sampled(now, job.connection, books);
}

SampledBook BookPoll::sampled(model::TokenIndex token, const polymarket::RestBookHead& head) {
  SampledBook out{.token = token, .rest_ms = head.timestamp_ms};
  if (head.timestamp_ms <= books_->state(token).exchange_ms) return out;
  if (!reader_.read_body(head.text, parsed_) || parsed_.size() != 1) return out;
  out.differs = differs(parsed_[0], token);
  out.ghost = looks_like_ghost(parsed_[0].quote()) && !looks_like_ghost(our_quote(token));
  return out;
}

bool BookPoll::differs(const polymarket::RestBook& book, model::TokenIndex token) const {
  const model::BookView view = books_->view(token);
  return !same_side(book.bids, view.bid_prices, view.bid_sizes) ||
         !same_side(book.asks, view.ask_prices, view.ask_sizes);
}

model::Quote BookPoll::our_quote(model::TokenIndex token) const {
  const model::BookView view = books_->view(token);
  model::Quote quote;
  if (!view.bid_prices.empty()) {
    quote.bid = Price(view.bid_prices.back());
    quote.bid_size = Shares(view.bid_sizes.back());
  }
  if (!view.ask_prices.empty()) {
    quote.ask = Price(view.ask_prices.back());
    quote.ask_size = Shares(view.ask_sizes.back());
  }
  return quote;
}

}  // namespace ebb::session
