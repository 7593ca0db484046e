#include "bench/sign_cases.hpp"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "base/random.hpp"
#include "crypto/hex.hpp"
#include "polymarket/amounts.hpp"
#include "polymarket/auth.hpp"
#include "polymarket/order_signing.hpp"
#include "polymarket/rest_requests.hpp"

namespace ebb::bench {
namespace {

// Known to everybody: the first account of the usual development chains.
constexpr std::string_view kDevKey = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
constexpr std::string_view kToken = "71321045679252212594626385532706912750332728571942532289631379312455583992563";
constexpr std::string_view kHost = "clob.polymarket.com";

/// The request as it goes to a socket.
void append_bytes(const HttpRequest& request, std::string& out) {
  out += to_text(request.method);
  out += ' ';
  out += request.target;
  out += " HTTP/1.1\r\nHost: ";
  out += kHost;
  out += "\r\n";
  for (const HttpHeader& header : request.headers) {
    out += header.name;
    out += ": ";
    out += header.value;
    out += "\r\n";
  }
  out += "Content-Length: ";
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, request.body.size()).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
  out += "\r\n\r\n";
  out += request.body;
}

/// One account, one market, and the steps that the engine and the gateway take between a decision and the socket.
class Fixture {
 public:
  explicit Fixture(polymarket::SignatureType type)
      : signer_(crypto::PrivateKey::parse(kDevKey).value(), polymarket::kPolygon),
        l2_(polymarket::L2Signer::create(
                {"00000000-0000-4000-8000-000000000001",
                 "c2VjcmV0LWZvci1hLWJlbmNobWFyay0wMDAwMDA=", "passphrase-of-thirty-two-letters"},
                signer_.key().address())
                .value()),
        address_(crypto::checksum_text(signer_.key().address())) {
    fields_.maker = fields_.signer = signer_.key().address();
    fields_.token_id = crypto::word_from_decimal(kToken).value();
    fields_.signature_type = type;
    fields_.timestamp_ms = 1'790'000'000'000;
    CHECK(crypto::read_hex(kDevKey, key_));
    CHECK(context_ != nullptr);
  }
  ~Fixture() { secp256k1_context_destroy(context_); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  double ours(std::int64_t iterations) {
    return timed(iterations, [&](std::int64_t i) { keep(place(i).size()); });
  }

  double bare_signature(std::int64_t iterations) {
    return timed(iterations, [&](std::int64_t i) {
      std::array<std::uint8_t, 32> digest{};
      for (std::size_t byte = 0; byte < 8; ++byte) digest[byte] = static_cast<std::uint8_t>(i >> (8 * byte));
      secp256k1_ecdsa_recoverable_signature signature;
      keep(secp256k1_ecdsa_sign_recoverable(context_, &signature, digest.data(), key_.data(), nullptr, nullptr));
    });
  }

  [[nodiscard]] std::size_t bytes() { return place(0).size(); }

 private:
  const std::string& place(std::int64_t i) {
    using model::Side;
    const Side side = i % 2 == 0 ? Side::buy : Side::sell;
    const auto amounts = polymarket::limit_amounts(side, Price(static_cast<std::int32_t>(100 * (1 + i % 99))),
                                                   Shares(5'000'000 + i % 10'000 * 10'000), Price(100));
    CHECK(amounts.has_value());
    const auto contract = polymarket::select_exchange(model::ProtocolVersion::v1, i % 4 == 0, fields_.token_id);
    CHECK(contract.has_value());
    fields_.side = side;
    fields_.salt = random_.below(std::uint64_t{1} << 53);
    ++fields_.timestamp_ms;
    fields_.maker_amount = amounts->maker;
    fields_.taker_amount = amounts->taker;
    const model::OrderId id = signer_.digester().digest(*contract, fields_);
    signature_.clear();
    signer_.sign(*contract, fields_, id, signature_);
    HttpRequest request = polymarket::post_order_request();
    request.body.reserve(kBodyBytes);
    polymarket::append_order_body(fields_,
                                  {.token_id = kToken,
                                   .maker = address_,
                                   .signer = address_,
                                   .signature = signature_,
                                   .owner = "00000000-0000-4000-8000-000000000001",
                                   .post_only = true},
                                  request.body);
    l2_.add_headers(request, fields_.timestamp_ms / 1000);
    out_.clear();
    append_bytes(request, out_);
    return out_;
  }

  static constexpr std::size_t kBodyBytes = 1600;  // of an order with the longest signature

  polymarket::OrderSigner signer_;
  polymarket::L2Signer l2_;
  std::string address_;
  polymarket::OrderFields fields_;
  Random random_{593};
  std::string signature_;
  std::string out_;
  std::array<std::uint8_t, 32> key_{};
  secp256k1_context* context_ = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
};

}  // namespace

void add_sign_cases(std::vector<Case>& cases) {
  auto fixture = std::make_shared<std::unique_ptr<Fixture>>();
  const auto get = [fixture]() -> Fixture& {
    if (!*fixture) *fixture = std::make_unique<Fixture>(polymarket::SignatureType::eoa);
    return **fixture;
  };
  Case result;
  result.name = "sign/order";
  result.unit = Unit::ns_per_op;
  result.reference = "libsecp256k1, bare recoverable signature";
  result.ours = [get](std::int64_t n) { return get().ours(n); };
  result.reference_run = [get](std::int64_t n) { return get().bare_signature(n); };
  result.extra = [get]() -> std::vector<Extra> {
    constexpr std::int64_t kRuns = 2'000;
    Fixture wallet(polymarket::SignatureType::poly_1271);
    return {{"bytes", static_cast<double>(get().bytes())}, {"deposit_wallet_ns", wallet.ours(kRuns) / kRuns * 1e9}};
  };
  result.release = [fixture] { fixture->reset(); };
  cases.push_back(std::move(result));
}

}  // namespace ebb::bench
