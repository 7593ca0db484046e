#include "net/stream.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cstring>

namespace ebb::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kReadSize = 64U << 10U;
/// The most that one TLS record holds.
constexpr std::size_t kRecordSize = 16U << 10U;
constexpr auto kLingerTime = std::chrono::seconds(2);
/// How long an address may take while there is another one to try.
constexpr auto kAttemptTime = std::chrono::seconds(2);

}  // namespace

Stream::Stream(Loop& loop, Tcp::socket socket, StreamEvents& events)
    : loop_(loop), socket_(std::move(socket)), resolver_(loop.impl().io), timer_(loop.impl().io), events_(&events) {}

Stream::~Stream() = default;

std::shared_ptr<Stream> Stream::dial(Loop& loop, const TlsClientContext& tls, const Url& url,
                                     const std::shared_ptr<TlsSessions>& sessions, StreamEvents& events) {
  std::shared_ptr<Stream> stream(new Stream(loop, Tcp::socket(loop.impl().io), events));
  stream->url_ = url;
  stream->peer_ = url.authority(false);
  stream->tls_ = tls.shared();
  stream->sessions_ = sessions;
  stream->start_dial();
  return stream;
}

std::shared_ptr<Stream> Stream::adopt(Loop& loop, Tcp::socket socket, SSL_CTX* tls, StreamEvents& events) {
  std::shared_ptr<Stream> stream(new Stream(loop, std::move(socket), events));
  stream->peer_ = "the client";
  stream->set_options();
  if (tls == nullptr) {
    asio::post(loop.impl().io, [stream] {
      if (stream->phase_ != Phase::resolving) return;
      stream->ready();
      if (stream->phase_ == Phase::open) stream->start_read();
    });
    return stream;
  }
  SslPtr ssl(SSL_new(tls));
  if (!ssl) {
    stream->fail_later({"net.tls", "OpenSSL gives no connection: " + openssl_error(), ""});
    return stream;
  }
  SSL_set_accept_state(ssl.get());
  stream->attach_ssl(std::move(ssl));
  stream->start_read();
  return stream;
}

// ---- connecting

void Stream::start_dial() {
  if (!url_.tls && !is_loopback_host(url_.host)) {
    return fail_later({"net.plain_refused", peer_ + " is no loopback host: it is spoken to only with TLS", ""});
  }
  error_code not_numeric;
  const auto address = asio::ip::make_address(url_.host, not_numeric);
  if (!not_numeric) {
    addresses_.emplace_back(address, url_.port);
  } else if (url_.host == "localhost") {
    addresses_.emplace_back(asio::ip::address_v4::loopback(), url_.port);
    addresses_.emplace_back(asio::ip::address_v6::loopback(), url_.port);
  } else {
    return resolve();
  }
  connect_next({});
}

void Stream::resolve() {
  using Resolver = asio::ip::resolver_base;
  resolver_.async_resolve(
      url_.host, std::to_string(url_.port), Resolver::address_configured | Resolver::numeric_service,
      [self = shared_from_this()](const error_code& error, const Tcp::resolver::results_type& found) {
        if (self->phase_ != Phase::resolving) return;
        if (error || found.empty()) {
          return self->fail({"net.resolve",
                             fmt::format("the host name {} cannot be resolved: {}", self->url_.host,
                                         error ? error.message() : "it has no address"),
                             "check the name and this machine's DNS"});
        }
        for (const auto& entry : found) self->addresses_.push_back(entry.endpoint());
        self->connect_next({});
      });
}

// Addresses are tried one after the other, as the system orders them.
void Stream::connect_next(const std::string& last_error) {
  phase_ = Phase::connecting;
  const unsigned mine = ++attempt_;
  error_code ignored;
  socket_.close(ignored);
  if (next_address_ == addresses_.size()) {
    return fail_later({"net.connect", fmt::format("no connection to {}: {}", peer_, last_error),
                       "check that the server runs and that this machine reaches it"});
  }
  const auto failed = [self = shared_from_this(), mine](const std::string& why) {
    if (self->phase_ == Phase::connecting && mine == self->attempt_) self->connect_next(why);
  };
  const Tcp::endpoint address = addresses_[next_address_++];
  if (next_address_ < addresses_.size()) {
    timer_.expires_after(kAttemptTime);
    timer_.async_wait([failed](const error_code& canceled) {
      if (!canceled) failed("no answer in 2 s");
    });
  }
  socket_.async_connect(address, [self = shared_from_this(), failed, mine](const error_code& error) {
    if (error) return failed(error.message());
    if (self->phase_ == Phase::connecting && mine == self->attempt_) self->connected();
  });
}

