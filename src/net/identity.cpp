// A throw-away certificate authority and a server certificate signed by it.
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "net/endpoint.hpp"
#include "net/tls.hpp"

namespace ebb::net {
namespace {

using BioPtr = std::unique_ptr<BIO, OpensslDeleter<&BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, OpensslDeleter<&X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslDeleter<&EVP_PKEY_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpensslDeleter<&X509_EXTENSION_free>>;

constexpr long kDay = 86'400;

struct Extension {
  int nid;
  const char* value;
};

struct Validity {
  long from_days;
  long to_days;
};

bool set_random_serial(X509* certificate) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), (serial >> 1U) | 1U) == 1;
}

/// A certificate for `key` in the name of `common_name`; `issuer` null = signed by itself.
X509Ptr make_certificate(EVP_PKEY* key, const char* common_name, X509* issuer, EVP_PKEY* issuer_key, Validity validity,
                         std::initializer_list<Extension> extensions) {
  X509Ptr certificate(X509_new());
  X509* x = certificate.get();
  if (x == nullptr || X509_set_version(x, X509_VERSION_3) != 1 || !set_random_serial(x)) return {};
  X509_gmtime_adj(X509_getm_notBefore(x), validity.from_days * kDay);
  X509_gmtime_adj(X509_getm_notAfter(x), validity.to_days * kDay);
  X509_NAME* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("ebb"), -1, -1, 0);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  X509_set_issuer_name(x, issuer != nullptr ? X509_get_subject_name(issuer) : name);
  if (X509_set_pubkey(x, key) != 1) return {};
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer != nullptr ? issuer : x, x, nullptr, nullptr, 0);
  for (const Extension& extension : extensions) {
    const ExtensionPtr made(X509V3_EXT_conf_nid(nullptr, &context, extension.nid, extension.value));
    if (!made || X509_add_ext(x, made.get(), -1) != 1) return {};
  }
  if (X509_sign(x, issuer_key, EVP_sha256()) == 0) return {};
  return certificate;
}

template <class Write>
std::string pem(Write write) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || write(out.get()) != 1) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

/// Written beside and renamed: a reader never sees half a file.
Expected<void> write_file(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(beside, path, error);
  if (!out || error) {
    return fail("net.ca_file", fmt::format("the certificate authority cannot be written to {}", path),
                "name a folder that exists and may be written to");
  }
  return {};
}

}  // namespace

Expected<ServerIdentity> make_server_identity(const std::string& ca_file, int days) {
  const KeyPtr authority_key(EVP_EC_gen("P-256"));
  const KeyPtr server_key(EVP_EC_gen("P-256"));
  if (!authority_key || !server_key) return fail("net.tls", "no key can be made: " + openssl_error());
  const X509Ptr authority = make_certificate(authority_key.get(), "ebb local authority", nullptr, authority_key.get(),
                                             {-1, std::max(days, 30)},
                                             {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                              {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                              {NID_subject_key_identifier, "hash"}});
  if (!authority) return fail("net.tls", "no certificate authority can be made: " + openssl_error());
  const X509Ptr server = make_certificate(server_key.get(), "localhost", authority.get(), authority_key.get(),
                                          {days < 0 ? days - 1L : -1L, days},
                                          {{NID_basic_constraints, "critical,CA:FALSE"},
                                           {NID_key_usage, "critical,digitalSignature"},
                                           {NID_ext_key_usage, "serverAuth"},
                                           {NID_subject_key_identifier, "hash"},
                                           {NID_authority_key_identifier, "keyid:always"},
                                           {NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1"}});
  if (!server) return fail("net.tls", "no server certificate can be made: " + openssl_error());

  ServerIdentity identity;
  identity.certificate = pem([&](BIO* out) { return PEM_write_bio_X509(out, server.get()); });
  identity.key = pem(
      [&](BIO* out) { return PEM_write_bio_PrivateKey(out, server_key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  const std::string authority_text = pem([&](BIO* out) { return PEM_write_bio_X509(out, authority.get()); });
  if (identity.certificate.empty() || identity.key.empty() || authority_text.empty()) {
    return fail("net.tls", "the certificate cannot be written as PEM: " + openssl_error());
  }
  TRY_VOID(write_file(ca_file, authority_text));
  return identity;
}

}  // namespace ebb::net
