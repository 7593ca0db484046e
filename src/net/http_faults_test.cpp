// The HTTP pool against servers that fail, and its own refusals.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "net/http_codec.hpp"
#include "net/http_test_support.hpp"

namespace ebb::net {
namespace {

using testing::HasSubstr;

/// The pool against servers that do what they should not.
class HttpFaults : public PoolTest, public testing::Test {
 protected:
  /// Every request is answered with `bytes`, then the connection ends if `finish`.
  void answer(std::string bytes, bool finish = false) {
    raw.on_bytes = [bytes = std::move(bytes), finish](RawServer::Peer& peer) {
      if (!peer.received().contains("\r\n\r\n")) return;
      peer.forget_received();
      peer.write(bytes);
      if (finish) peer.finish();
    };
  }
  std::shared_ptr<Outcome> ask(Duration timeout = seconds(10), HttpRequest request = get("/x")) {
    HttpPool pool(loop, trust.client(), local_url(false, raw.port()), config);
    auto outcome = send(pool, std::move(request), timeout);
    EXPECT_TRUE(wait(outcome));
    return outcome;
  }
  static HttpPoolConfig quick() {
    HttpPoolConfig made;
    made.connect_timeout = milliseconds(300);
    made.largest_body = 1000;
    made.warm = 0;
    return made;
  }