void Stream::connected() {
  timer_.cancel();
  set_options();
  if (!url_.tls) {
    ready();
    if (phase_ == Phase::open) start_read();
    return;
  }
  auto ssl = make_client_ssl(*tls_, url_, sessions_);
  if (!ssl) return fail(std::move(ssl).error());
  attach_ssl(std::move(*ssl));
  handshake();
  if (phase_ == Phase::handshake) start_read();
}

void Stream::set_options() {
  error_code ignored;
  socket_.set_option(Tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.non_blocking(true, ignored);
  // A peer that vanished without a word is noticed within a minute, also on an idle connection.
  const int idle_seconds = 30;
  const int interval_seconds = 10;
  const int probes = 3;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

void Stream::ready() {
  phase_ = Phase::open;
  if (events_ != nullptr) events_->on_ready(loop_.now());
}

std::string_view Stream::activity() const {
  switch (phase_) {
    case Phase::resolving: return "resolving its name";
    case Phase::connecting: return "connecting";
    case Phase::handshake: return "in the TLS handshake";
    case Phase::open: return "connected";
    case Phase::finishing:
    case Phase::ended: break;
  }
  return "closed";
}

// ---- TLS in memory

// OpenSSL reads from encrypted_ and writes to out_ through this.
BIO_METHOD* Stream::bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ebb stream");
    BIO_meth_set_read_ex(made, [](BIO* bio, char* to, std::size_t size, std::size_t* done) {
      auto& self = *static_cast<Stream*>(BIO_get_data(bio));
      BIO_clear_retry_flags(bio);
      *done = std::min(size, self.encrypted_end_ - self.encrypted_begin_);
      if (*done == 0) {
        BIO_set_retry_read(bio);
        return 0;
      }
      std::memcpy(to, self.encrypted_.data() + self.encrypted_begin_, *done);
      self.encrypted_begin_ += *done;
      return 1;
    });
    BIO_meth_set_write_ex(made, [](BIO* bio, const char* from, std::size_t size, std::size_t* done) {
      BIO_clear_retry_flags(bio);
      static_cast<Stream*>(BIO_get_data(bio))->out_.append(from, size);
      *done = size;
      return 1;
    });
    BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH ? 1 : 0; });
    return made;
  }();
  return method;
}

void Stream::attach_ssl(SslPtr ssl) {
  phase_ = Phase::handshake;
  ssl_ = std::move(ssl);
  encrypted_.resize(kReadSize);
  BIO* bio = BIO_new(bio_method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
}

void Stream::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), result);
  flush();
  if (result == 1) return ready();
  if (error != SSL_ERROR_WANT_READ) handshake_failed();
}

void Stream::handshake_failed() {
  if (tls_) return fail(handshake_error(ssl_.get(), url_, *tls_));
  fail({"net.tls", "the client's TLS handshake failed: " + openssl_error(), ""});
}

void Stream::decrypt() {
  ERR_clear_error();
  while (true) {
    const auto room = input_.room(kRecordSize);
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), room.data(), room.size(), &size);
    if (result == 1) {
      input_.commit(size);
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) {
      clean_end_ = true;
      read_error_ = Error{"net.closed", peer_ + " closed the connection", ""};
    } else if (error != SSL_ERROR_WANT_READ) {
      read_error_ = Error{"net.closed", fmt::format("the TLS connection to {} broke: {}", peer_, openssl_error()), ""};
    }
    break;
  }
  // Answers of TLS itself (key updates, alerts).
  if (!out_.empty()) flush();
}

// ---- reading

void Stream::start_read() {
  const auto buffer = ssl_ ? std::span<char>(encrypted_) : input_.room(kReadSize);
  socket_.async_read_some(
      asio::buffer(buffer.data(), buffer.size()),
      [self = shared_from_this()](const error_code& error, std::size_t size) { self->on_read(error, size); });
}

void Stream::on_read(const error_code& error, std::size_t size) {
  if (phase_ == Phase::ended) return;
  if (error) return read_failed(error);
  if (phase_ == Phase::finishing) return start_read();
  const Timestamp received = loop_.now();
  if (ssl_) {
    encrypted_begin_ = 0;
    encrypted_end_ = size;
    if (phase_ == Phase::handshake) handshake();
    if (phase_ == Phase::open) decrypt();
  } else {
    input_.commit(size);
  }
  if (phase_ == Phase::open) on_read_open(received);
  if (phase_ != Phase::ended) start_read();
}

void Stream::on_read_open(Timestamp received) {
  if (events_ != nullptr) events_->on_bytes(received);
  if (read_error_ && phase_ == Phase::open) fail(*read_error_);
}

