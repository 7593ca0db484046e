#include "net/http_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "net/http_codec.hpp"
#include "net/stream.hpp"

namespace ebb::net {
namespace {

constexpr Duration kFirstBackoff = milliseconds(100);
constexpr Duration kLongestBackoff = seconds(5);
/// A connection that the server ends sooner, without an answer, counts as failed.
constexpr Duration kShortLife = seconds(1);

/// A request on its way.
struct Order {
  std::string name;  ///< "POST /order": method and path, never the query
  std::string text;
  Timestamp deadline;
  Timestamp leave_by = kNever;  ///< without a connection by then it is given up
  Duration timeout{0};
  HttpDone done;
  HttpWritten written;
};

}  // namespace

struct HttpPool::State : std::enable_shared_from_this<HttpPool::State> {
  struct Connection;
  using ConnectionPtr = std::shared_ptr<Connection>;

  State(Loop& owner, TlsClientContext trust, Url to, HttpPoolConfig settings)
      : loop(owner),
        tls(std::move(trust)),
        origin(std::move(to)),
        config(std::move(settings)),
        queue_timer(owner, [this] { queue_due(); }),
        reopen_timer(owner, [this] { open_more(); }) {}

  void send(HttpRequest request, Duration timeout, HttpDone done, HttpWritten written);
  void shut();
  /// Gives waiting requests to idle connections, and opens more if that is not enough.
  void dispatch();
  void open_more();
  void open_one();
  /// Takes the connection out of the pool; `failed`: the next one is opened only after a pause.
  void retire(Connection& connection, bool failed);
  void connect_failed(const Error& error);
  void arm_queue_timer();
  void queue_due();
  [[nodiscard]] ConnectionPtr find_idle();
  [[nodiscard]] std::size_t connecting() const;

  Loop& loop;
  TlsClientContext tls;
  Url origin;
  HttpPoolConfig config;
  std::shared_ptr<TlsSessions> sessions = std::make_shared<TlsSessions>();
  std::vector<ConnectionPtr> connections;
  std::deque<Order> waiting;
  Loop::Timer queue_timer;
  Loop::Timer reopen_timer;
  Duration backoff = kFirstBackoff;
  Timestamp reopen_at;
  std::string last_failure;  ///< why the newest attempt to connect failed; empty once one succeeded
  std::uint64_t uses = 0;
  bool gone = false;
};

struct HttpPool::State::Connection final : std::enable_shared_from_this<Connection>, StreamEvents {
  enum class Phase : std::uint8_t { connecting, idle, busy, retired };

  explicit Connection(State& owner)
      : pool(owner), reader(owner.config.largest_body), deadline(owner.loop, [this] { timed_out(); }) {}

  void open() {
    opened_at = pool.loop.now();
    deadline.arm(opened_at + pool.config.connect_timeout);
    stream = Stream::dial(pool.loop, pool.tls, pool.origin, pool.sessions, *this);
  }

  /// Writes the request. False: not a byte of it left, and the connection is of no use any more.
  bool start(Order& next) {
    sent_before = stream->handed_over();
    last_use = ++pool.uses;
    if (!stream->write(next.text) && stream->handed_over() == sent_before) return false;
    phase = Phase::busy;
    order = std::move(next);
    deadline.arm(order.deadline);
    if (stream->unsent() == 0) written(pool.loop.now());
    return true;
  }

  void written(Timestamp now) {
    if (const HttpWritten call = std::exchange(order.written, nullptr)) call(now);
  }

  [[nodiscard]] bool nothing_left() const { return stream->handed_over() == sent_before; }

  void on_ready(Timestamp) override {
    const auto keep = pool.shared_from_this();
    deadline.arm(kNever);
    phase = Phase::idle;
    keep->last_failure.clear();
    keep->dispatch();
  }

  void on_bytes(Timestamp received) override {
    const auto keep = pool.shared_from_this();
    const auto self = shared_from_this();
    if (phase == Phase::idle) {
      if (!stream->input().empty()) keep->retire(*this, false);  // nobody asked
      return keep->dispatch();
    }
    switch (reader.read(stream->input())) {
      case HttpProgress::more: return;
      case HttpProgress::done: return answered(received, reader.keep_alive());
      case HttpProgress::failed: return end_order(received, reader.error());
    }
  }

  void on_drained(Timestamp now) override {
    const auto keep = pool.shared_from_this();
    if (phase == Phase::busy) written(now);
  }

  void on_ended(Timestamp now, const Error& error) override {
    const auto keep = pool.shared_from_this();
    const auto self = shared_from_this();
    if (phase == Phase::connecting) {
      keep->retire(*this, true);
      return keep->connect_failed(error);
    }
    if (phase == Phase::busy) return ended_while_busy(now, error);
    keep->retire(*this, short_lived(now));
    keep->dispatch();
  }

