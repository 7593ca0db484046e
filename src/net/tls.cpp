#include "net/tls.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstring>

namespace ebb::net {
namespace {

using BioPtr = std::unique_ptr<BIO, OpensslDeleter<&BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, OpensslDeleter<&X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslDeleter<&EVP_PKEY_free>>;

/// The application data of a client's SSL object.
struct ClientData {
  std::weak_ptr<TlsSessions> sessions;  ///< who gets its sessions
  std::string refused;                  ///< the certificate that was refused, in words
};

int client_data_index() {
  static const int index = SSL_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* data, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<ClientData*>(data); });
  return index;
}

ClientData* client_data(const SSL* ssl) { return static_cast<ClientData*>(SSL_get_ex_data(ssl, client_data_index())); }

int keep_session(SSL* ssl, SSL_SESSION* session) {
  const ClientData* data = client_data(ssl);
  const auto sessions = data != nullptr ? data->sessions.lock() : nullptr;
  if (!sessions) return 0;
  sessions->newest.reset(session);
  return 1;
}

SslContextPtr make_context(const SSL_METHOD* method) {
  SslContextPtr context(SSL_CTX_new(method));
  if (!context) return context;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return context;
}

std::string one_line(const X509_NAME* name) {
  BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || name == nullptr || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) < 0) {
    return "?";
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

std::string time_text(const ASN1_TIME* time) {
  BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || ASN1_TIME_print(out.get(), time) != 1) return "?";
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

std::string describe(X509* certificate) {
  if (certificate == nullptr) return "no certificate";
  return fmt::format("subject '{}', issuer '{}', valid from {} to {}", one_line(X509_get_subject_name(certificate)),
                     one_line(X509_get_issuer_name(certificate)), time_text(X509_get0_notBefore(certificate)),
                     time_text(X509_get0_notAfter(certificate)));
}

/// Changes no verdict: it notes which certificate the refusal is about, which OpenSSL forgets.
int note_refusal(int ok, X509_STORE_CTX* store) {
  if (ok == 1) return ok;
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  ClientData* data = ssl != nullptr ? client_data(ssl) : nullptr;
  if (data != nullptr) data->refused = describe(X509_STORE_CTX_get_current_cert(store));
  return ok;
}

std::string certificate_hint(long verdict, const TlsClientContext::Impl& tls) {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return "check this machine's clock; if it is right, the server must renew it";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return "connect by a name that the certificate is for";
    default: break;
  }
  return tls.ca_file.empty() ? "name the file of the authority that signed it, or install the system's CA certificates"
                             : "its authority is not in " + tls.ca_file + ": name the file of the one that signed it";
}

}  // namespace

std::string openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown reason";
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : fmt::format("error {:x}", code);
}

Expected<TlsClientContext> TlsClientContext::create(const std::string& ca_file) {
  ERR_clear_error();
  auto impl = std::make_shared<Impl>();
  impl->context = make_context(TLS_client_method());
  impl->ca_file = ca_file;
  if (!impl->context) return fail("net.tls", "OpenSSL gives no context: " + openssl_error());
  SSL_CTX* context = impl->context.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  static constexpr unsigned char kProtocols[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, kProtocols, sizeof kProtocols - 1);
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) {
      return fail("net.ca_file", "the system's certificate authorities cannot be read: " + openssl_error(),
                  "install the package ca-certificates");
    }
  } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    return fail("net.ca_file",
                fmt::format("no certificate authority can be read from {}: {}", ca_file, openssl_error()),
                "name a PEM file with the authority's certificate");
  }
  return TlsClientContext(std::move(impl));
}

Expected<SslPtr> make_client_ssl(TlsClientContext::Impl& tls, const Url& url,
                                 const std::shared_ptr<TlsSessions>& sessions) {
  ERR_clear_error();
  SslPtr ssl(SSL_new(tls.context.get()));
  if (!ssl) return fail("net.tls", "OpenSSL gives no connection: " + openssl_error());
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl.get());
  bool ok = true;
  if (X509_VERIFY_PARAM_set1_ip_asc(verify, url.host.c_str()) != 1) {
    ERR_clear_error();
    SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    ok = SSL_set1_host(ssl.get(), url.host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl.get(), url.host.c_str()) == 1;
  }
  if (!ok) return fail("net.tls", fmt::format("{} cannot be verified: {}", url.host, openssl_error()));
  if (sessions && sessions->newest) SSL_set_session(ssl.get(), sessions->newest.get());
  auto data = std::make_unique<ClientData>(ClientData{sessions, {}});
  if (SSL_set_ex_data(ssl.get(), client_data_index(), data.get()) == 1) (void)data.release();
  SSL_set_verify(ssl.get(), SSL_VERIFY_PEER, note_refusal);
  SSL_set_connect_state(ssl.get());
  return ssl;
}

Expected<SslContextPtr> make_server_context(const ServerIdentity& identity) {
  ERR_clear_error();
  SslContextPtr context = make_context(TLS_server_method());
  const BioPtr certificate_text(
      BIO_new_mem_buf(identity.certificate.data(), static_cast<int>(identity.certificate.size())));
  const BioPtr key_text(BIO_new_mem_buf(identity.key.data(), static_cast<int>(identity.key.size())));
  if (!context || !certificate_text || !key_text)
    return fail("net.tls", "OpenSSL gives no context: " + openssl_error());
  const X509Ptr certificate(PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
  const KeyPtr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  if (!certificate || !key || SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1 || SSL_CTX_check_private_key(context.get()) != 1) {
    return fail("net.tls", "the server's certificate or key cannot be used: " + openssl_error(),
                "give a PEM certificate and the key that belongs to it");
  }
  while (X509* next = PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr)) {
    SSL_CTX_add_extra_chain_cert(context.get(), next);
  }
  ERR_clear_error();
  static constexpr unsigned char kSessionIdContext[] = {'e', 'b', 'b'};
  SSL_CTX_set_session_id_context(context.get(), kSessionIdContext, sizeof kSessionIdContext);
  return context;
}

Error handshake_error(SSL* ssl, const Url& url, const TlsClientContext::Impl& tls) {
  const long verdict = SSL_get_verify_result(ssl);
  const std::string reason = openssl_error();
  const ClientData* data = client_data(ssl);
  if (verdict == X509_V_OK) {
    return {"net.tls", fmt::format("no TLS connection to {}: {}", url.authority(false), reason),
            "check that the port speaks TLS 1.2 or newer"};
  }
  return {"net.tls",
          fmt::format("the certificate of {} is refused: {} ({})", url.authority(false),
                      X509_verify_cert_error_string(verdict), data != nullptr ? data->refused : ""),
          certificate_hint(verdict, tls)};
}

}  // namespace ebb::net
