#include <fmt/format.h>

#include <string>

#include "app/commands.hpp"
#include "app/config.hpp"
#include "app/exit_code.hpp"
#include "app/json.hpp"
#include "app/venue_setup.hpp"
#include "app/wallet.hpp"

namespace ebb::app {
namespace {

constexpr std::string_view kWarning =
    "ebb: these three lines are secrets: whoever has them can trade and cancel for this wallet.\n"
    "     Keep them in the environment or in a key file with mode 0600.\n";

void print_credentials(const polymarket::ApiCredentials& credentials, const std::string& address, bool created,
                       bool as_json) {
  if (!as_json) {
    print(fmt::format("EBB_API_KEY={}\nEBB_API_SECRET={}\nEBB_API_PASSPHRASE={}\n", credentials.key, credentials.secret,
                      credentials.passphrase));
    return;
  }
  JsonWriter json;
  json.begin_object();
  write_head(json, "keys derive", 0.0, {});
  json.field("address", address).field("created", created).field("api_key", credentials.key);
  json.field("api_secret", credentials.secret).field("api_passphrase", credentials.passphrase).end_object();
  print(json.text() + "\n");
}

}  // namespace

int run_keys_derive(const KeysOptions& options) {
  const std::string command = "keys derive";
  const auto config = load_config(options.common.config_file);
  if (!config) return report_errors(command, options.common, config.error(), kExitBadUsage);
  const auto venue = venue_of(*config);
  if (!venue) return report_error(command, options.common, venue.error(), kExitBadUsage);
  const auto wallet = Wallet::load(config->wallet, process_environment());
  if (!wallet) return report_error(command, options.common, wallet.error(), kExitBadUsage);
  bool created = false;
  const auto credentials = gateway::obtain_credentials(*venue, {}, wallet->key(), &created);
  if (!credentials) return report_error(command, options.common, credentials.error(), kExitFailed);
  fmt::print(stderr, "{}", kWarning);
  print_credentials(*credentials, crypto::checksum_text(wallet->setup().key_address), created, options.common.json);
  return kExitDone;
}

}  // namespace ebb::app