  void ended_while_busy(Timestamp now, const Error& error) {
    if (nothing_left()) {
      pool.waiting.push_front(std::move(order));
      pool.retire(*this, true);
      pool.arm_queue_timer();
      return pool.dispatch();
    }
    if (reader.end(stream->ended_cleanly()) == HttpProgress::done) return answered(now, false);
    Error why = reader.error();
    if (why.code == "net.closed") why.message += ": " + error.message;
    end_order(now, why);
  }

  void timed_out() {
    const auto keep = pool.shared_from_this();
    const auto self = shared_from_this();
    const Timestamp now = pool.loop.now();
    if (phase == Phase::connecting) {
      const Error error{"net.timeout",
                        fmt::format("no connection to {} within {} ms ({})", pool.origin.authority(false),
                                    pool.config.connect_timeout.raw() / 1'000'000, stream->activity()),
                        "check the network, and that the server is well"};
      keep->retire(*this, true);
      return keep->connect_failed(error);
    }
    if (phase != Phase::busy) return;
    end_order(now, {nothing_left() ? "net.not_sent" : "net.timeout",
                    fmt::format("no whole answer within {} ms", order.timeout.raw() / 1'000'000), ""});
  }

  void answered(Timestamp received, bool keep_alive) {
    HttpResponse response = reader.take();
    const HttpDone done = std::move(order.done);
    pool.backoff = kFirstBackoff;
    has_answered = true;
    deadline.arm(kNever);
    if (keep_alive && stream->is_open() && stream->input().empty() && stream->unsent() == 0) {
      phase = Phase::idle;
      order = {};
      reader.reset();
    } else {
      pool.retire(*this, false);
    }
    pool.dispatch();
    if (!pool.gone) done(received, std::move(response));
  }

  /// The request failed and the connection with it.
  void end_order(Timestamp now, Error error) {
    error.message = fmt::format("{} to {}: {}", order.name, pool.origin.authority(false), error.message);
    const HttpDone done = std::move(order.done);
    pool.retire(*this, short_lived(now));
    pool.dispatch();
    if (!pool.gone) done(now, std::unexpected(std::move(error)));
  }

  [[nodiscard]] bool short_lived(Timestamp now) const { return !has_answered && now - opened_at < kShortLife; }

  State& pool;
  Phase phase = Phase::connecting;
  Timestamp opened_at;
  bool has_answered = false;
  std::uint64_t last_use = 0;
  std::uint64_t sent_before = 0;
  Order order;
  ResponseReader reader;
  std::shared_ptr<Stream> stream;
  Loop::Timer deadline;
};

void HttpPool::State::send(HttpRequest request, Duration timeout, HttpDone done, HttpWritten written) {
  Order order{fmt::format("{} {}", to_text(request.method), request.path()),
              {},
              loop.now() + timeout,
              {},
              timeout,
              std::move(done),
              std::move(written)};
  order.leave_by = request.leave_by.is_set() ? std::min(order.deadline, request.leave_by) : order.deadline;
  auto text = request_text(request, origin, config.user_agent);
  if (!text) {
    loop.post([self = shared_from_this(), done = std::move(order.done), message = text.error().message] {
      if (!self->gone) done(self->loop.now(), fail("net.not_sent", message));
    });
    return;
  }
  order.text = std::move(*text);
  // With no connection at all a request is reason enough to try at once, even within the pause after a failure.
  if (connections.empty() && waiting.empty()) reopen_at = {};
  waiting.push_back(std::move(order));
  dispatch();
  if (!gone) arm_queue_timer();
}

void HttpPool::State::shut() {
  gone = true;
  waiting.clear();
  queue_timer.arm(kNever);
  reopen_timer.arm(kNever);
  while (!connections.empty()) retire(*connections.back(), false);
}

void HttpPool::State::dispatch() {
  while (!gone) {
    // What is too late stays for queue_due(): nobody is answered from inside send().
    const auto next = std::ranges::find_if(waiting, [now = loop.now()](const Order& o) { return o.leave_by > now; });
    if (next == waiting.end()) break;
    const ConnectionPtr idle = find_idle();
    if (!idle) break;
    Order order = std::move(*next);
    waiting.erase(next);
    if (!idle->start(order)) {
      waiting.push_front(std::move(order));
      retire(*idle, false);
    }
  }
  open_more();
}

// The one used last: the likeliest to be alive. The look at the socket keeps a request from being written to a connection
// whose end has arrived already; one with unread bytes is left to its reader, which comes back here.
HttpPool::State::ConnectionPtr HttpPool::State::find_idle() {
  std::vector<ConnectionPtr> dead;
  ConnectionPtr best;
  for (const ConnectionPtr& connection : connections) {
    if (connection->phase != Connection::Phase::idle || (best && best->last_use > connection->last_use)) continue;
    const Stream::Probe probe = connection->stream->probe();
    if (probe == Stream::Probe::quiet) best = connection;
    if (probe == Stream::Probe::dead) dead.push_back(connection);
  }
  for (const ConnectionPtr& connection : dead) retire(*connection, connection->short_lived(loop.now()));
  return best;
}

std::size_t HttpPool::State::connecting() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      connections, [](const ConnectionPtr& c) { return c->phase == Connection::Phase::connecting; }));
}

