#include "session/key_setup.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "polymarket/rest_requests.hpp"

namespace ebb::session {
namespace {

/// The venue's words for "this wallet has no API key yet", in any case.
bool says_none(std::string_view text) {
  constexpr std::string_view kNone = "could not derive";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(text.begin(), text.end(), kNone.begin(), kNone.end(), same) != text.end();
}

}  // namespace

KeySetup::KeySetup(KeySetupOptions options, const crypto::PrivateKey& key, RestSink& sink)
    : options_(options), key_(key), sink_(sink) {}

void KeySetup::start(Timestamp now) {
  creating_ = false;
  tries_ = 0;
  result_.reset();
  ask(now);
}

void KeySetup::ask(Timestamp now) {
  retry_at_ = kNever;
  ++tries_;
  in_flight_ = RequestId(next_id_++);
  HttpRequest request = creating_ ? polymarket::create_key_request() : polymarket::derive_key_request();
  const std::int64_t unix_seconds = (now + options_.clock_offset).ns() / 1'000'000'000;
  for (HttpHeader& header : polymarket::l1_headers(key_, options_.chain_id, unix_seconds, options_.nonce))
    request.headers.push_back(std::move(header));
  sink_.send(in_flight_, Origin::clob, std::move(request), options_.timeout);
}

void KeySetup::try_again(Timestamp now, Error error) {
  if (tries_ >= options_.tries) {
    result_ = std::unexpected(std::move(error));
    return;
  }
  retry_at_ = now + options_.retry * (std::int64_t{1} << (tries_ - 1));
}

void KeySetup::on_timer(Timestamp now) {
  if (now >= retry_at_) ask(now);
}

void KeySetup::on_answer(Timestamp now, RequestId id, const Expected<HttpResponse>& answer) {
  if (result_ || id != in_flight_) return;
  in_flight_ = RequestId::none();
  const std::string what = creating_ ? "creating an API key" : "deriving the API key";
  if (!answer) {
    return try_again(
        now, {"keys.unreachable", what + ": " + answer.error().message, "check the network and [venue] clob_rest"});
  }
  const int status = answer->status;
  if (status >= 200 && status < 300) {
    if (auto credentials = reader_.credentials(answer->body)) {
      result_ = std::move(*credentials);
      return;
    }
    // Its text may hold half a secret: it is not shown.
    return try_again(now, {"keys.unreadable", what + ": the answer holds no key, secret and passphrase",
                           "check that [venue] clob_rest is the CLOB's address"});
  }
  const polymarket::ErrorBody error = reader_.error(answer->body);
  const std::string told = "HTTP " + std::to_string(status) + (error.text.empty() ? "" : " " + std::string(error.text));
  // 404, or 400 with these very words, mean that there is none yet; any other 400 may be about our request.
  const bool none_yet = status == 404 || (status == 400 && says_none(error.text));
  if (!creating_ && error.is_json && none_yet) {
    creating_ = true;
    tries_ = 0;
    return ask(now);
  }
  if (status >= 500 || status == 425 || status == 429) {
    return try_again(now, {"keys.unreachable", what + ": " + told, "the venue is not ready: try again later"});
  }
  result_ = fail("keys.refused", what + ": " + told,
                 error.is_json ? "check the private key, the chain and this machine's clock (`ebb doctor`)"
                               : "something in front of the venue answered: check the network, a proxy, the region");
}

}  // namespace ebb::session
