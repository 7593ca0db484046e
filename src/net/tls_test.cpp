// What TLS refuses, and how it says so.
#include "net/tls.hpp"

#include <gmock/gmock.h>

#include "net/http_client.hpp"
#include "net/test_support.hpp"

namespace ebb::net {
namespace {

using testing::HasSubstr;

class TlsVerification : public testing::Test {
 protected:
  /// What a client with this trust says of a server with this identity.
  Error failure(const ServerIdentity& identity, const TlsClientContext& trust, const std::string& host) {
    RawServer server(loop, &identity, host == "localhost" ? "127.0.0.1" : host.c_str());
    RecordingClient handler;
    WebSocketClient client(loop, trust, handler);
    client.connect(local_url(true, server.port(), "/", host));
    if (!run_until(loop, [&] { return !handler.errors.empty(); })) return {"none", "", ""};
    EXPECT_EQ(handler.opened, 0);
    for (const auto& peer : server.peers) EXPECT_EQ(peer->received(), "") << "not one byte for a server not verified";
    return handler.errors[0];
  }
  Loop loop;
};

TEST_F(TlsVerification, AnAuthorityThatIsNotBelieved) {
  const Trust server;
  const Trust other;
  const Error error = failure(server.identity(), other.client(), "127.0.0.1");
  EXPECT_EQ(error.code, "net.tls");
  EXPECT_THAT(error.message, HasSubstr("the certificate of 127.0.0.1:"));
  EXPECT_THAT(error.message, HasSubstr("ebb local authority"));
  EXPECT_THAT(error.hint, HasSubstr(other.ca_file()));
}

TEST_F(TlsVerification, TheSystemsAuthoritiesDoNotKnowOurs) {
  const Trust server;
  const auto system = TlsClientContext::create("");
  ASSERT_TRUE(system);
  const Error error = failure(server.identity(), *system, "localhost");
  EXPECT_EQ(error.code, "net.tls");
  EXPECT_FALSE(error.hint.empty());
}

TEST_F(TlsVerification, AnExpiredCertificate) {
  const Trust server(-3);
  const Error error = failure(server.identity(), server.client(), "127.0.0.1");
  EXPECT_EQ(error.code, "net.tls");
  EXPECT_THAT(error.message, HasSubstr("expired"));
  EXPECT_THAT(error.hint, HasSubstr("clock"));
}

TEST_F(TlsVerification, ACertificateForAnotherAddress) {
  const Trust server;
  const Error error = failure(server.identity(), server.client(), "127.0.0.2");
  EXPECT_EQ(error.code, "net.tls");
  EXPECT_THAT(error.message, HasSubstr("mismatch"));
  EXPECT_THAT(error.hint, HasSubstr("name"));
}

TEST_F(TlsVerification, AServerWithoutTls) {
  RawServer server(loop);
  server.on_bytes = [](RawServer::Peer& peer) {
    peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.finish();
  };
  const Trust trust;
  RecordingClient handler;
  WebSocketClient client(loop, trust.client(), handler);
  client.connect(local_url(true, server.port()));
  ASSERT_TRUE(run_until(loop, [&] { return !handler.errors.empty(); }));
  EXPECT_EQ(handler.errors[0].code, "net.tls");
  EXPECT_THAT(handler.errors[0].hint, HasSubstr("TLS"));
}

TEST_F(TlsVerification, AServerThatHangsUpInTheHandshake) {
  RawServer server(loop);
  server.on_bytes = [](RawServer::Peer& peer) { peer.finish(); };
  const Trust trust;
  RecordingClient handler;
  WebSocketClient client(loop, trust.client(), handler);
  client.connect(local_url(true, server.port()));
  ASSERT_TRUE(run_until(loop, [&] { return !handler.errors.empty(); }));
  EXPECT_EQ(handler.errors[0].code, "net.tls");
}

TEST_F(TlsVerification, ByNameAndByAddress) {
  const Trust trust;
  for (const char* host : {"localhost", "127.0.0.1"}) {
    RawServer server(loop, &trust.identity());
    bool connected = false;
    server.on_connect = [&](RawServer::Peer&) { connected = true; };
    RecordingClient handler;
    WebSocketClient client(loop, trust.client(), handler);
    client.connect(local_url(true, server.port(), "/", host));
    EXPECT_TRUE(run_until(loop, [&] { return connected || !handler.errors.empty(); }));
    EXPECT_TRUE(connected) << host;
  }
}

TEST_F(TlsVerification, ASecondConnectionResumesTheSession) {
  const Trust trust;
  struct Events : StreamEvents {
    void on_ready(Timestamp) override { ready = true; }
    void on_bytes(Timestamp) override {}
    void on_drained(Timestamp) override {}
    void on_ended(Timestamp, const Error& error) override { ADD_FAILURE() << error.message; }
    bool ready = false;
  };
  RawServer server(loop, &trust.identity());
  const auto sessions = std::make_shared<TlsSessions>();
  for (const bool resumed : {false, true}) {
    EXPECT_EQ(sessions->newest != nullptr, resumed);
    Events events;
    const auto stream = Stream::dial(loop, trust.client(), local_url(true, server.port()), sessions, events);
    ASSERT_TRUE(run_until(loop, [&] { return events.ready && sessions->newest != nullptr; }));
    EXPECT_EQ(stream->resumed(), resumed);
    stream->close();
  }
}

}  // namespace
}  // namespace ebb::net
