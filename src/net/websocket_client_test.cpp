#include "net/websocket_client.hpp"

#include <gmock/gmock.h>

#include "net/server.hpp"
#include "net/test_support.hpp"
#include "net/websocket_frame.hpp"

namespace ebb::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

/// The 101 that answers the upgrade in `request`.
std::string agreement(const std::string& request) {
  const std::string name = "Sec-WebSocket-Key: ";
  const auto at = request.find(name) + name.size();
  return "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " +
         handshake_accept(request.substr(at, request.find("\r\n", at) - at)) + "\r\n\r\n";
}

std::string frame(Opcode opcode, std::string_view payload) {
  std::string out;
  append_frame(out, opcode, payload);
  return out;
}

/// Client and Server, plain and with TLS.
class WebSocketPair : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ServerConfig config;
    if (GetParam()) config.tls = trust.identity();
    config.largest_backlog = 8U << 20U;
    server = Server::listen(loop, config, at_server).value();
  }
  [[nodiscard]] Url url(std::string target = "/ws") const { return local_url(GetParam(), server->port(), target); }
  void open() {
    client.connect(url());
    ASSERT_TRUE(run_until(loop, [&] { return client.is_open() && !at_server.opened.empty(); }));
  }
  [[nodiscard]] SocketId socket() const { return at_server.opened.back().first; }

  Trust trust;
  Loop loop;
  RecordingServer at_server;
  RecordingClient at_client;
  std::unique_ptr<Server> server;
  WebSocketClient client{loop, trust.client(), at_client};
};
INSTANTIATE_TEST_SUITE_P(PlainAndTls, WebSocketPair, testing::Bool(),
                         [](const auto& test) { return test.param ? "tls" : "plain"; });

