// HTTP/1.1 requests over kept-alive connections.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "base/time.hpp"
#include "net/endpoint.hpp"
#include "net/loop.hpp"

namespace ebb::net {

/// What became of a request. Error codes: `net.not_sent` = not one byte of it left (resolve, connect, TLS failed, or it
/// waited for a connection until its deadline): it certainly had no effect. `net.timeout`, `net.closed`, `net.too_big`,
/// `net.malformed` = it may have had one.
using HttpDone = std::function<void(Timestamp received, Expected<HttpResponse> response)>;
/// Called when the last byte of the request has been handed to the socket; possibly from inside send().
using HttpWritten = std::function<void(Timestamp written)>;

struct HttpPoolConfig {
  int connections = 4;  ///< at most so many at once
  int warm = 2;  ///< so many are opened ahead and opened again when the server closes them
  std::size_t largest_body = 16U << 20U;  ///< bytes of an answer
  Duration connect_timeout = seconds(10);
  std::string user_agent = "ebb";
};

/// Requests to one origin. A request takes an idle connection at once or waits for the next in the order of arrival; each
/// connection carries one request at a time (no pipelining). A kept-alive connection that the server closed before the
/// first byte of a request was written is replaced in silence; a request is never sent twice. All calls on the loop's thread.
class HttpPool {
 public:
  HttpPool(Loop& loop, TlsClientContext tls, Url origin, HttpPoolConfig config = {});
  ~HttpPool();
  HttpPool(const HttpPool&) = delete;
  HttpPool& operator=(const HttpPool&) = delete;

  /// A request that has no connection by `request.leave_by` ends with net.not_sent. `timeout` counts from this call. `done` is called once, never from inside send(); not at all once the pool is gone.
  void send(HttpRequest request, Duration timeout, HttpDone done, HttpWritten written = {});
  /// Requests that have no answer yet.
  [[nodiscard]] std::size_t pending() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// One request on a connection of its own; blocks. A target of "/" gives way to the URL's. For commands that ask once (doctor, keys derive).
[[nodiscard]] Expected<HttpResponse> fetch(const Url& url, const TlsClientContext& tls, HttpRequest request,
                                           Duration timeout, std::size_t largest_body = 16U << 20U);

}  // namespace ebb::net
