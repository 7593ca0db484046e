// What the tests of the HTTP pool share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "net/http_client.hpp"
#include "net/test_support.hpp"

namespace ebb::net {

/// What became of one request.
struct Outcome {
  int calls = 0;
  Timestamp received;
  Timestamp written;
  Expected<HttpResponse> response = fail("none", "");
  [[nodiscard]] std::string code() const { return response ? "ok" : response.error().code; }
};

inline HttpRequest get(std::string target) { return {HttpMethod::get, std::move(target), {}, {}}; }
inline HttpRequest post(std::string target, std::string body) {
  return {HttpMethod::post, std::move(target), {{"Content-Type", "application/json"}}, std::move(body)};
}

/// Sends requests and notes what becomes of them; checks that no answer comes from inside send().
class PoolTest {
 protected:
  std::shared_ptr<Outcome> send(HttpPool& pool, HttpRequest request, Duration timeout = seconds(10)) {
    auto outcome = std::make_shared<Outcome>();
    inside_send_ = true;
    pool.send(
        std::move(request), timeout,
        [this, outcome](Timestamp received, Expected<HttpResponse> response) {
          EXPECT_FALSE(inside_send_) << "done() from inside send()";
          ++outcome->calls;
          outcome->received = received;
          outcome->response = std::move(response);
        },
        [outcome](Timestamp written) { outcome->written = written; });
    inside_send_ = false;
    return outcome;
  }
  [[nodiscard]] bool wait(const std::shared_ptr<Outcome>& outcome) {
    return run_until(loop, [&] { return outcome->calls > 0; });
  }

  bool inside_send_ = false;
  Trust trust;
  Loop loop;
};

}  // namespace ebb::net
