// Contexts and error texts of OpenSSL. For the sources of `net` only.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/expected.hpp"
#include "net/endpoint.hpp"

namespace ebb::net {

template <auto Free>
struct OpensslDeleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using SslContextPtr = std::unique_ptr<SSL_CTX, OpensslDeleter<&SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, OpensslDeleter<&SSL_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, OpensslDeleter<&SSL_SESSION_free>>;

struct TlsClientContext::Impl {
  SslContextPtr context;
  std::string ca_file;  ///< empty = the system's store
};

/// The newest session of an origin, to be resumed by the next connection to it. Its owner reconnects to one origin and
/// forgets the session when that changes; a connection writes into it as long as it lives.
struct TlsSessions {
  SslSessionPtr newest;
};

/// A connection's SSL object for `url`: SNI, host name to verify, session to resume.
[[nodiscard]] Expected<SslPtr> make_client_ssl(TlsClientContext::Impl& tls, const Url& url,
                                               const std::shared_ptr<TlsSessions>& sessions);
/// A context that shows `identity`. Errors: `net.tls`.
[[nodiscard]] Expected<SslContextPtr> make_server_context(const ServerIdentity& identity);
/// Why the handshake with `url` failed: the certificate's fault in words, or OpenSSL's reason.
[[nodiscard]] Error handshake_error(SSL* ssl, const Url& url, const TlsClientContext::Impl& tls);
/// The oldest error in OpenSSL's queue as text; empties the queue.
[[nodiscard]] std::string openssl_error();

}  // namespace ebb::net
