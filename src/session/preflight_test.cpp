#include "session/preflight.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "session/order_sender_fixture.hpp"

namespace ebb::session::test {
namespace {

using polymarket::SignatureType;

const crypto::Address kKey = crypto::parse_address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266").value();
const std::string kFunder = "0x00000000000000000000000000000000000000Ee";
constexpr const char* kGranted =
    R"({"balance":"25000000","allowances":{"0xE111180000d2663C0091e4f400237545B87B996B":"115792089237316195423570985008687907853269984665640564039457584007913129639935"}})";

struct Rig : RestSink {
  explicit Rig(PreflightOptions options = {}, bool keys = true)
      : preflight(
            [&] {
              if (options.wallet.maker == crypto::Address{}) options.wallet = {SignatureType::eoa, kKey, kKey, kKey};
              return options;
            }(),
            keys ? &l2 : nullptr, *this) {
    answers["/version"] = {200, {}, R"({"version":2})"};
    answers["/time"] = {200, {}, "1790000000"};
    answers["/"] = {200, {}, R"({"blocked":false,"ip":"1.2.3.4","country":"CH","region":"ZH"})"};
    answers["/auth/ban-status/closed-only"] = {200, {}, R"({"closed_only":false})"};
    answers["/balance-allowance/update"] = {200, {}, ""};
    answers["/balance-allowance"] = {200, {}, kGranted};
  }
  void send(RequestId id, Origin origin, HttpRequest request, Duration) override {
    pending.emplace_back(id, request.path());
    origins[std::string(request.path())] = origin;
    requests.push_back(std::move(request));
  }
  void run() {
    preflight.start(now);
    for (int i = 0; i < 100 && !preflight.done(); ++i) {
      while (!pending.empty()) {
        const auto [id, path] = pending.front();
        pending.erase(pending.begin());
        const auto it = answers.find(path);
        if (it == answers.end()) {
          preflight.on_answer(now, id, std::unexpected(Error{"net.not_sent", "cannot connect", ""}));
        } else {
          preflight.on_answer(now, id, it->second);
        }
      }
      if (preflight.next_timer() != kNever) {
        now = std::max(now, preflight.next_timer());
        preflight.on_timer(now);
      }
    }
    ASSERT_TRUE(preflight.done());
  }
  const CheckLine& line(std::string_view name) const {
    for (const CheckLine& l : preflight.lines()) {
      if (l.name == name) return l;
    }
    static const CheckLine kNone;
    ADD_FAILURE() << "no line " << name;
    return kNone;
  }
  bool failed(std::string_view name) const {
    const CheckLine& l = line(name);
    if (l.state == CheckState::failed) {
      EXPECT_FALSE(l.hint.empty()) << name;
    }
    return l.state == CheckState::failed && !preflight.passed();
  }