  HttpPoolConfig config = quick();
  RawServer raw{loop};
};

TEST_F(HttpFaults, ChunkedBodiesArePutTogether) {
  answer(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nTrailer: z\r\n\r\n");
  const auto outcome = ask();
  ASSERT_EQ(outcome->code(), "ok");
  EXPECT_EQ(outcome->response->body, "hello, world");
}

TEST_F(HttpFaults, AnswersWithoutABodyLeaveTheConnectionUsable) {
  for (const char* status : {"204 No Content", "304 Not Modified", "200 OK\r\nContent-Length: 0"}) {
    answer(fmt::format("HTTP/1.1 {}\r\n\r\n", status));
    HttpPool pool(loop, trust.client(), local_url(false, raw.port()), config);
    const std::size_t before = raw.peers.size();
    for (int i = 0; i < 2; ++i) {
      const auto outcome = send(pool, get("/"));
      ASSERT_TRUE(wait(outcome));
      ASSERT_EQ(outcome->code(), "ok") << status;
      EXPECT_EQ(outcome->response->body, "");
    }
    EXPECT_EQ(raw.peers.size(), before + 1) << status;
  }
}

TEST_F(HttpFaults, ABodyWithoutLengthEndsWithTheConnection) {
  answer("HTTP/1.0 200 OK\r\n\r\nall of it", true);
  const auto outcome = ask();
  ASSERT_EQ(outcome->code(), "ok");
  EXPECT_EQ(outcome->response->body, "all of it");
}

TEST_F(HttpFaults, WithTlsSuchABodyCountsOnlyIfTheServerSaidGoodbye) {
  for (const bool politely : {true, false}) {
    RawServer server(loop, &trust.identity());
    server.on_bytes = [politely](RawServer::Peer& peer) {
      peer.write("HTTP/1.1 200 OK\r\n\r\nhalf of it?");
      if (politely) {
        peer.finish();
      } else {
        peer.abort();
      }
    };
    HttpPool pool(loop, trust.client(), local_url(true, server.port()), config);
    const auto outcome = send(pool, get("/"));
    ASSERT_TRUE(wait(outcome));
    EXPECT_EQ(outcome->code(), politely ? "ok" : "net.closed");
  }
}

TEST_F(HttpFaults, InterimAnswersAreSkipped) {
  answer(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
  const auto outcome = ask();
  ASSERT_EQ(outcome->code(), "ok");
  EXPECT_EQ(outcome->response->status, 201);
}

TEST_F(HttpFaults, ErrorPagesAreAnswers) {
  answer("HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>");
  const auto outcome = ask();
  ASSERT_EQ(outcome->code(), "ok");
  EXPECT_EQ(outcome->response->status, 403);
  EXPECT_EQ(outcome->response->body, "<html></html>");
}

TEST_F(HttpFaults, ATruncatedAnswer) {
  answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", true);
  const auto outcome = ask();
  EXPECT_EQ(outcome->code(), "net.closed");
  EXPECT_THAT(outcome->response.error().message, HasSubstr("middle of an answer (9 bytes"));
}

TEST_F(HttpFaults, ATruncatedChunkedAnswer) {
  answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true);
  EXPECT_EQ(ask()->code(), "net.closed");
}

TEST(HttpReader, AChunkedAnswerMayComeByteByByte) {
  for (const std::string_view body : {"0\r\n\r\n", "0\r\nTrailer: z\r\n\r\n", "2\r\nab\r\n0\r\n\r\n"}) {
    const std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
    InputBuffer in;
    ResponseReader reader(1000);
    HttpProgress progress = HttpProgress::more;
    for (const char c : bytes) {
      ASSERT_EQ(progress, HttpProgress::more) << body;
      in.room(1)[0] = c;
      in.commit(1);
      progress = reader.read(in);
    }
    EXPECT_EQ(progress, HttpProgress::done) << body;
    EXPECT_EQ(reader.take().body, body.starts_with('2') ? "ab" : "");
  }
}

TEST_F(HttpFaults, AnswersThatAreTooBig) {
  const std::string big(1001, 'x');
  for (const std::string& head : {std::string("Content-Length: 1001\r\n\r\n"),
                                  std::string("Transfer-Encoding: chunked\r\n\r\n3e9\r\n"), std::string("\r\n")}) {
    answer("HTTP/1.1 200 OK\r\n" + head + big);
    EXPECT_EQ(ask()->code(), "net.too_big") << head;
  }
  answer("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'h') + "\r\n\r\n");
  EXPECT_EQ(ask()->code(), "net.too_big");
}

TEST_F(HttpFaults, MalformedAnswers) {
  for (const char* bytes :
       {"nonsense\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"}) {
    answer(bytes);
    EXPECT_EQ(ask()->code(), "net.malformed") << bytes;
  }
}

TEST_F(HttpFaults, AnEndInsteadOfAnAnswer) {
  raw.on_bytes = [](RawServer::Peer& peer) { peer.abort(); };
  const auto outcome = ask();
  EXPECT_EQ(outcome->code(), "net.closed");
  EXPECT_EQ(raw.peers.size(), 1U) << "never sent twice";
}

TEST_F(HttpFaults, AnswersByteByByte) {
  const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  raw.on_bytes = [&](RawServer::Peer& peer) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      loop.post([&whole, i, self = peer.shared_from_this()] { self->write(whole.substr(i, 1)); });
    }
  };
  const auto outcome = ask();
  ASSERT_EQ(outcome->code(), "ok");
  EXPECT_EQ(outcome->response->body, "hello");
}

TEST_F(HttpFaults, NobodyListensSoNothingWasSent) {
  std::uint16_t port = 0;
  { port = RawServer(loop).port(); }
  HttpPool pool(loop, trust.client(), local_url(false, port), config);
  for (int i = 0; i < 3; ++i) {
    const auto outcome = send(pool, post("/order", "{}"));
    EXPECT_EQ(outcome->calls, 0);
    ASSERT_TRUE(wait(outcome));
    EXPECT_EQ(outcome->code(), "net.not_sent");
    EXPECT_THAT(outcome->response.error().message, HasSubstr("Connection refused"));
    EXPECT_FALSE(outcome->written.is_set());
  }
}

TEST_F(HttpFaults, ACertificateThatIsRefusedMeansNotSent) {
  const Trust other;
  RawServer server(loop, &other.identity());
  HttpPool pool(loop, trust.client(), local_url(true, server.port()), config);
  const auto outcome = send(pool, post("/order", "{}"));
  ASSERT_TRUE(wait(outcome));
  EXPECT_EQ(outcome->code(), "net.not_sent");
  EXPECT_THAT(outcome->response.error().message, HasSubstr("certificate"));
  EXPECT_FALSE(outcome->response.error().hint.empty());
}

TEST_F(HttpFaults, AServerThatNeverSpeaksTlsMeansNotSent) {
  HttpPool pool(loop, trust.client(), local_url(true, raw.port()), config);
  const auto outcome = send(pool, post("/order", "{}"));
  ASSERT_TRUE(wait(outcome));
  EXPECT_EQ(outcome->code(), "net.not_sent");
  EXPECT_THAT(outcome->response.error().message, HasSubstr("TLS handshake"));
}

TEST_F(HttpFaults, ARequestThatWaitedInVainWasNotSent) {
  config.connections = 1;
  HttpPool pool(loop, trust.client(), local_url(false, raw.port()), config);
  const auto stuck = send(pool, get("/stuck"));
  const auto waiting = send(pool, get("/waiting"), milliseconds(100));
  ASSERT_TRUE(wait(waiting));
  EXPECT_EQ(waiting->code(), "net.not_sent");
  EXPECT_EQ(stuck->calls, 0);
  EXPECT_EQ(raw.peers.at(0)->received().find("/waiting"), std::string::npos);
}

TEST_F(HttpFaults, ARequestThatWouldBreakItsFormIsNotSent) {
  HttpPool pool(loop, trust.client(), local_url(false, raw.port()), config);
  for (HttpRequest request :
       {get("/a b"), get("/a\r\nX: y"), get("no-slash"), HttpRequest{HttpMethod::get, "/", {{"X", "a\r\nY: b"}}, ""},
        HttpRequest{HttpMethod::get, "/", {{"X Y", "a"}}, ""}}) {
    const auto outcome = send(pool, std::move(request));
    EXPECT_EQ(outcome->calls, 0);
    ASSERT_TRUE(wait(outcome));
    EXPECT_EQ(outcome->code(), "net.not_sent");
  }
}

// The end of the connection has arrived, but the loop has not heard of it when the request comes.
TEST_F(HttpFaults, AnEndThatHasArrivedUnreadIsSeenBeforeWriting) {
  answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  HttpPool pool(loop, trust.client(), local_url(false, raw.port()), config);
  ASSERT_TRUE(wait(send(pool, get("/1"))));
  raw.peers.at(0)->abort();
  const auto outcome = send(pool, get("/2"));
  ASSERT_TRUE(wait(outcome));
  EXPECT_EQ(outcome->code(), "ok");
  EXPECT_EQ(raw.peers.size(), 2U);
}

TEST_F(HttpFaults, AnAnswerThatNobodyAskedForIsNobodysAnswer) {
  raw.on_bytes = [](RawServer::Peer& peer) {
    peer.forget_received();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown" + std::string(peer.number() == 0
                                                                                   ? "HTTP/1.1 200 OK\r\n"
                                                                                     "Content-Length: 6\r\n\r\nforged"
                                                                                   : ""));
  };
  HttpPool pool(loop, trust.client(), local_url(false, raw.port()), config);
  for (int i = 0; i < 2; ++i) {
    const auto outcome = send(pool, get("/"));
    ASSERT_TRUE(wait(outcome));
    EXPECT_EQ(outcome->response->body, "own");
  }
  EXPECT_EQ(raw.peers.size(), 2U);
}

