// API keys and paper accounts: who is behind a request (protocol 1.4, spec/cli.md).
#include <algorithm>

#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {
namespace {

std::string key_body(const ApiKey& key) {
  JsonText json;
  json.open('{').field("apiKey", key.id).field("secret", key.secret).field("passphrase", key.passphrase).close('}');
  return json.take();
}

}  // namespace

using Answer = std::optional<HttpResponse>;

VenueServer::Impl::User& VenueServer::Impl::user_of(const ApiKey& key) {
  const auto it = users_by_address.find(key.address_text);
  if (it != users_by_address.end()) return users[it->second];
  users_by_address.emplace(key.address_text, users.size());
  users.push_back({key.address_text, {}, SignerBudget(config.tier), {}});
  return users.back();
}

VenueServer::Impl::Wallet* VenueServer::Impl::find_wallet(std::string_view maker) {
  const auto address = crypto::parse_address(maker);
  if (!address) return nullptr;
  const auto it = wallets_by_maker.find(address_text(*address));
  return it == wallets_by_maker.end() ? nullptr : &wallets[it->second];
}

VenueServer::Impl::Wallet* VenueServer::Impl::wallet_of(const std::string& maker, int signature_type,
                                                        const ApiKey& key) {
  if (Wallet* known = find_wallet(maker); known != nullptr) {
    return known->signer == key.address_text ? known : nullptr;
  }
  AccountSpec account{config.deposit, given, true, Identity{key.id, maker}};
  const AccountIndex index = exchange.open_account(account, now);
  const std::size_t place = wallets.size();
  wallets.push_back({index, maker, key.address_text, signature_type});
  wallets_by_maker.emplace(maker, place);
  wallet_by_account.resize(index.value() + 1, SIZE_MAX);
  wallet_by_account[index.value()] = place;
  user_of(key).wallets.push_back(place);
  return &wallets.back();
}

Answer VenueServer::Impl::create_key(Call& call) {
  if (keys.exists(call.claim.address, call.claim.nonce)) return error(400, "Could not create api key");
  return ok(key_body(keys.issue(call.claim.address, call.claim.nonce)));
}

Answer VenueServer::Impl::derive_key(Call& call) {
  return ok(key_body(keys.issue(call.claim.address, call.claim.nonce)));
}

Answer VenueServer::Impl::list_keys(Call& call) {
  JsonText json;
  json.open('{').key("apiKeys").open('[');
  for (const ApiKey& key : keys.keys()) {
    if (key.address == call.key->address && !key.revoked && !key.read_only) json.text(key.id);
  }
  json.close(']').close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::delete_key(Call& call) {
  call.key->revoked = true;
  return ok("\"OK\"");
}

Answer VenueServer::Impl::create_read_only_key(Call& call) {
  return ok(key_body(keys.issue_read_only(call.key->address)));
}

Answer VenueServer::Impl::list_read_only_keys(Call& call) {
  JsonText json;
  json.open('[');  // a plain array, as the official client declares it
  for (const ApiKey& key : keys.keys()) {
    if (key.address == call.key->address && !key.revoked && key.read_only) json.text(key.id);
  }
  json.close(']');
  return ok(json.take());
}

Answer VenueServer::Impl::delete_read_only_key(Call& call) {
  if (!tree.parse(call.request->body)) return error(400, "Invalid payload");
  const std::string_view wanted = polymarket::plain_text(tree.member(0, "key"));
  for (ApiKey& key : keys.keys()) {
    if (!key.read_only || key.id != wanted || key.address != call.key->address || key.revoked) continue;
    key.revoked = true;
    return ok("true");
  }
  return ok("false");
}

/// Builder keys are spelled with `key`, not `apiKey`.
Answer VenueServer::Impl::create_builder_key(Call& call) {
  JsonText json;
  json.open('{').field("key", call.key->id).field("secret", call.key->secret);
  json.field("passphrase", call.key->passphrase).close('}');
  return ok(json.take());
}
Answer VenueServer::Impl::list_builder_keys(Call&) { return ok("[]"); }
Answer VenueServer::Impl::delete_builder_key(Call&) { return ok("\"OK\""); }
Answer VenueServer::Impl::get_closed_only(Call&) { return ok("{\"closed_only\":false}"); }

}  // namespace ebb::exchange
