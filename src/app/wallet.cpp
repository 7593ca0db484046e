#include "app/wallet.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

#include "base/check.hpp"

namespace ebb::app {
namespace {

struct Variable {
  const char* name;
  const char* predecessor;
};
constexpr Variable kPrivateKey{"EBB_PRIVATE_KEY", "POLY_KEY"};
constexpr Variable kFunder{"EBB_FUNDER", "POLY_FUNDER"};
constexpr Variable kSignatureType{"EBB_SIGNATURE_TYPE", "POLY_SIGNATURE"};
constexpr Variable kApiKey{"EBB_API_KEY", "POLY_API_KEY"};
constexpr Variable kApiSecret{"EBB_API_SECRET", "POLY_API_SECRET"};
constexpr Variable kApiPassphrase{"EBB_API_PASSPHRASE", "POLY_API_PASSPHRASE"};

using Values = std::map<std::string, std::string>;

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

Expected<Values> read_key_file(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) {
    return fail("wallet.key_file", fmt::format("the key file {} cannot be read: {}", path, std::strerror(errno)),
                "[wallet] key_file names a file of lines NAME=VALUE, or of the bare private key");
  }
  if ((info.st_mode & 077) != 0) {
    return fail("wallet.key_file",
                fmt::format("the key file {} can be read by others (mode {:04o})", path, info.st_mode & 07777),
                fmt::format("chmod 600 {}", path));
  }
  std::ifstream file(path);
  Values values;
  std::string line;
  int number = 0;
  while (std::getline(file, line)) {
    ++number;
    const std::string text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    const auto equals = text.find('=');
    if (equals != std::string::npos) {
      values[trimmed(text.substr(0, equals))] = trimmed(text.substr(equals + 1));
    } else if (values.empty()) {
      values[kPrivateKey.name] = text;
    } else {
      return fail("wallet.key_file", fmt::format("{}:{}: not NAME=VALUE", path, number), "one NAME=VALUE a line");
    }
  }
  if (!file.eof()) return fail("wallet.key_file", fmt::format("the key file {} cannot be read", path));
  return values;
}

/// The environment first, then the file; ours before the predecessor's.
std::string value_of(const Variable& variable, const Environment& environment, const Values& file) {
  for (const char* name : {variable.name, variable.predecessor}) {
    if (std::string value = trimmed(environment(name)); !value.empty()) return value;
  }
  for (const char* name : {variable.name, variable.predecessor}) {
    if (const auto found = file.find(name); found != file.end() && !found->second.empty()) return found->second;
  }
  return {};
}

Expected<polymarket::SignatureType> parse_type(const std::string& text) {
  if (text.empty() || text == "0") return polymarket::SignatureType::eoa;
  if (text == "1") return polymarket::SignatureType::poly_proxy;
  if (text == "2") return polymarket::SignatureType::poly_gnosis_safe;
  if (text == "3") return polymarket::SignatureType::poly_1271;
  return fail("wallet.signature_type", fmt::format("{} is none of 0, 1, 2, 3", kSignatureType.name),
              "0 = the key's own address, 1 = proxy wallet (e-mail login), 2 = Gnosis safe (browser wallet), "
              "3 = deposit wallet (accounts since May 2026)");
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return std::string(value != nullptr ? value : "");
  };
}

Expected<Wallet> Wallet::load(const WalletConfig& config, const Environment& environment) {
  Values file;
  if (!config.key_file.empty()) {
    TRY(values, read_key_file(config.key_file));
    file = std::move(values);
  }
  Wallet wallet;
  wallet.key_text_ = value_of(kPrivateKey, environment, file);
  if (wallet.key_text_.empty()) {
    return fail(
        "wallet.no_key", "there is no private key",
        fmt::format("set {} in the environment, or [wallet] key_file to a file with mode 0600", kPrivateKey.name));
  }
  const auto key = crypto::PrivateKey::parse(wallet.key_text_);
  if (!key) {
    return fail("wallet.bad_key", fmt::format("{} is not a private key of 64 hex digits", kPrivateKey.name),
                "export the key of the account's signer, with or without 0x");
  }
  TRY(type, parse_type(value_of(kSignatureType, environment, file)));
  TRY(setup, session::make_wallet(type, key->address(), value_of(kFunder, environment, file)));
  wallet.setup_ = setup;
  polymarket::ApiCredentials api{value_of(kApiKey, environment, file), value_of(kApiSecret, environment, file),
                                 value_of(kApiPassphrase, environment, file)};
  const int parts = (api.key.empty() ? 0 : 1) + (api.secret.empty() ? 0 : 1) + (api.passphrase.empty() ? 0 : 1);
  if (parts != 0 && parts != 3) {
    return fail("wallet.api_key",
                fmt::format("only some of {}, {} and {} are set", kApiKey.name, kApiSecret.name, kApiPassphrase.name),
                "set all three, or none: `ebb keys derive` prints them");
  }
  if (parts == 3) wallet.credentials_ = std::move(api);
  return wallet;
}

Wallet::~Wallet() {
  volatile char* text = key_text_.data();
  for (std::size_t i = 0; i < key_text_.size(); ++i) text[i] = 0;
}

crypto::PrivateKey Wallet::key() const {
  auto key = crypto::PrivateKey::parse(key_text_);
  CHECK(key.has_value());  // load() has parsed it
  return std::move(*key);
}

}  // namespace ebb::app
