#include "net/server.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include "net/test_support.hpp"
#include "net/websocket_frame.hpp"

namespace ebb::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A client that writes exactly these bytes and collects what comes back.
class RawClient : public StreamEvents {
 public:
  RawClient(Loop& loop, const Trust& trust, std::uint16_t port)
      : stream_(Stream::dial(loop, trust.client(), local_url(false, port), nullptr, *this)) {}
  ~RawClient() override { stream_->close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  void write(std::string_view bytes) {
    if (ready_) {
      stream_->write(bytes);
    } else {
      early_ += bytes;
    }
  }
  void on_ready(Timestamp) override {
    ready_ = true;
    stream_->write(early_);
  }
  void on_bytes(Timestamp) override {
    received += stream_->input().view();
    stream_->input().consume(stream_->input().size());
  }
  void on_drained(Timestamp) override {}
  void on_ended(Timestamp, const Error&) override { ended = true; }

  std::string received;
  bool ended = false;

 private:
  std::shared_ptr<Stream> stream_;
  std::string early_;
  bool ready_ = false;
};

class ServerTest : public testing::Test {
 protected:
  void start(ServerConfig config = {}) {
    server = Server::listen(loop, config, handler).value();
    client = std::make_unique<RawClient>(loop, trust, server->port());
    handler.answer = [this](const RecordingServer::Request& r) {
      server->respond(r.id, {200, {}, fmt::format("{}{}", r.request.target, r.request.body)});
    };
  }
  /// What has come back once it contains `end`, or the connection ended.
  const std::string& reply(std::string_view end) {
    EXPECT_TRUE(run_until(loop, [&] { return client->received.contains(end) || client->ended; }));
    return client->received;
  }
  std::string upgrade(std::string_view extra = "") const {
    return fmt::format(
        "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n{}",
        extra);
  }

  Trust trust;
  Loop loop;
  RecordingServer handler;
  std::unique_ptr<Server> server;
  std::unique_ptr<RawClient> client;
};

TEST_F(ServerTest, APortInUseIsNamedWithAHint) {
  start();
  ServerConfig config;
  config.port = server->port();
  const auto second = Server::listen(loop, config, handler);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "net.address_in_use");
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(config.port)));
  EXPECT_THAT(second.error().hint, HasSubstr("another port"));
}

TEST_F(ServerTest, AddressesThatCannotBeListenedOn) {
  ServerConfig config;
  for (const char* address : {"localhost", "", "192.0.2.1", "1.2.3"}) {
    config.address = address;
    const auto failed = Server::listen(loop, config, handler);
    ASSERT_FALSE(failed) << address;
    EXPECT_EQ(failed.error().code, "net.listen") << address;
  }
}

TEST_F(ServerTest, AnIdentityThatIsNone) {
  ServerConfig config;
  config.tls = ServerIdentity{"nonsense", "nonsense"};
  const auto failed = Server::listen(loop, config, handler);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "net.tls");
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredOneAfterTheOther) {
  start();
  client->write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  reply("/2body");
  EXPECT_THAT(client->received, HasSubstr("Content-Length: 2\r\n\r\n/1HTTP/1.1 200 OK"));
}

TEST_F(ServerTest, PipelinedRequestsWaitForALateAnswer) {
  start();
  handler.answer = {};
  client->write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(run_until(loop, [&] { return handler.requests.size() == 1; }));
  loop.run_for(milliseconds(5));
  EXPECT_EQ(handler.requests.size(), 1U);
  server->respond(handler.requests[0].id, {200, {}, "one"});
  ASSERT_TRUE(run_until(loop, [&] { return handler.requests.size() == 2; }));
  EXPECT_EQ(handler.requests[1].request.target, "/2");
}

TEST_F(ServerTest, ARequestByteByByte) {
  start();
  const std::string text = "DELETE /order HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n[]";
  for (const char c : text) {
    client->write(std::string_view(&c, 1));
    loop.run_for(Duration(0));
  }
  reply("/order[]");
  EXPECT_EQ(handler.requests.at(0).request.method, HttpMethod::del);
}