TEST_F(HttpFaults, WarmConnectionsAreOpenedAheadAndAgain) {
  config.warm = 2;
  HttpPool pool(loop, trust.client(), local_url(false, raw.port()), config);
  ASSERT_TRUE(run_until(loop, [&] { return raw.peers.size() == 2; }));
  answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(wait(send(pool, get("/"))));
  ASSERT_TRUE(run_until(loop, [&] { return raw.peers.size() == 3; }));
}

TEST_F(HttpFaults, AServerThatHangsUpAtOnceIsNotHammered) {
  config.warm = 2;
  raw.on_connect = [](RawServer::Peer& peer) { peer.abort(); };
  HttpPool pool(loop, trust.client(), local_url(false, raw.port()), config);
  const auto outcome = send(pool, get("/"), milliseconds(500));
  ASSERT_TRUE(wait(outcome));
  EXPECT_FALSE(outcome->response);
  EXPECT_LT(raw.peers.size(), 20U);
}

TEST_F(HttpFaults, FetchNamesTheCause) {
  std::uint16_t port = 0;
  { port = RawServer(loop).port(); }
  const auto response = fetch(local_url(false, port), trust.client(), get("/"), seconds(5));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, "net.not_sent");
  EXPECT_THAT(response.error().message, HasSubstr("Connection refused"));
}

}  // namespace
}  // namespace ebb::net
