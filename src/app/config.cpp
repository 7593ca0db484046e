#include "app/config.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>

#include "app/config_fields.hpp"

namespace ebb::app {

namespace {

/// A visitor of `target` that takes the fields named in `set` from the same place in `source`.
class TakeFields {
 public:
  TakeFields(strategy::Params& target, const strategy::Params& source, const std::bitset<kMostParams>& set)
      : target_(reinterpret_cast<const char*>(&target)), source_(reinterpret_cast<const char*>(&source)), set_(set) {}
  void group(std::string_view) {}
  void field(std::string_view, bool& value, std::string_view) { take(value); }
  template <class E, std::size_t N>
  void field(std::string_view, Choice<E, N> choice, std::string_view) {
    take(*choice.value);
  }
  template <class T, class Bounds>
  void field(std::string_view, T& value, const Bounds&, std::string_view) {
    take(value);
  }
  template <class Bounds>
  void field(std::string_view, Percent percent, const Bounds&, std::string_view) {
    take(*percent.value);
  }
  template <class Bounds>
  void field(std::string_view, Milliseconds ms, const Bounds&, std::string_view) {
    take(*ms.value);
  }

 private:
  template <class T>
  void take(T& value) {
    const std::ptrdiff_t place = reinterpret_cast<const char*>(&value) - target_;
    if (set_[index_++]) value = *reinterpret_cast<const T*>(source_ + place);
  }

  const char* target_;
  const char* source_;
  const std::bitset<kMostParams>& set_;
  std::size_t index_ = 0;
};

Expected<void> check_key_file(const std::string& path) {
  if (path.empty()) return {};
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    return fail("config.key_file", fmt::format("the key file {} cannot be read: {}", path, std::strerror(errno)),
                "[wallet] key_file");
  }
  if (!S_ISREG(status.st_mode))
    return fail("config.key_file", fmt::format("the key file {} is not a file", path), "[wallet] key_file");
  if ((status.st_mode & 077) != 0) {
    return fail("config.key_file",
                fmt::format("the key file {} is open to others (mode {:04o})", path, status.st_mode & 07777),
                fmt::format("chmod 600 {}", path));
  }
  return {};
}

Expected<std::string> read_file(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    return fail("config.unreadable", fmt::format("{} cannot be read: {}", path, std::strerror(errno)), "");
  }
  if (S_ISDIR(status.st_mode)) return fail("config.unreadable", fmt::format("{} is a directory", path), "");
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail("config.unreadable", fmt::format("{} cannot be read: {}", path, std::strerror(errno)), "");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

std::expected<Config, ConfigErrors> load_config(const std::string& file) {
  if (file.empty()) return Config();
  const auto text = read_file(file);
  if (!text) return std::unexpected(ConfigErrors{text.error()});
  auto config = parse_config(*text, file);
  if (!config) return config;
  if (const auto checked = check_key_file(config->wallet.key_file); !checked)
    return std::unexpected(ConfigErrors{checked.error()});
  return config;
}

const TokenOverride* find_override(const Config& config, std::string_view token_id) {
  const auto found =
      std::find_if(config.tokens.begin(), config.tokens.end(), [&](const auto& t) { return t.token_id == token_id; });
  return found == config.tokens.end() ? nullptr : &*found;
}

strategy::Params with_override(strategy::Params params, const TokenOverride& changes) {
  TakeFields take(params, changes.values, changes.set);
  visit_fields(take, params);
  return params;
}

Expected<void> force_tier(Config& config, std::string_view tier) {
  const auto found =
      std::find_if(config.tiers.begin(), config.tiers.end(), [&](const auto& t) { return t.name == tier; });
  if (found == config.tiers.end()) {
    std::string names;
    for (const strategy::TierRule& rule : config.tiers) names += (names.empty() ? "" : ", ") + rule.name;
    return fail("config.tier", fmt::format("there is no tier \"{}\"", tier), "there are: " + names);
  }
  strategy::TierRule everywhere;  // its match takes every market
  everywhere.name = found->name;
  everywhere.params = found->params;
  config.tiers.clear();
  config.tiers.push_back(std::move(everywhere));
  return {};
}

}  // namespace ebb::app
