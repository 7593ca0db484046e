#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/config.hpp"
#include "app/exit_code.hpp"
#include "app/json.hpp"

namespace ebb::app {

int run_config_default(const ConfigOptions& options) {
  const std::string text = config_text(Config());
  if (!options.common.json) {
    print(text);
    return kExitDone;
  }
  JsonWriter json;
  json.begin_object();
  write_head(json, "config default", 0.0, {});
  json.field("toml", text).end_object();
  print(json.text() + "\n");
  return kExitDone;
}

int run_config_check(const ConfigOptions& options) {
  const std::string& file = options.file.empty() ? options.common.config_file : options.file;
  if (file.empty()) {
    return report_error("config check", options.common, {"usage", "which file?", "ebb config check FILE"},
                        kExitBadUsage);
  }
  const auto config = load_config(file);
  if (!config) return report_errors("config check", options.common, config.error(), kExitBadUsage);
  std::string tiers;
  for (const strategy::TierRule& tier : config->tiers) {
    if (tier.enabled) tiers += (tiers.empty() ? "" : ", ") + tier.name;
  }
  if (!options.common.json) {
    print(fmt::format("{}: right. Tiers in use: {}. Tokens with values of their own: {}.\n", file, tiers,
                      config->tokens.size()));
    return kExitDone;
  }
  JsonWriter json;
  json.begin_object();
  write_head(json, "config check", 0.0, {});
  json.field("file", file).field("tiers", tiers).field("tokens", config->tokens.size()).end_object();
  print(json.text() + "\n");
  return kExitDone;
}

}  // namespace ebb::app