void HttpPool::State::open_more() {
  if (gone) return;
  const auto limit = static_cast<std::size_t>(std::max(config.connections, 1));
  const auto warm = static_cast<std::size_t>(std::clamp(config.warm, 0, config.connections));
  while (connections.size() < limit && (connecting() < waiting.size() || connections.size() < warm)) {
    if (reopen_at > loop.now()) return reopen_timer.arm(reopen_at);
    open_one();
  }
}

void HttpPool::State::open_one() {
  connections.push_back(std::make_shared<Connection>(*this));
  connections.back()->open();
}

void HttpPool::State::retire(Connection& connection, bool failed) {
  const auto keep = connection.shared_from_this();
  connection.phase = Connection::Phase::retired;
  connection.deadline.arm(kNever);
  connection.stream->close();
  std::erase(connections, keep);
  if (!failed) return;
  reopen_at = loop.now() + backoff;
  backoff = std::min(backoff * 2, kLongestBackoff);
}

/// With no other connection, open or opening, the requests that wait cannot be sent.
void HttpPool::State::connect_failed(const Error& error) {
  last_failure = error.message;
  if (!connections.empty()) return open_more();
  auto failed = std::exchange(waiting, {});
  open_more();
  for (Order& order : failed) {
    if (gone) return;
    order.done(loop.now(),
               fail("net.not_sent", fmt::format("{} was not sent: {}", order.name, error.message), error.hint));
  }
}

void HttpPool::State::arm_queue_timer() {
  if (waiting.empty()) return;
  queue_timer.arm(std::ranges::min(waiting, {}, &Order::leave_by).leave_by);
}

void HttpPool::State::queue_due() {
  const auto keep = shared_from_this();
  const Timestamp now = loop.now();
  std::vector<Order> late;
  for (auto it = waiting.begin(); it != waiting.end();) {
    if (it->leave_by > now) {
      ++it;
      continue;
    }
    late.push_back(std::move(*it));
    it = waiting.erase(it);
  }
  arm_queue_timer();
  const std::string because = last_failure.empty() ? "" : fmt::format(" (last failure: {})", last_failure);
  for (Order& order : late) {
    if (gone) return;
    order.done(now, fail("net.not_sent",
                         fmt::format("{} to {} was not sent: no connection was free within {} ms{}", order.name,
                                     origin.authority(false), order.timeout.raw() / 1'000'000, because)));
  }
}

HttpPool::HttpPool(Loop& loop, TlsClientContext tls, Url origin, HttpPoolConfig config)
    : state_(std::make_shared<State>(loop, std::move(tls), std::move(origin), std::move(config))) {
  state_->open_more();
}
HttpPool::~HttpPool() { state_->shut(); }

void HttpPool::send(HttpRequest request, Duration timeout, HttpDone done, HttpWritten written) {
  const auto keep = state_;
  keep->send(std::move(request), timeout, std::move(done), std::move(written));
}

std::size_t HttpPool::pending() const {
  const auto busy = std::ranges::count_if(
      state_->connections, [](const auto& connection) { return connection->phase == State::Connection::Phase::busy; });
  return state_->waiting.size() + static_cast<std::size_t>(busy);
}

Expected<HttpResponse> fetch(const Url& url, const TlsClientContext& tls, HttpRequest request, Duration timeout,
                             std::size_t largest_body) {
  Loop loop;
  std::optional<Expected<HttpResponse>> result;
  HttpPoolConfig config;
  config.connections = 1;
  config.warm = 0;
  config.largest_body = largest_body;
  config.connect_timeout = timeout;
  if (request.target == "/") request.target = url.target;
  HttpPool pool(loop, tls, url, config);
  pool.send(std::move(request), timeout, [&](Timestamp, Expected<HttpResponse> response) {
    result.emplace(std::move(response));
    loop.stop();
  });
  loop.run();
  return std::move(*result);
}

}  // namespace ebb::net