  Timestamp now = kStart;
  polymarket::L2Signer l2 = polymarket::L2Signer::create({"k", "c2VjcmV0", "p"}, kKey).value();
  std::map<std::string, HttpResponse> answers;
  std::map<std::string, Origin> origins;
  std::vector<std::pair<RequestId, std::string>> pending;
  std::vector<HttpRequest> requests;
  Preflight preflight;
};

TEST(Preflight, passes_when_all_is_well) {
  Rig rig;
  rig.run();
  for (const CheckLine& line : rig.preflight.lines()) EXPECT_EQ(line.state, CheckState::ok) << line.name << line.text;
  EXPECT_TRUE(rig.preflight.passed());
  EXPECT_EQ(rig.preflight.cash(), dollars(25));
  EXPECT_EQ(rig.origins["/"], Origin::geoblock);
  EXPECT_EQ(rig.preflight.clock_offset(), Duration(0));
}

TEST(Preflight, each_check_fails_by_itself_and_says_how_to_mend_it) {
  const std::tuple<const char*, HttpResponse, const char*> rows[] = {
      {"/", {200, {}, R"({"blocked":true,"country":"US","region":"NY"})"}, "geoblock"},
      {"/", {200, {}, "<html>"}, "geoblock"},
      {"/version", {200, {}, R"({"version":3})"}, "version"},
      {"/version", {200, {}, "<html>"}, "version"},
      {"/time", {200, {}, "1790000600"}, "clock"},
      {"/time", {200, {}, "soon"}, "clock"},
      {"/auth/ban-status/closed-only", {200, {}, R"({"closed_only":true})"}, "account"},
      {"/auth/ban-status/closed-only", {401, {}, R"({"error":"Unauthorized/Invalid api key"})"}, "account"},
      {"/auth/ban-status/closed-only", {200, {}, "{}"}, "account"},
      {"/balance-allowance", {200, {}, R"({"balance":"0","allowances":{}})"}, "cash"},
      {"/balance-allowance", {200, {}, R"({"balance":"25000000","allowances":{}})"}, "allowance/standard"},
      {"/balance-allowance",
       {200, {}, R"({"balance":"25000000","allowances":{"0xe111180000d2663c0091e4f400237545b87b996b":"0"}})"},
       "allowance/standard"},
      {"/balance-allowance", {200, {}, "null"}, "cash"},
      {"/balance-allowance", {500, {}, "{}"}, "cash"},
      {"/balance-allowance/update", {403, {}, "<html>"}, "cash"},
  };
  for (const auto& [path, answer, name] : rows) {
    Rig rig;
    rig.answers[path] = answer;
    rig.run();
    EXPECT_TRUE(rig.failed(name)) << path << ' ' << answer.body;
  }
}

TEST(Preflight, what_cannot_be_reached_fails_after_its_tries) {
  Rig rig;
  rig.answers.erase("/version");
  rig.run();
  EXPECT_TRUE(rig.failed("version"));
  EXPECT_EQ(rig.line("account").state, CheckState::ok);
}

TEST(Preflight, a_clock_that_is_seconds_off_is_corrected_and_warned_of) {
  Rig rig;
  rig.answers["/time"] = {200, {}, "1789999980"};
  rig.run();
  EXPECT_EQ(rig.line("clock").state, CheckState::warning);
  EXPECT_TRUE(rig.preflight.passed());
  ASSERT_TRUE(rig.preflight.clock_offset());
  EXPECT_NEAR(to_seconds(*rig.preflight.clock_offset()), -20, 1);
}

TEST(Preflight, signatures_refused_for_the_clock_are_made_again_with_the_servers_time) {
  Rig rig;
  rig.answers["/time"] = {200, {}, "1789999970"};
  rig.answers["/auth/ban-status/closed-only"] = {401, {}, R"({"error":"Unauthorized/Invalid api key"})"};
  rig.run();
  std::vector<std::string> times;
  for (const HttpRequest& request : rig.requests) {
    if (request.path() == "/auth/ban-status/closed-only")
      times.emplace_back(find_header(request.headers, "POLY_TIMESTAMP"));
  }
  ASSERT_EQ(times.size(), 3u);
  EXPECT_EQ(times[0], "1790000000");
  EXPECT_LT(times[1], "1789999980");
}

TEST(Preflight, asks_for_the_allowance_of_each_contract_in_use) {
  PreflightOptions options;
  options.contracts = {{polymarket::ExchangeContract::standard, {}}, {polymarket::ExchangeContract::neg_risk, {}}};
  Rig rig(options);
  rig.run();
  EXPECT_EQ(rig.line("allowance/standard").state, CheckState::ok);
  EXPECT_TRUE(rig.failed("allowance/neg_risk"));
}

TEST(Preflight, an_old_answer_with_one_allowance_is_a_warning) {
  Rig rig;
  rig.answers["/balance-allowance"] = {200, {}, R"({"balance":"25000000","allowance":"999"})"};
  rig.run();
  EXPECT_EQ(rig.line("allowance/standard").state, CheckState::warning);
  EXPECT_TRUE(rig.preflight.passed());
}

TEST(Preflight, sells_of_a_sample_token) {
  PreflightOptions options;
  options.contracts = {{polymarket::ExchangeContract::v3, kTokens[0]}};
  Rig rig(options);
  rig.run();
  EXPECT_TRUE(rig.failed("shares/v3"));
  bool asked = false;
  for (const HttpRequest& request : rig.requests)
    asked = asked || query_value(request.query(), "asset_type") == "CONDITIONAL-V2";
  EXPECT_TRUE(asked);
}

TEST(Preflight, without_credentials_names_what_is_missing) {
  Rig rig({}, false);
  rig.run();
  EXPECT_TRUE(rig.failed("account"));
  EXPECT_TRUE(rig.failed("cash"));
  EXPECT_EQ(rig.line("version").state, CheckState::ok);
}

TEST(Preflight, an_own_exchange_needs_no_geoblock) {
  PreflightOptions options;
  options.geoblock = false;
  Rig rig(options);
  rig.run();
  EXPECT_EQ(rig.origins.count("/"), 0u);
  EXPECT_TRUE(rig.preflight.passed());
}

TEST(Wallet, types_fit_their_addresses_or_are_refused) {
  const auto with = [&](SignatureType type, std::string_view funder) { return make_wallet(type, kKey, funder); };
  EXPECT_EQ(with(SignatureType::eoa, "")->maker, kKey);
  EXPECT_EQ(with(SignatureType::eoa, kFunder).error().code, "wallet.type_mismatch");
  for (const SignatureType type : {SignatureType::poly_proxy, SignatureType::poly_gnosis_safe}) {
    const auto wallet = with(type, kFunder);
    ASSERT_TRUE(wallet);
    EXPECT_EQ(wallet->signer, kKey);
    EXPECT_NE(wallet->maker, kKey);
    EXPECT_EQ(with(type, "").error().code, "wallet.type_mismatch");
  }
  const auto deposit = with(SignatureType::poly_1271, kFunder);
  ASSERT_TRUE(deposit);
  EXPECT_EQ(deposit->signer, deposit->maker);
  EXPECT_EQ(with(SignatureType::poly_1271, "").error().code, "wallet.type_mismatch");
  EXPECT_EQ(with(SignatureType::poly_proxy, "0x12").error().code, "wallet.bad_funder");
  WalletSetup odd{SignatureType::poly_1271, kKey, deposit->maker, kKey};
  EXPECT_FALSE(check_wallet(odd));
  odd = {SignatureType::poly_proxy, kKey, deposit->maker, deposit->maker};
  EXPECT_FALSE(check_wallet(odd));
}

}  // namespace
}  // namespace ebb::session::test
