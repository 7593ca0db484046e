#include "net/http_client.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "net/http_test_support.hpp"
#include "net/server.hpp"

namespace ebb::net {
namespace {

using testing::StartsWith;

/// Pool and Server, plain and with TLS.
class HttpPair : public PoolTest, public testing::TestWithParam<bool> {
 protected:
  void start(ServerConfig config = {}) {
    if (GetParam()) config.tls = trust.identity();
    server = Server::listen(loop, config, at_server).value();
    at_server.answer = [this](const RecordingServer::Request& request) {
      server->respond(request.id, {200, {{"X-Echo", request.request.target}}, request.request.body});
    };
  }
  [[nodiscard]] Url origin() const { return local_url(GetParam(), server->port()); }

  RecordingServer at_server;
  std::unique_ptr<Server> server;
};
INSTANTIATE_TEST_SUITE_P(PlainAndTls, HttpPair, testing::Bool(),
                         [](const auto& test) { return test.param ? "tls" : "plain"; });

TEST_P(HttpPair, CarriesRequestsAndAnswers) {
  start();
  HttpPool pool(loop, trust.client(), origin());
  const Timestamp before = loop.now();
  const auto outcome = send(pool, post("/order?x=1", R"({"a":1})"));
  EXPECT_EQ(pool.pending(), 1U);
  ASSERT_TRUE(wait(outcome));
  ASSERT_EQ(outcome->code(), "ok");
  EXPECT_EQ(outcome->response->status, 200);
  EXPECT_EQ(outcome->response->body, R"({"a":1})");
  EXPECT_EQ(find_header(outcome->response->headers, "x-echo"), "/order?x=1");
  EXPECT_LT(before, outcome->written);
  EXPECT_LT(outcome->written, outcome->received);
  EXPECT_EQ(pool.pending(), 0U);
  const HttpRequest& seen = at_server.requests.front().request;
  EXPECT_EQ(seen.method, HttpMethod::post);
  EXPECT_EQ(find_header(seen.headers, "content-type"), "application/json");
  EXPECT_EQ(find_header(seen.headers, "host"), origin().authority(true));
  EXPECT_EQ(find_header(seen.headers, "user-agent"), "ebb");
  EXPECT_TRUE(at_server.requests.front().loopback);
}

TEST_P(HttpPair, CarriesEveryMethodAndBigBodies) {
  start();
  HttpPool pool(loop, trust.client(), origin());
  const std::string big(3'000'000, 'b');
  const auto one = send(pool, post("/big", big));
  const auto two = send(pool, {HttpMethod::del, "/order", {}, "[]"});
  const auto three = send(pool, {HttpMethod::del, "/cancel-all", {}, ""});
  const auto four = send(pool, get("/"));
  for (const auto& outcome : {one, two, three, four}) {
    ASSERT_TRUE(wait(outcome));
    ASSERT_EQ(outcome->code(), "ok");
  }
  EXPECT_EQ(one->response->body, big);
  EXPECT_EQ(two->response->body, "[]");
  EXPECT_EQ(three->response->body, "");
}

TEST_P(HttpPair, ManyRequestsShareFewConnectionsInOrder) {
  start();
  HttpPoolConfig config;
  config.connections = 1;
  config.warm = 1;
  HttpPool pool(loop, trust.client(), origin(), config);
  std::vector<std::shared_ptr<Outcome>> outcomes;
  for (int i = 0; i < 200; ++i) outcomes.push_back(send(pool, get("/" + std::to_string(i))));
  EXPECT_EQ(pool.pending(), 200U);
  ASSERT_TRUE(wait(outcomes.back()));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_EQ(outcomes[i]->calls, 1);
    EXPECT_EQ(at_server.requests[i].request.target, "/" + std::to_string(i));
  }
}

TEST_P(HttpPair, SendsAgainFromInsideAnAnswer) {
  start();
  HttpPool pool(loop, trust.client(), origin());
  int answers = 0;
  std::function<void()> next = [&] {
    pool.send(get("/"), seconds(10), [&](Timestamp, const Expected<HttpResponse>& response) {
      EXPECT_TRUE(response);
      if (++answers < 50) next();
    });
  };
  next();
  ASSERT_TRUE(run_until(loop, [&] { return answers == 50; }));
}

TEST_P(HttpPair, AnswersMayComeLater) {
  start();
  at_server.answer = {};
  HttpPool pool(loop, trust.client(), origin());
  const auto first = send(pool, get("/first"));
  const auto second = send(pool, get("/second"));
  ASSERT_TRUE(run_until(loop, [&] { return at_server.requests.size() == 2; }));
  server->respond(at_server.requests[1].id, {201, {}, "b"});
  ASSERT_TRUE(run_until(loop, [&] { return first->calls + second->calls == 1; }));
  server->respond(at_server.requests[0].id, {202, {}, "a"});
  server->respond(at_server.requests[0].id, {500, {}, "answered already"});
  ASSERT_TRUE(run_until(loop, [&] { return first->calls + second->calls == 2; }));
}

TEST_P(HttpPair, ADroppedRequestMayHaveHadAnEffect) {
  start();
  at_server.answer = [this](const RecordingServer::Request& request) { server->drop_request(request.id); };
  HttpPool pool(loop, trust.client(), origin());
  const auto outcome = send(pool, post("/order", "{}"));
  ASSERT_TRUE(wait(outcome));
  EXPECT_EQ(outcome->code(), "net.closed");
  EXPECT_THAT(outcome->response.error().message, StartsWith("POST /order to 127.0.0.1:"));
  EXPECT_EQ(at_server.requests.size(), 1U) << "never sent twice";
}

TEST_P(HttpPair, NoAnswerInTimeMayHaveHadAnEffect) {
  start();
  at_server.answer = {};
  HttpPool pool(loop, trust.client(), origin());
  const auto outcome = send(pool, post("/order?secret=1", "{}"), milliseconds(200));
  ASSERT_TRUE(wait(outcome));
  EXPECT_EQ(outcome->code(), "net.timeout");
  EXPECT_EQ(outcome->response.error().message.find("secret"), std::string::npos);
  // The late answer belongs to a connection that is gone: the next request gets its own.
  server->respond(at_server.requests[0].id, {200, {}, "late"});
  at_server.answer = [this](const RecordingServer::Request& r) { server->respond(r.id, {200, {}, "own"}); };
  const auto next = send(pool, get("/"));
  ASSERT_TRUE(wait(next));
  EXPECT_EQ(next->response->body, "own");
  EXPECT_EQ(outcome->calls, 1);
}

TEST_P(HttpPair, AnIdleConnectionThatTheServerEndedIsReplacedInSilence) {
  ServerConfig config;
  config.idle_timeout = milliseconds(50);
  start(config);
  HttpPoolConfig pool_config;
  pool_config.warm = 0;
  HttpPool pool(loop, trust.client(), origin(), pool_config);
  for (int i = 0; i < 3; ++i) {
    const auto outcome = send(pool, post("/order", "{}"));
    ASSERT_TRUE(wait(outcome));
    EXPECT_EQ(outcome->code(), "ok");
    // Time for the server to end the idle connection.
    const Timestamp until = loop.now() + milliseconds(80);
    ASSERT_TRUE(run_until(loop, [&] { return loop.now() >= until; }));
    loop.run_for(Duration(0));  // whatever is due by now has happened
    loop.run_for(Duration(0));
  }
  EXPECT_EQ(at_server.requests.size(), 3U);
}

TEST_P(HttpPair, MayBeDestroyedFromInsideAnAnswer) {
  start();
  auto pool = std::make_unique<HttpPool>(loop, trust.client(), origin());
  int answers = 0;
  for (int i = 0; i < 8; ++i) {
    pool->send(get("/"), seconds(10), [&](Timestamp, const Expected<HttpResponse>&) {
      ++answers;
      pool.reset();
    });
  }
  ASSERT_TRUE(run_until(loop, [&] { return answers > 0; }));
  loop.run_for(milliseconds(20));
  EXPECT_EQ(answers, 1);
}

TEST_P(HttpPair, FetchBlocksUntilTheAnswer) {
  start();
  std::atomic<bool> done = false;
  Expected<HttpResponse> response = fail("none", "");
  std::thread other([&] {
    Url url = origin();
    url.target = "/time?x=1";
    response = fetch(url, trust.client(), get("/"), seconds(10));
    done = true;
  });
  EXPECT_TRUE(run_until(loop, [&] { return done.load(); }));
  other.join();
  ASSERT_TRUE(response);
  EXPECT_EQ(find_header(response->headers, "X-Echo"), "/time?x=1");
}

}  // namespace
}  // namespace ebb::net
