// A TCP connection with or without TLS, for the sources of `net` only.
//
// TLS runs through OpenSSL in memory: one read from the socket (up to 64 KB, many records) is decrypted at once into one
// flat buffer, and a write goes to the socket inside write(), without a turn of the loop. Nothing is allocated per message
// once the buffers have their size.
#pragma once

#include <openssl/bio.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/input_buffer.hpp"
#include "net/loop_impl.hpp"
#include "net/tls.hpp"

namespace ebb::net {

/// Calls of a Stream to its owner, never from inside a call to the stream.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;
  /// Connected, TLS included.
  virtual void on_ready(Timestamp now) = 0;
  /// input() may hold more; with TLS also after a record without content. The bytes had been read at `received`.
  virtual void on_bytes(Timestamp received) = 0;
  /// What write() could not hand over at once has been handed over.
  virtual void on_drained(Timestamp now) = 0;
  /// Failed or ended by the peer; the last call. Codes: net.resolve, net.connect, net.tls, net.closed.
  virtual void on_ended(Timestamp now, const Error& error) = 0;
};

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  using Tcp = boost::asio::ip::tcp;

  /// Connects to `url`. Refuses plain text to other hosts than loopback ones (net.plain_refused).
  [[nodiscard]] static std::shared_ptr<Stream> dial(Loop& loop, const TlsClientContext& tls, const Url& url,
                                                    const std::shared_ptr<TlsSessions>& sessions, StreamEvents& events);
  /// The server's end of an accepted connection; `tls` null = plain.
  [[nodiscard]] static std::shared_ptr<Stream> adopt(Loop& loop, Tcp::socket socket, SSL_CTX* tls,
                                                     StreamEvents& events);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  [[nodiscard]] InputBuffer& input() { return input_; }
  /// Hands the bytes to the socket, or keeps what it does not take (on_drained follows). False: the connection is dead;
  /// on_ended follows.
  bool write(std::string_view bytes);
  /// Bytes (with TLS: encrypted) that the socket has not taken yet.
  [[nodiscard]] std::size_t unsent() const { return out_.size() + sending_.size() - sent_; }
  /// All bytes that the socket has taken so far.
  [[nodiscard]] std::uint64_t handed_over() const { return handed_over_; }

  /// What a look at the socket shows: nothing, unread bytes, or its end.
  enum class Probe : std::uint8_t { quiet, unread, dead };
  [[nodiscard]] Probe probe();
  /// Whether the peer ended it in order: with TLS by its closing alert, so that nothing was cut off.
  [[nodiscard]] bool ended_cleanly() const { return clean_end_; }
  [[nodiscard]] bool is_open() const { return phase_ == Phase::open; }
  /// Whether TLS took up the session of an earlier connection.
  [[nodiscard]] bool resumed() const { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }
  /// What it is doing, for the message of a time-out: "resolving", "connecting", ...
  [[nodiscard]] std::string_view activity() const;

  /// Ends it now. No event follows a close(), finish() or on_ended().
  void close();
  /// Ends the TCP connection as it is: no alert of TLS, nothing more of what is queued.
  void abort() { end(); }
  /// Sends what is queued, then ends it; reads and discards what the peer still sends, for 2 s at most.
  void finish();

 private:
  enum class Phase : std::uint8_t { resolving, connecting, handshake, open, finishing, ended };

  Stream(Loop& loop, Tcp::socket socket, StreamEvents& events);
  void start_dial();
  void resolve();
  void connect_next(const std::string& last_error);
  void connected();
  void set_options();
  void attach_ssl(SslPtr ssl);
  void handshake();
  void handshake_failed();
  void ready();
  void start_read();
  void on_read(const boost::system::error_code& error, std::size_t size);
  void on_read_open(Timestamp received);
  void decrypt();
  void read_failed(const boost::system::error_code& error);
  bool flush();
  bool take(std::string_view& bytes);
  void start_write();
  void on_write(const boost::system::error_code& error, std::size_t size);
  void drained();
  void fail(Error error);
  void fail_later(Error error);
  void end();
  static BIO_METHOD* bio_method();

  Loop& loop_;
  Tcp::socket socket_;
  Tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  StreamEvents* events_;
  Phase phase_ = Phase::resolving;

  Url url_;  ///< the peer of a dialed stream
  std::string peer_;
  std::shared_ptr<TlsClientContext::Impl> tls_;  ///< only of a dialed stream
  std::shared_ptr<TlsSessions> sessions_;
  std::vector<Tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  unsigned attempt_ = 0;

  SslPtr ssl_;
  std::vector<char> encrypted_;  ///< what was read and has not been decrypted: [encrypted_begin_, encrypted_end_)
  std::size_t encrypted_begin_ = 0;
  std::size_t encrypted_end_ = 0;
  std::optional<Error> read_error_;
  bool clean_end_ = false;

  InputBuffer input_;
  std::string out_;  ///< queued behind sending_
  std::string sending_;  ///< being written by the loop
  std::size_t sent_ = 0;
  bool failing_ = false;
  std::uint64_t handed_over_ = 0;
};

}  // namespace ebb::net
