#include "sign_tool/order_line.hpp"

#include <algorithm>
#include <array>

#include "base/decimal.hpp"

namespace ebb::sign_tool {
namespace {

using polymarket::JsonKind;
using polymarket::JsonNode;
using polymarket::JsonTree;
using polymarket::SignatureType;

constexpr std::int64_t kLargestSalt = (std::int64_t{1} << 53) - 1;  // it travels as a JSON number (protocol 5.4)
constexpr std::int64_t kLargestChainId = 1'000'000'000'000;

std::unexpected<Error> bad_value(std::string_view field, std::string_view what) {
  return fail("line.bad_value", "field '" + std::string(field) + "' is not " + std::string(what));
}

/// Typed access to the line's members. A text that is not what it should be is never repeated: it might be a key.
class Fields {
 public:
  explicit Fields(const JsonTree& tree) : tree_(tree) {}

  [[nodiscard]] bool has(std::string_view field) const { return !polymarket::is_blank(tree_.member(0, field)); }

  [[nodiscard]] Expected<std::string_view> text(std::string_view field) const {
    const JsonNode& node = tree_.member(0, field);
    if (polymarket::is_blank(node)) return fail("line.missing", "field '" + std::string(field) + "' is missing");
    const std::string_view text = polymarket::plain_text(node);
    if (text.empty()) return bad_value(field, "a string or a number");
    return text;
  }

  [[nodiscard]] Expected<std::int64_t> integer(std::string_view field, std::int64_t largest) const {
    TRY(digits, text(field));
    const auto value = parse_scaled(digits, 0);
    if (!value || *value > largest) return bad_value(field, "a whole number from 0 to " + std::to_string(largest));
    return *value;
  }

  /// False when absent.
  [[nodiscard]] Expected<bool> flag(std::string_view field) const {
    const JsonNode& node = tree_.member(0, field);
    if (node.kind == JsonKind::absent || node.kind == JsonKind::null) return false;
    if (node.kind != JsonKind::boolean) return bad_value(field, "true or false");
    return node.text == "true";
  }

  [[nodiscard]] Expected<crypto::Address> address(std::string_view field) const {
    TRY(digits, text(field));
    const auto address = crypto::parse_address(digits);
    if (!address) return bad_value(field, "an address (0x and 40 hex digits)");
    return *address;
  }

  /// 32 bytes in hex; zeros when absent.
  [[nodiscard]] Expected<crypto::Word> word(std::string_view field) const {
    if (!has(field)) return crypto::Word{};
    TRY(digits, text(field));
    const auto word = crypto::word_from_hex(digits);
    if (!word) return bad_value(field, "32 bytes (0x and 64 hex digits)");
    return *word;
  }

  /// The position of the field's text among `names`.
  template <std::size_t N>
  [[nodiscard]] Expected<std::size_t> one_of(std::string_view field,
                                             const std::array<std::string_view, N>& names) const {
    TRY(name, text(field));
    const auto at = std::find(names.begin(), names.end(), name);
    if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
    std::string list;
    for (const auto option : names) list += (list.empty() ? "" : ", ") + std::string(option);
    return bad_value(field, "one of " + list);
  }

 private:
  const JsonTree& tree_;
};

Expected<Price> read_price(const Fields& fields, std::string_view field) {
  TRY(digits, fields.text(field));
  const auto price = parse_price(digits);
  if (price) return *price;
  if (parse_scaled_rounded(digits, 4))
    return fail("order.price_off_grid",
                "field '" + std::string(field) + "' has more decimals than any tick, or is above 1");
  return bad_value(field, "a decimal number");
}

Expected<polymarket::OrderIntent> read_intent(const Fields& fields) {
  polymarket::OrderIntent intent;
  TRY(side, fields.one_of<2>("side", {"BUY", "SELL"}));
  TRY(type, fields.one_of<4>("order_type", {"GTC", "GTD", "FOK", "FAK"}));
  TRY(price, read_price(fields, "price"));
  TRY(tick, read_price(fields, "tick_size"));
  intent.side = static_cast<model::Side>(side);
  intent.type = static_cast<model::OrderType>(type);
  intent.price = price;
  intent.tick = tick;
  intent.marketable_minimum = Usdc(0);
  if (fields.has("size")) {
    TRY(digits, fields.text("size"));
    intent.size = parse_shares(digits);
    if (!intent.size) return bad_value("size", "a decimal number of shares with at most six decimals");
  }
  if (fields.has("usdc")) {
    TRY(digits, fields.text("usdc"));
    intent.budget = parse_usdc(digits);
    if (!intent.budget) return bad_value("usdc", "a decimal number of dollars with at most six decimals");
  }
  return intent;
}

/// What the wallet types demand of the two addresses (protocol 5.3); the key's own address is compared by the signer.
Expected<void> check_wallet(const polymarket::OrderFields& fields) {
  const bool own = fields.signature_type == SignatureType::eoa || fields.signature_type == SignatureType::poly_1271;
  if (own && fields.maker != fields.signer)
    return fail("order.wallet_mismatch", "signature types 0 and 3 have the same maker and signer");
  return {};
}

}  // namespace

Expected<OrderLine> read_order_line(const JsonTree& tree) {
  if (tree[0].kind != JsonKind::object) return fail("line.bad_json", "the line is not a JSON object");
  const Fields fields(tree);
  OrderLine line;
  TRY(private_key, fields.text("private_key"));
  TRY(chain_id, fields.integer("chain_id", kLargestChainId));
  TRY(version, fields.one_of<2>("market_version", {"v1", "v2"}));
  TRY(neg_risk, fields.flag("neg_risk"));
  TRY(signature_type, fields.integer("signature_type", 3));
  TRY(maker, fields.address("maker"));
  TRY(signer, fields.address("signer"));
  TRY(token_id, fields.text("token_id"));
  const auto token = crypto::word_from_decimal(token_id);
  if (!token) return bad_value("token_id", "a decimal number below 2^256");
  TRY(intent, read_intent(fields));
  TRY(is_protected, fields.flag("protected"));
  (void)is_protected;  // read for its form: it changes nothing (rules 4.6)
  TRY(salt, fields.integer("salt", kLargestSalt));
  TRY(timestamp, fields.integer("timestamp", kLargestSalt));
  if (fields.has("expiration")) {
    TRY(expiration, fields.integer("expiration", kLargestSalt));
    line.expiration = expiration;
  }
  if ((line.expiration != 0) != (intent.type == model::OrderType::gtd))
    return bad_value("expiration", "0 unless the order is GTD, and later than 0 if it is");
  TRY(metadata, fields.word("metadata"));
  TRY(builder, fields.word("builder"));
  line.private_key = private_key;
  line.token_id = token_id;
  line.chain_id = static_cast<std::uint64_t>(chain_id);
  line.version = version == 1 ? model::ProtocolVersion::v2 : model::ProtocolVersion::v1;
  line.neg_risk = neg_risk;
  line.intent = intent;
  line.fields = {.salt = static_cast<std::uint64_t>(salt),
                 .maker = maker,
                 .signer = signer,
                 .token_id = *token,
                 .side = intent.side,
                 .signature_type = static_cast<SignatureType>(signature_type),
                 .timestamp_ms = timestamp,
                 .metadata = metadata,
                 .builder = builder};
  TRY_VOID(check_wallet(line.fields));
  return line;
}

}  // namespace ebb::sign_tool
