// From the body of an order to a request for the exchange: form, identity, signature, price (protocol 5, 6.3).
#include "exchange/venue_order_form.hpp"

#include <fmt/format.h>

#include "base/decimal.hpp"
#include "polymarket/amounts.hpp"
#include "polymarket/order_signing.hpp"

namespace ebb::exchange {
namespace {

using polymarket::ExchangeContract;
using polymarket::JsonKind;
using polymarket::JsonNode;
using polymarket::plain_text;
using polymarket::SignatureType;

constexpr std::int64_t kMostSalt = (std::int64_t{1} << 53) - 1;
constexpr std::string_view kPayload = "Invalid order payload";

std::optional<std::int64_t> whole(const JsonNode& node) {
  const std::string_view text = plain_text(node);
  if (text.find('.') != std::string_view::npos) return std::nullopt;
  return parse_scaled(text, 0);
}

std::optional<model::OrderType> order_type(std::string_view text) {
  for (const auto type : {model::OrderType::gtc, model::OrderType::gtd, model::OrderType::fok, model::OrderType::fak}) {
    if (text == model::to_text(type)) return type;
  }
  return std::nullopt;
}

crypto::Word word_or_zero(const JsonNode& node) {
  const auto word = crypto::word_from_hex(plain_text(node));
  return word ? *word : crypto::Word{};
}

}  // namespace

std::expected<VenueServer::Impl::OrderForm, VenueServer::Impl::Refusal> VenueServer::Impl::read_form(
    const ApiKey& key, std::uint32_t node) const {
  const auto refuse = [](std::string_view text, int status = 400) {
    return std::unexpected(Refusal{status, std::string(text), std::nullopt});
  };
  const std::uint32_t order = tree.find(node, "order");
  if (tree[node].kind != JsonKind::object || order == 0 || tree[order].kind != JsonKind::object)
    return refuse(kPayload);
  OrderForm form;
  const auto type = order_type(plain_text(tree.member(node, "orderType")));
  const auto salt = whole(tree.member(order, "salt"));
  const auto making = whole(tree.member(order, "makerAmount"));
  const auto taking = whole(tree.member(order, "takerAmount"));
  const auto signature_type = whole(tree.member(order, "signatureType"));
  const auto maker = crypto::parse_address(plain_text(tree.member(order, "maker")));
  const auto signer = crypto::parse_address(plain_text(tree.member(order, "signer")));
  const std::string_view side = plain_text(tree.member(order, "side"));
  const std::string_view token_text = plain_text(tree.member(order, "tokenId"));
  const auto token_word = crypto::word_from_decimal(token_text);
  if (tree.find(order, "timestamp") == 0) return refuse("invalid order version, please use the latest clob-client");
  const auto timestamp = whole(tree.member(order, "timestamp"));
  if (!type || !salt || *salt > kMostSalt || !making || !taking || !maker || !signer || !timestamp)
    return refuse(kPayload);
  if (!signature_type || *signature_type > 3) return refuse("Invalid signature_type");
  if (side != "BUY" && side != "SELL") return refuse("Invalid side");
  if (!token_word) return refuse("Invalid token id");
  if (plain_text(tree.member(node, "owner")) != key.id) {
    return refuse("the order owner has to be the owner of the API KEY");
  }
  form.token = exchange.markets().find_token(token_text);
  if (!form.token.valid()) return refuse("No orderbook exists for the requested token id", 404);
  form.fields = {static_cast<std::uint64_t>(*salt),
                 *maker,
                 *signer,
                 *token_word,
                 *making,
                 *taking,
                 side == "BUY" ? model::Side::buy : model::Side::sell,
                 static_cast<SignatureType>(*signature_type),
                 *timestamp,
                 word_or_zero(tree.member(order, "metadata")),
                 word_or_zero(tree.member(order, "builder"))};
  form.maker = address_text(*maker);
  form.signer = address_text(*signer);
  form.signature = plain_text(tree.member(order, "signature"));
  form.type = *type;
  form.post_only = tree.member(node, "postOnly").text == "true";
  form.defer = tree.member(node, "deferExec").text == "true";
  const auto& expiration = tree.member(order, "expiration");
  const auto seconds = polymarket::is_blank(expiration) ? std::optional<std::int64_t>(0) : whole(expiration);
  if (!seconds) return refuse("invalid expiration");
  form.expiration = *seconds;
  return form;
}

/// Whose order it is: protocol 5.3.
std::optional<VenueServer::Impl::Refusal> VenueServer::Impl::check_addresses(const OrderForm& form,
                                                                             const ApiKey& key) const {
  const bool wallet_signs = form.fields.signature_type == SignatureType::poly_1271;
  if (!wallet_signs && form.signer != key.address_text) {
    return Refusal{400, "the order signer address has to be the address of the API KEY", std::nullopt};
  }
  const bool own_funds = form.maker == form.signer;
  const bool must_be_own = wallet_signs || form.fields.signature_type == SignatureType::eoa;
  const bool eoa_as_wallet = wallet_signs && form.maker == key.address_text;
  if (own_funds != must_be_own || eoa_as_wallet) return Refusal{400, "invalid signature", std::nullopt};
  return std::nullopt;
}

std::optional<VenueServer::Impl::Refusal> VenueServer::Impl::check_signature(const OrderForm& form, const ApiKey& key,
                                                                             const model::OrderId& id) const {
  const model::MarketSpec& market = exchange.markets().market_of(form.token);
  const ExchangeContract contract = polymarket::exchange_of(market);
  const auto valid_for = [&](ExchangeContract c) {
    if (config.verify) return config.verify(digester, c, form.fields, form.signature, key.address);
    return polymarket::verify_order_signature(digester, c, form.fields, form.signature, key.address).has_value();
  };
  if (valid_for(contract)) return std::nullopt;
  for (const auto other : {ExchangeContract::standard, ExchangeContract::neg_risk, ExchangeContract::v3}) {
    // Signed for the other protocol version: the client has to ask for the version again (protocol 8).
    const bool other_version = (other == ExchangeContract::v3) != (contract == ExchangeContract::v3);
    if (other_version && valid_for(other)) return Refusal{400, "order_version_mismatch", id};
  }
  return Refusal{400, "invalid signature", id};
}

/// Price and size that the signed amounts mean. A limit order's price must be exact; a marketable one's was rounded, and
/// means the tick that is nearest.
std::optional<VenueServer::Impl::Refusal> VenueServer::Impl::price_order(const OrderForm& form,
                                                                         OrderRequest& order) const {
  const bool buy = form.fields.side == model::Side::buy;
  const std::int64_t cash = buy ? form.fields.maker_amount : form.fields.taker_amount;
  const std::int64_t shares = buy ? form.fields.taker_amount : form.fields.maker_amount;
  if (cash <= 0 || shares <= 0 || shares > kMaxShares.raw() || cash > kMaxShares.raw()) {
    return Refusal{400, std::string(kPayload), order.id};
  }
  const __int128 scaled = static_cast<__int128>(cash) * kPriceScale;
  const Price tick = exchange.tick(exchange.markets().token(form.token).market);
  const bool marketable = form.type == model::OrderType::fok || form.type == model::OrderType::fak;
  order.maker_amount = form.fields.maker_amount;
  order.taker_amount = form.fields.taker_amount;
  if (marketable) {
    const __int128 step = static_cast<__int128>(shares) * tick.raw();
    const auto ticks = static_cast<std::int64_t>((scaled + step / 2) / step);
    if (ticks * tick.raw() > kPriceScale) return Refusal{400, std::string(kPayload), order.id};
    order.price = Price(static_cast<std::int32_t>(ticks * tick.raw()));
    order.size = buy ? Shares{} : Shares(shares);  // a BUY is by budget
    return std::nullopt;
  }
  if (scaled % shares != 0 || scaled / shares > kPriceScale) {
    const double price = static_cast<double>(cash) / static_cast<double>(shares);
    return Refusal{400,
                   fmt::format("order {} is invalid. Price ({}) breaks minimum tick size rule: {}",
                               model::to_text(order.id), price, to_text(tick)),
                   order.id};
  }
  order.price = Price(static_cast<std::int32_t>(scaled / shares));
  order.size = Shares(shares);
  return std::nullopt;
}

}  // namespace ebb::exchange