TEST_P(WebSocketPair, CarriesTextsBothWays) {
  open();
  EXPECT_EQ(at_server.opened.back().second, "/ws");
  client.send("PING");
  client.send(std::string(70'000, 'x'));
  ASSERT_TRUE(run_until(loop, [&] { return at_server.texts.size() == 2; }));
  EXPECT_EQ(at_server.texts[0], "PING");
  EXPECT_EQ(at_server.texts[1], std::string(70'000, 'x'));
  server->send(socket(), shared("PONG"));
  server->send(socket(), shared(std::string(5'000'000, 'y')));
  server->send(socket(), shared(""));
  ASSERT_TRUE(run_until(loop, [&] { return at_client.texts.size() == 3; }));
  EXPECT_EQ(at_client.texts[0], "PONG");
  EXPECT_EQ(at_client.texts[1], std::string(5'000'000, 'y'));
  EXPECT_EQ(at_client.texts[2], "");
  EXPECT_LE(at_client.times[0], loop.now());
  EXPECT_EQ(at_client.opened, 1);
  EXPECT_TRUE(at_client.errors.empty());
}

TEST_P(WebSocketPair, KeepsTheOrderOfManyTexts) {
  open();
  const int count = 20'000;
  for (int i = 0; i < count; ++i) server->send(socket(), shared(std::to_string(i)));
  ASSERT_TRUE(run_until(loop, [&] { return at_client.texts.size() == count; }));
  for (int i = 0; i < count; ++i) ASSERT_EQ(at_client.texts[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST_P(WebSocketPair, SaysThatTheServerClosed) {
  open();
  server->send(socket(), shared("last"));
  server->close(socket(), false);
  EXPECT_TRUE(at_server.closed.empty());
  ASSERT_TRUE(run_until(loop, [&] { return !at_client.errors.empty() && !at_server.closed.empty(); }));
  EXPECT_THAT(at_client.texts, ElementsAre("last"));
  EXPECT_EQ(at_client.errors[0].code, "net.closed");
  EXPECT_THAT(at_client.errors[0].message, HasSubstr("1000"));
  EXPECT_FALSE(client.is_open());
}

TEST_P(WebSocketPair, SaysThatTheConnectionBroke) {
  open();
  server->close(socket(), true);
  ASSERT_TRUE(run_until(loop, [&] { return !at_client.errors.empty() && !at_server.closed.empty(); }));
  EXPECT_EQ(at_client.errors[0].code, "net.closed");
  EXPECT_EQ(at_client.errors.size(), 1U);
}

TEST_P(WebSocketPair, ClosesWithoutACall) {
  open();
  client.close();
  EXPECT_FALSE(client.is_open());
  client.send("into the void");
  ASSERT_TRUE(run_until(loop, [&] { return !at_server.closed.empty(); }));
  EXPECT_TRUE(at_client.errors.empty());
  EXPECT_TRUE(at_server.texts.empty());
}

TEST_P(WebSocketPair, ReconnectsFromInsideItsCalls) {
  at_client.ended = [&] { client.connect(url("/second")); };
  open();
  server->close(socket(), true);
  ASSERT_TRUE(run_until(loop, [&] { return at_client.opened == 2 && at_server.opened.size() == 2; }));
  EXPECT_EQ(at_server.opened.back().second, "/second");
  at_client.react = [&](std::string_view) { client.connect(url("/third")); };
  server->send(socket(), shared("a"));
  server->send(socket(), shared("of the connection that was left"));
  ASSERT_TRUE(run_until(loop, [&] { return at_client.opened == 3; }));
  EXPECT_THAT(at_client.texts, ElementsAre("a"));
  EXPECT_EQ(at_client.errors.size(), 1U);
}

TEST_P(WebSocketPair, NamesTheStatusOfARefusal) {
  at_server.wanted = [](std::string_view) { return false; };
  client.connect(url());
  ASSERT_TRUE(run_until(loop, [&] { return !at_client.errors.empty(); }));
  EXPECT_EQ(at_client.errors[0].code, "net.handshake");
  EXPECT_THAT(at_client.errors[0].message, HasSubstr("404 Not Found"));
}

TEST_P(WebSocketPair, MayBeDestroyedFromInsideItsCalls) {
  auto second = std::make_unique<WebSocketClient>(loop, trust.client(), at_client);
  at_client.react = [&](std::string_view) { second.reset(); };
  at_server.greet = [&](SocketId id) {
    server->send(id, shared("one"));
    server->send(id, shared("two"));
  };
  second->connect(url());
  ASSERT_TRUE(run_until(loop, [&] { return !at_server.closed.empty(); }));
  EXPECT_THAT(at_client.texts, ElementsAre("one"));
}

TEST_P(WebSocketPair, ASlowReaderIsClosed) {
  open();
  const auto big = shared(std::string(1U << 20U, 'x'));
  // All within one turn of the loop: the client reads nothing meanwhile.
  for (int i = 0; i < 64; ++i) server->send(socket(), big);
  ASSERT_TRUE(run_until(loop, [&] { return !at_server.closed.empty(); }));
}

/// The client against servers that do what they should not.
class WebSocketFaults : public testing::Test {
 protected:
  const Error& failure(const Url& url) {
    client.connect(url);
    EXPECT_TRUE(run_until(loop, [&] { return !at_client.errors.empty(); }));
    return at_client.errors.at(0);
  }
  /// Answers the upgrade and sends `bytes` behind it.
  void agree_and_send(const std::string& bytes) {
    raw.on_bytes = [bytes](RawServer::Peer& peer) {
      if (!peer.received().contains("\r\n\r\n")) return;
      peer.write(agreement(peer.received()) + bytes);
      peer.forget_received();
    };
  }
  void answer(const std::string& bytes, bool finish) {
    raw.on_bytes = [bytes, finish](RawServer::Peer& peer) {
      peer.write(bytes);
      if (finish) peer.finish();
    };
  }
  static WebSocketConfig quick() {
    WebSocketConfig config;
    config.connect_timeout = milliseconds(300);
    config.largest_frame = 1000;
    return config;
  }
  [[nodiscard]] Url url() const { return local_url(false, raw.port()); }

  Trust trust;
  Loop loop;
  RawServer raw{loop};
  RecordingClient at_client;
  WebSocketClient client{loop, trust.client(), at_client, quick()};
};

TEST_F(WebSocketFaults, ConnectionRefused) {
  std::uint16_t port = 0;
  { port = RawServer(loop).port(); }
  const Error& error = failure(local_url(false, port));
  EXPECT_EQ(error.code, "net.connect");
  EXPECT_THAT(error.message, HasSubstr("Connection refused"));
  EXPECT_THAT(error.message, HasSubstr(std::to_string(port)));
  EXPECT_FALSE(error.hint.empty());
}

TEST_F(WebSocketFaults, AnUnknownNameCannotBeResolved) {
  WebSocketConfig config = quick();
  config.connect_timeout = seconds(15);
  WebSocketClient patient(loop, trust.client(), at_client, config);
  patient.connect(Url{true, "no-such-host.invalid", 443, "/"});
  ASSERT_TRUE(run_until(loop, [&] { return !at_client.errors.empty(); }));
  EXPECT_EQ(at_client.errors[0].code, "net.resolve");
  EXPECT_THAT(at_client.errors[0].message, HasSubstr("no-such-host.invalid"));
}

// A network of documentation (RFC 5737): routed nowhere, or into silence.
TEST_F(WebSocketFaults, AnUnreachableHostFailsOrTimesOutWhileConnecting) {
  const Error& error = failure(Url{true, "192.0.2.1", 443, "/"});
  EXPECT_THAT(error.code, testing::AnyOf("net.connect", "net.timeout"));
  EXPECT_THAT(error.message, HasSubstr("192.0.2.1:443"));
  EXPECT_FALSE(error.hint.empty());
}

TEST_F(WebSocketFaults, PlainTextToOtherMachinesIsRefusedWhoeverAsks) {
  EXPECT_EQ(failure(Url{false, "192.0.2.1", 80, "/"}).code, "net.plain_refused");
}

TEST_F(WebSocketFaults, AServerThatNeverAnswersTheUpgradeTimesOut) {
  const Error& error = failure(url());
  EXPECT_EQ(error.code, "net.timeout");
  EXPECT_THAT(error.message, HasSubstr("waiting for the answer to the upgrade"));
  EXPECT_EQ(raw.peers.size(), 1U);
}

TEST_F(WebSocketFaults, AServerThatNeverSpeaksTlsTimesOut) {
  const Error& error = failure(local_url(true, raw.port()));
  EXPECT_EQ(error.code, "net.timeout");
  EXPECT_THAT(error.message, HasSubstr("TLS handshake"));
}

TEST_F(WebSocketFaults, APageInsteadOfAWebSocketIsQuoted) {
  const std::string page = "<html>\n<title>Forbidden</title>\x01" + std::string(500, 'z') + "</html>";
  answer("HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: " + std::to_string(page.size()) +
             "\r\n\r\n" + page,
         false);
  const Error& error = failure(url());
  EXPECT_EQ(error.code, "net.handshake");
  EXPECT_THAT(error.message, HasSubstr("403 Forbidden: <html> <title>Forbidden</title> zzz"));
  EXPECT_THAT(error.message, Not(HasSubstr(std::string(200, 'z'))));
  EXPECT_FALSE(error.hint.empty());
}

TEST_F(WebSocketFaults, APageWithoutLengthOrEndIsQuotedToo) {
  answer("HTTP/1.1 429 Too Many Requests\r\n\r\nslow down", true);
  EXPECT_THAT(failure(url()).message, HasSubstr("429 Too Many Requests: slow down"));
}

TEST_F(WebSocketFaults, APageThatStallsIsQuotedAtTheTimeout) {
  answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 900\r\n\r\nmaintenance", false);
  const Error& error = failure(url());
  EXPECT_EQ(error.code, "net.handshake");
  EXPECT_THAT(error.message, HasSubstr("maintenance"));
}

TEST_F(WebSocketFaults, ARedirectIsNotFollowedButNamed) {
  answer("HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n", false);
  const Error& error = failure(url());
  EXPECT_EQ(error.code, "net.handshake");
  EXPECT_THAT(error.hint, HasSubstr("https://elsewhere.example/"));
}

TEST_F(WebSocketFaults, GarbageInsteadOfHttp) {
  answer("SSH-2.0-OpenSSH_9.2\r\n\r\n", false);
  const Error& error = failure(url());
  EXPECT_EQ(error.code, "net.handshake");
  EXPECT_THAT(error.message, HasSubstr("did not answer the upgrade with HTTP"));
}

TEST_F(WebSocketFaults, AWrongKeyIsNoAgreement) {
  answer(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
      false);
  EXPECT_EQ(failure(url()).code, "net.handshake");
  EXPECT_EQ(at_client.opened, 0);
}

TEST_F(WebSocketFaults, AConnectionThatEndsBeforeTheAgreement) {
  raw.on_bytes = [](RawServer::Peer& peer) { peer.finish(); };
  EXPECT_EQ(failure(url()).code, "net.handshake");
}

TEST_F(WebSocketFaults, AMessageThatIsTooBigEndsTheConnection) {
  agree_and_send(frame(Opcode::text, std::string(1000, 'a')) + frame(Opcode::text, std::string(1001, 'a')));
  EXPECT_EQ(failure(url()).code, "net.too_big");
  EXPECT_EQ(at_client.texts.size(), 1U);
  EXPECT_FALSE(client.is_open());
}

TEST_F(WebSocketFaults, AFrameAgainstTheProtocolEndsTheConnection) {
  agree_and_send("\xFF\xFF nonsense");
  const Error& error = failure(url());
  EXPECT_EQ(error.code, "net.closed");
  EXPECT_THAT(error.message, HasSubstr("broke the WebSocket protocol"));
}

TEST_F(WebSocketFaults, TheReasonOfACloseFrameIsReported) {
  agree_and_send(frame(Opcode::close, close_payload(1001, "going away")));
  EXPECT_THAT(failure(url()).message, HasSubstr("1001 going away"));
  ASSERT_TRUE(run_until(loop, [&] { return raw.peers[0]->received().size() >= 8; }));
  EXPECT_EQ(raw.peers[0]->received().front(), '\x88') << "the close frame is answered";
}

TEST_F(WebSocketFaults, PingsAreAnsweredWithTheirPayload) {
  agree_and_send(frame(Opcode::ping, "are you there"));
  client.connect(url());
  ASSERT_TRUE(run_until(loop, [&] { return raw.peers.size() == 1 && raw.peers[0]->received().size() == 19; }));
  InputBuffer in;
  const std::string bytes = raw.peers[0]->received();
  std::ranges::copy(bytes, in.room(bytes.size()).begin());
  in.commit(bytes.size());
  FrameReader reader(FrameSide::server, 100);
  WebSocketMessage message;
  ASSERT_EQ(reader.next(in, message), FrameReader::Result::message);
  EXPECT_EQ(message.opcode, Opcode::pong);
  EXPECT_EQ(message.payload, "are you there");
}

TEST_F(WebSocketFaults, FramesOfOneReadHaveOneTimeAndFragmentsAreJoined) {
  std::string fragments = frame(Opcode::text, "join");
  fragments[0] = '\x01';
  std::string end = frame(Opcode::continuation, "ed");
  agree_and_send(frame(Opcode::text, "a") + frame(Opcode::text, "b") + fragments + frame(Opcode::ping, "") + end);
  client.connect(url());
  ASSERT_TRUE(run_until(loop, [&] { return at_client.texts.size() == 3; }));
  EXPECT_THAT(at_client.texts, ElementsAre("a", "b", "joined"));
  EXPECT_EQ(at_client.times[0], at_client.times[1]);
  EXPECT_EQ(at_client.times[0], at_client.times[2]);
}

}  // namespace
}  // namespace ebb::net
