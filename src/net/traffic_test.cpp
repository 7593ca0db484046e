// Much traffic over loopback TLS, server and client each with a thread of its own: nothing is lost or out of order.
// The figures are printed, not judged.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "net/http_client.hpp"
#include "net/test_support.hpp"

namespace ebb::net {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kScale = 20;
#else
constexpr int kScale = 1;
#endif

/// A server on a thread of its own.
class ServerThread {
 public:
  explicit ServerThread(const Trust& trust) {
    ServerConfig config;
    config.tls = trust.identity();
    server_ = Server::listen(loop_, config, handler_).value();
  }
  ~ServerThread() { stop(); }
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;
  void run() {
    thread_ = std::thread([this] { loop_.run(); });
  }
  void stop() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] Loop& loop() { return loop_; }
  [[nodiscard]] RecordingServer& handler() { return handler_; }
  [[nodiscard]] Server& server() { return *server_; }

 private:
  Loop loop_;
  RecordingServer handler_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

/// Counts texts that carry their number in their first eight digits.
struct CountingClient : WebSocketHandler {
  void on_open(Timestamp) override { ++opened; }
  void on_text(Timestamp, std::string_view text) override {
    if (std::stoi(std::string(text.substr(0, 8))) != next) in_order = false;
    ++next;
    bytes += text.size();
  }
  void on_closed(Timestamp, const Error& error) override { ADD_FAILURE() << error.message; }
  int opened = 0;
  int next = 0;
  bool in_order = true;
  std::size_t bytes = 0;
};

/// `per_turn` texts to every socket in each turn of the server's loop, `count` to each in all.
void stream_texts(int sockets, int count, int per_turn) {
  const Trust trust;
  ServerThread server(trust);
  const std::string filler(592, 'x');
  std::function<void(int)> turn = [&](int from) {
    for (int i = from; i < std::min(from + per_turn, count); ++i) {
      const auto text = std::make_shared<const std::string>(fmt::format("{:08}", i) + filler);
      for (const auto& [socket, target] : server.handler().opened) server.server().send(socket, text);
    }
    if (from + per_turn < count) server.loop().post([&, from] { turn(from + per_turn); });
  };
  server.run();
  Loop loop;
  std::vector<CountingClient> handlers(static_cast<std::size_t>(sockets));
  std::vector<std::unique_ptr<WebSocketClient>> clients;
  for (CountingClient& handler : handlers) {
    clients.push_back(std::make_unique<WebSocketClient>(loop, trust.client(), handler));
    clients.back()->connect(local_url(true, server.server().port()));
  }
  ASSERT_TRUE(run_until(loop, [&] {
    return std::ranges::all_of(handlers, [](const CountingClient& handler) { return handler.opened == 1; });
  }));
  const Timestamp start = loop.now();
  server.loop().post([&] { turn(0); });
  const bool all = run_until(loop, [&] {
    return std::ranges::all_of(handlers, [&](const CountingClient& handler) { return handler.next == count; });
  });
  const double elapsed = to_seconds(loop.now() - start);
  EXPECT_TRUE(all);
  for (const CountingClient& handler : handlers) EXPECT_TRUE(handler.in_order);
  fmt::print("{} TLS sockets, {} a turn: {:.0f} texts/s of 600 bytes\n", sockets, per_turn, sockets * count / elapsed);
  for (auto& client : clients) client->close();
  server.stop();
}

TEST(Traffic, OneTlsSocketLosesNothing) { stream_texts(1, 400'000 / kScale, 50); }
TEST(Traffic, TwentyFiveTlsSocketsLoseNothing) { stream_texts(25, 20'000 / kScale, 4); }

TEST(Traffic, HttpRoundTripsOverAWarmTlsConnection) {
  for (const Duration spin : {Duration(0), milliseconds(1)}) {
    const Trust trust;
    ServerThread server(trust);
    server.loop().set_spin(spin);
    server.handler().answer = [&](const RecordingServer::Request& request) {
      server.server().respond(request.id, {200, {{"Content-Type", "application/json"}}, R"({"success":true})"});
      server.handler().requests.clear();
    };
    server.run();
    Loop loop;
    loop.set_spin(spin);
    HttpPool pool(loop, trust.client(), local_url(true, server.server().port()));
    std::vector<std::int64_t> times;
    const std::size_t count = 2'000 / kScale;
    Timestamp sent;
    Timestamp handed;
    std::vector<std::int64_t> inside;
    std::function<void()> next = [&] {
      sent = loop.now();
      pool.send(
          {HttpMethod::post, "/order", {{"Content-Type", "application/json"}}, std::string(700, 'b')}, seconds(10),
          [&](Timestamp received, const Expected<HttpResponse>& response) {
            ASSERT_TRUE(response);
            times.push_back((received - sent).raw());
            if (times.size() == count) return loop.stop();
            next();
          },
          [&](Timestamp written) { inside.push_back((written - sent).raw()); });
    };
    next();
    loop.run();
    ASSERT_EQ(times.size(), count);
    std::ranges::sort(times);
    std::ranges::sort(inside);
    fmt::print("HTTP over TLS, spin {} us: round trip p50 {:.1f} us, p99 {:.1f} us; send() to socket p50 {:.1f} us\n",
               spin.raw() / 1000, static_cast<double>(times[count / 2]) / 1e3,
               static_cast<double>(times[count * 99 / 100]) / 1e3, static_cast<double>(inside[count / 2]) / 1e3);
  }
}

}  // namespace
}  // namespace ebb::net
