// HTTP/1.1 messages as bytes and back, without a socket. For the sources of `net` only; Beast's parser stays behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "net/endpoint.hpp"
#include "net/input_buffer.hpp"

namespace ebb::net {

/// The whole request, headers and body in one piece. Adds Host, User-Agent, Accept and Content-Length where `request` has
/// none. Errors: `net.malformed` for a target or a header that would break the request's form.
[[nodiscard]] Expected<std::string> request_text(const HttpRequest& request, const Url& url,
                                                 std::string_view user_agent);
/// The whole answer, with Content-Length; `close` announces that the connection ends.
[[nodiscard]] std::string response_text(const HttpResponse& response, bool close);
/// "Not Found" and the like; empty for a status that has no name.
[[nodiscard]] std::string_view status_text(int status);

enum class HttpProgress : std::uint8_t { more, done, failed };

/// Reads one answer after another.
class ResponseReader {
 public:
  explicit ResponseReader(std::size_t largest_body);
  ~ResponseReader();
  /// Forgets what was read; the next byte begins an answer.
  void reset();
  /// Takes what belongs to the answer. Interim answers (1xx other than 101) are skipped.
  [[nodiscard]] HttpProgress read(InputBuffer& in);
  /// The connection ended. `cleanly`: nothing can have been cut off, so an answer without a length is complete.
  [[nodiscard]] HttpProgress end(bool cleanly);
  /// net.too_big, net.malformed, net.closed (the answer is cut off). The text names no peer.
  [[nodiscard]] const Error& error() const;
  /// Whether a byte of the answer has come.
  [[nodiscard]] bool started() const;
  /// The headers are complete; what is there of the answer (all of it after `done`).
  [[nodiscard]] bool has_headers() const;
  [[nodiscard]] int status() const;
  [[nodiscard]] std::size_t body_size() const;
  [[nodiscard]] HttpResponse take();
  /// Of a complete answer: the connection may carry another request.
  [[nodiscard]] bool keep_alive() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads one request after another.
class RequestReader {
 public:
  explicit RequestReader(std::size_t largest_body);
  ~RequestReader();
  void reset();
  [[nodiscard]] HttpProgress read(InputBuffer& in);
  /// The status that tells the client what was wrong: 400, 405 (a method that is not served), 413, 431.
  [[nodiscard]] int refusal() const;
  [[nodiscard]] bool started() const;
  /// The client waits for "100 Continue" before it sends the body. True once per request.
  [[nodiscard]] bool take_expect_continue();
  /// Asks for another protocol than HTTP/1.1 (an upgrade).
  [[nodiscard]] bool upgrade() const;
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] HttpRequest take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether a comma-separated header value contains `token`, whatever the case of its letters.
[[nodiscard]] bool has_token(std::string_view value, std::string_view token);

}  // namespace ebb::net
