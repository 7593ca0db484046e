// Where to connect, and with which trust. TLS verification (chain and host name) cannot be switched off; plain ws:// and
// http:// are for loopback hosts only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/expected.hpp"

namespace ebb::net {

struct Url {
  bool tls = true;
  std::string host;  ///< name or address, IPv6 without brackets
  std::uint16_t port = 443;
  std::string target = "/";  ///< path and query
  [[nodiscard]] std::string origin() const;  ///< scheme://host:port, the scheme being http or https
  /// host:port, IPv6 in brackets. `short_form` leaves out the port that the scheme implies (as in a Host header).
  [[nodiscard]] std::string authority(bool short_form) const;
};
/// localhost, 127.0.0.0/8, ::1 (by its text: nothing is resolved).
[[nodiscard]] bool is_loopback_host(const std::string& host);
/// http, https, ws, wss. Errors: `net.url` for what is no such address, `net.plain_refused` for one without TLS whose host
/// is not loopback (127.0.0.0/8, ::1, localhost).
[[nodiscard]] Expected<Url> parse_url(std::string_view text);

/// Which certificate authorities are believed. TLS 1.2 or newer. May be copied and used by loops on several threads.
class TlsClientContext {
 public:
  /// The system's authorities, or those of a PEM file alone. Errors: `net.ca_file`.
  [[nodiscard]] static Expected<TlsClientContext> create(const std::string& ca_file);
  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }
  [[nodiscard]] const std::shared_ptr<Impl>& shared() const { return impl_; }

 private:
  explicit TlsClientContext(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

/// What a server shows, as PEM texts.
struct ServerIdentity {
  std::string certificate;
  std::string key;
};
/// Makes a certificate authority and a certificate for localhost, 127.0.0.1 and ::1, signed by it and valid for `days`
/// (negative: already expired, for tests). Writes the authority's certificate to `ca_file`; its key is thrown away.
[[nodiscard]] Expected<ServerIdentity> make_server_identity(const std::string& ca_file, int days = 30);

}  // namespace ebb::net