void Stream::read_failed(const error_code& error) {
  if (phase_ == Phase::finishing) return end();
  const bool end_of_file = error == asio::error::eof;
  if (phase_ == Phase::handshake) {
    return fail({"net.tls",
                 fmt::format("{} {} the connection in the TLS handshake", peer_, end_of_file ? "closed" : "reset"),
                 "check that the port speaks TLS"});
  }
  clean_end_ = end_of_file && !ssl_;
  if (end_of_file) return fail({"net.closed", peer_ + " closed the connection", ""});
  fail({"net.closed", fmt::format("the connection to {} broke: {}", peer_, error.message()), ""});
}

Stream::Probe Stream::probe() {
  if (phase_ != Phase::open || failing_ || read_error_) return Probe::dead;
  char byte = 0;
  const auto size = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (size > 0) return Probe::unread;
  return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Probe::quiet : Probe::dead;
}

// ---- writing

bool Stream::write(std::string_view bytes) {
  if (phase_ != Phase::open || failing_) return false;
  if (!ssl_) {
    if (unsent() == 0 && !take(bytes)) return false;
    out_.append(bytes);
    return flush();
  }
  ERR_clear_error();
  std::size_t done = 0;
  if (!bytes.empty() && SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &done) != 1) {
    fail_later({"net.closed", fmt::format("the TLS connection to {} broke: {}", peer_, openssl_error()), ""});
    return false;
  }
  return flush();
}

/// Hands over what the socket takes at once; the rest stays in `bytes`.
bool Stream::take(std::string_view& bytes) {
  while (!bytes.empty()) {
    error_code error;
    const std::size_t size = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    handed_over_ += size;
    bytes.remove_prefix(size);
    if (error == asio::error::would_block || error == asio::error::try_again) return true;
    if (error) {
      fail_later({"net.closed", fmt::format("the connection to {} broke: {}", peer_, error.message()), ""});
      return false;
    }
  }
  return true;
}

bool Stream::flush() {
  if (!sending_.empty() || out_.empty()) return true;
  if (failing_) return false;
  std::string_view rest = out_;
  const bool alive = take(rest);
  out_.erase(0, out_.size() - rest.size());
  if (alive && !out_.empty()) start_write();
  return alive;
}

void Stream::start_write() {
  if (sending_.empty()) {
    sending_.swap(out_);
    sent_ = 0;
  }
  socket_.async_write_some(
      asio::buffer(sending_.data() + sent_, sending_.size() - sent_),
      [self = shared_from_this()](const error_code& error, std::size_t size) { self->on_write(error, size); });
}

void Stream::on_write(const error_code& error, std::size_t size) {
  if (phase_ == Phase::ended) return;
  if (error) {
    if (phase_ == Phase::finishing) return end();
    return fail({"net.closed", fmt::format("the connection to {} broke: {}", peer_, error.message()), ""});
  }
  handed_over_ += size;
  sent_ += size;
  if (sent_ < sending_.size()) return start_write();
  sending_.clear();
  sent_ = 0;
  if (flush() && unsent() == 0) drained();
}

void Stream::drained() {
  if (phase_ == Phase::finishing) {
    error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  } else if (phase_ == Phase::open && events_ != nullptr) {
    events_->on_drained(loop_.now());
  }
}

// ---- ending

void Stream::fail(Error error) {
  if (phase_ == Phase::ended) return;
  StreamEvents* events = events_;
  end();
  if (events != nullptr) events->on_ended(loop_.now(), error);
}

void Stream::fail_later(Error error) {
  failing_ = true;
  asio::post(loop_.impl().io, [self = shared_from_this(), error = std::move(error)] { self->fail(error); });
}

void Stream::close() {
  if (phase_ == Phase::open && ssl_ && !failing_ && unsent() == 0) {
    SSL_shutdown(ssl_.get());
    flush();
  }
  end();
}

void Stream::finish() {
  if (phase_ != Phase::open || failing_) return end();
  events_ = nullptr;
  if (ssl_) SSL_shutdown(ssl_.get());
  phase_ = Phase::finishing;
  if (!flush()) return end();
  if (unsent() == 0) drained();
  timer_.expires_after(kLingerTime);
  timer_.async_wait([self = shared_from_this()](const error_code& canceled) {
    if (!canceled) self->end();
  });
}

void Stream::end() {
  phase_ = Phase::ended;
  events_ = nullptr;
  error_code ignored;
  socket_.close(ignored);
  resolver_.cancel();
  timer_.cancel();
}

}  // namespace ebb::net