TEST_F(ServerTest, ConnectionCloseIsObeyed) {
  start();
  client->write("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(run_until(loop, [&] { return client->ended; }));
  EXPECT_THAT(client->received, HasSubstr("Connection: close"));
  EXPECT_THAT(client->received, testing::EndsWith("/1"));
}

TEST_F(ServerTest, BadRequestsAreAnsweredWith400) {
  start();
  for (const char* text :
       {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    client = std::make_unique<RawClient>(loop, trust, server->port());
    client->write(text);
    ASSERT_TRUE(run_until(loop, [&] { return client->ended; })) << text;
    EXPECT_THAT(client->received, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << text;
  }
  EXPECT_TRUE(handler.requests.empty());
}

TEST_F(ServerTest, MethodsThatAreNotServed) {
  start();
  for (const char* method : {"PUT", "OPTIONS", "PATCH"}) {
    client = std::make_unique<RawClient>(loop, trust, server->port());
    client->write(fmt::format("{} / HTTP/1.1\r\nHost: a\r\n\r\n", method));
    EXPECT_THAT(reply("\r\n\r\n"), StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  }
}

TEST_F(ServerTest, BodiesAndHeadersThatAreTooBig) {
  ServerConfig config;
  config.largest_body = 1000;
  start(config);
  client->write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_THAT(reply("xxx"), StartsWith("HTTP/1.1 200 OK"));
  for (const auto& [text, status] : std::vector<std::pair<std::string, std::string>>{
           {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'), "413"},
           {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n", "413"},
           {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x'), "413"},
           {"GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n", "431"}}) {
    client = std::make_unique<RawClient>(loop, trust, server->port());
    client->write(text);
    ASSERT_TRUE(run_until(loop, [&] { return client->ended; }));
    EXPECT_THAT(client->received, StartsWith("HTTP/1.1 " + status));
  }
}

TEST_F(ServerTest, ABodyIsInvitedWhenTheClientWaitsForThat) {
  start();
  client->write("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_THAT(reply("\r\n\r\n"), StartsWith("HTTP/1.1 100 Continue\r\n\r\n"));
  client->write("body");
  EXPECT_THAT(reply("/xbody"), HasSubstr("200 OK"));
}

TEST_F(ServerTest, AnswersWithoutBodyHaveNoLength) {
  start();
  handler.answer = [this](const RecordingServer::Request& r) { server->respond(r.id, {204, {}, "ignored"}); };
  client->write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(reply("\r\n\r\n"), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_F(ServerTest, ConnectionsThatSayNothingAreClosed) {
  ServerConfig config;
  config.idle_timeout = milliseconds(30);
  start(config);
  client->write("GET / HTTP/1.1\r\nHost:");
  ASSERT_TRUE(run_until(loop, [&] { return client->ended; }));
  EXPECT_EQ(client->received, "");
}

TEST_F(ServerTest, RequestsOfClientsThatLeftAreForgotten) {
  start();
  handler.answer = {};
  client->write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(run_until(loop, [&] { return handler.requests.size() == 1; }));
  client.reset();
  loop.run_for(milliseconds(20));
  server->respond(handler.requests[0].id, {200, {}, ""});
  server->drop_request(handler.requests[0].id);
  server->respond(RequestId(), {200, {}, ""});
}

TEST_F(ServerTest, UpgradesAndTakesFramesThatCameWithIt) {
  start();
  std::string hello;
  append_frame(hello, Opcode::text, "hello", random_mask());
  handler.greet = [this](SocketId id) { server->send(id, std::make_shared<const std::string>("welcome")); };
  client->write(upgrade(hello));
  reply("welcome");
  // The accept key of the example in RFC 6455, section 1.3.
  EXPECT_THAT(client->received, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x07welcome"));
  ASSERT_TRUE(run_until(loop, [&] { return handler.texts.size() == 1; }));
  EXPECT_EQ(handler.texts[0], "hello");
}

TEST_F(ServerTest, UpgradesThatAreNone) {
  start();
  for (const char* text : {"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
                           "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"}) {
    client = std::make_unique<RawClient>(loop, trust, server->port());
    client->write(text);
    EXPECT_THAT(reply("\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  }
  EXPECT_TRUE(handler.opened.empty());
}

TEST_F(ServerTest, FramesWithoutAMaskEndTheSocket) {
  start();
  std::string frame;
  append_frame(frame, Opcode::text, "unmasked");
  client->write(upgrade(frame));
  ASSERT_TRUE(run_until(loop, [&] { return client->ended; }));
  EXPECT_THAT(client->received, testing::EndsWith(std::string("\x88\x02\x03\xEA")));  // close, 1002
  EXPECT_EQ(handler.closed.size(), 1U);
  EXPECT_TRUE(handler.texts.empty());
}

TEST_F(ServerTest, PingsAreAnsweredAndCloseFramesToo) {
  start();
  std::string frames;
  append_frame(frames, Opcode::ping, "p", random_mask());
  append_frame(frames, Opcode::close, close_payload(1000), random_mask());
  append_frame(frames, Opcode::text, "after the end", random_mask());
  client->write(upgrade(frames));
  ASSERT_TRUE(run_until(loop, [&] { return client->ended; }));
  EXPECT_THAT(client->received, testing::EndsWith(std::string("\x8A\x01p\x88\x02\x03\xE8")));
  EXPECT_EQ(handler.closed.size(), 1U);
  EXPECT_TRUE(handler.texts.empty());
}

TEST_F(ServerTest, MayBeDestroyedFromInsideItsHandler) {
  start();
  handler.answer = [this](const RecordingServer::Request&) { server.reset(); };
  client->write("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(run_until(loop, [&] { return client->ended; }));
  EXPECT_EQ(handler.requests.size(), 1U);
  start();
  handler.on_text = [this](SocketId, const std::string&) { server.reset(); };
  std::string frames;
  append_frame(frames, Opcode::text, "one", random_mask());
  append_frame(frames, Opcode::text, "two", random_mask());
  client->write(upgrade(frames));
  ASSERT_TRUE(run_until(loop, [&] { return client->ended; }));
  EXPECT_THAT(handler.texts, ElementsAre("one"));
}

}  // namespace
}  // namespace ebb::net
