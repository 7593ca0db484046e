#include "session/key_setup.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "session/order_sender_fixture.hpp"

namespace ebb::session::test {
namespace {

constexpr const char* kCredentials = R"({"apiKey":"uuid-1","secret":"c2VjcmV0","passphrase":"pass"})";

struct Rig : RestSink {
  void send(RequestId id, Origin, HttpRequest request, Duration) override {
    ids.push_back(id);
    requests.push_back(std::move(request));
  }
  void answer(int status, std::string body) {
    setup.on_answer(now, ids.back(), HttpResponse{status, {}, std::move(body)});
  }
  void lose() { setup.on_answer(now, ids.back(), std::unexpected(Error{"net.timeout", "no answer", ""})); }
  void wait() {
    ASSERT_NE(setup.next_timer(), kNever);
    now = setup.next_timer();
    setup.on_timer(now);
  }
  Timestamp now = kStart;
  crypto::PrivateKey key = crypto::PrivateKey::parse(kTestKey).value();
  KeySetup setup{{}, key, *this};
  std::vector<RequestId> ids;
  std::vector<HttpRequest> requests;
};

TEST(KeySetup, derives_first) {
  Rig rig;
  rig.setup.start(rig.now);
  ASSERT_EQ(rig.requests.size(), 1u);
  EXPECT_EQ(rig.requests[0].target, "/auth/derive-api-key");
  EXPECT_EQ(find_header(rig.requests[0].headers, "POLY_ADDRESS"), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  EXPECT_EQ(find_header(rig.requests[0].headers, "POLY_TIMESTAMP"), "1790000000");
  EXPECT_EQ(find_header(rig.requests[0].headers, "POLY_NONCE"), "0");
  EXPECT_FALSE(rig.setup.result());
  rig.answer(200, kCredentials);
  ASSERT_TRUE(rig.setup.result() && rig.setup.result()->has_value());
  EXPECT_EQ(rig.setup.result()->value().key, "uuid-1");
  EXPECT_FALSE(rig.setup.created());
}

TEST(KeySetup, creates_only_when_the_venue_says_that_there_is_none) {
  for (const int status : {400, 404}) {
    Rig rig;
    rig.setup.start(rig.now);
    rig.answer(status, R"({"error":"Could not derive api key!"})");
    ASSERT_EQ(rig.requests.size(), 2u);
    EXPECT_EQ(rig.requests[1].target, "/auth/api-key");
    EXPECT_EQ(rig.requests[1].method, HttpMethod::post);
    EXPECT_FALSE(find_header(rig.requests[1].headers, "POLY_SIGNATURE").empty());
    rig.answer(200, kCredentials);
    EXPECT_TRUE(rig.setup.created());
  }
}

TEST(KeySetup, never_creates_after_another_failure) {
  for (const auto& [status, body] : {std::pair{401, R"({"error":"Invalid L1 Request headers"})"},
                                     {400, R"({"error":"Invalid nonce"})"},
                                     {404, "<html>not found</html>"},
                                     {403, "<html>Forbidden</html>"}}) {
    Rig rig;
    rig.setup.start(rig.now);
    rig.answer(status, body);
    EXPECT_EQ(rig.requests.size(), 1u) << body;
    ASSERT_TRUE(rig.setup.result());
    EXPECT_EQ(rig.setup.result()->error().code, "keys.refused");
    EXPECT_FALSE(rig.setup.result()->error().hint.empty());
  }
}

TEST(KeySetup, tries_again_while_the_link_or_the_server_fails) {
  Rig rig;
  rig.setup.start(rig.now);
  rig.lose();
  rig.wait();
  rig.answer(503, "{}");
  rig.wait();
  rig.answer(200, kCredentials);
  EXPECT_TRUE(rig.setup.result()->has_value());
  EXPECT_EQ(rig.requests[2].target, "/auth/derive-api-key");
  Rig dead;
  dead.setup.start(dead.now);
  for (int i = 0; i < 2; ++i) {
    dead.lose();
    dead.wait();
  }
  dead.lose();
  EXPECT_EQ(dead.setup.result()->error().code, "keys.unreachable");
  EXPECT_EQ(dead.setup.next_timer(), kNever);
}

TEST(KeySetup, an_unreadable_answer_shows_no_secret) {
  Rig rig;
  rig.setup.start(rig.now);
  for (int i = 0; i < 3; ++i) {
    rig.answer(200, R"({"apiKey":"uuid-1","secret":"TOPSECRET")");
    if (i < 2) rig.wait();
  }
  ASSERT_TRUE(rig.setup.result());
  const Error& error = rig.setup.result()->error();
  EXPECT_EQ(error.code, "keys.unreadable");
  EXPECT_EQ((error.message + error.hint).find("TOPSECRET"), std::string::npos);
}

TEST(KeySetup, answers_of_others_are_ignored) {
  Rig rig;
  rig.setup.start(rig.now);
  rig.setup.on_answer(rig.now, RequestId(77), HttpResponse{200, {}, kCredentials});
  EXPECT_FALSE(rig.setup.result());
}

}  // namespace
}  // namespace ebb::session::test
