// A configuration is refused with a place and a word, or it can be printed and read back to the same one.
#include <cstdint>
#include <string>
#include <string_view>

#include "app/config.hpp"
#include "app/version.hpp"
#include "require.hpp"

// The real one is made at build time; what is printed as TOML does not name it.
const ebb::app::BuildInfo& ebb::app::build_info() {
  static constexpr BuildInfo kInfo;
  return kInfo;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto config = ebb::app::parse_config(text, "ebb.toml");
  if (!config) {
    REQUIRE(!config.error().empty());
    for (const ebb::Error& error : config.error())
      REQUIRE(error.code.starts_with("config.") && error.message.starts_with("ebb.toml:"));
    return 0;
  }
  REQUIRE(!config->tiers.empty());
  const std::string printed = ebb::app::config_text(*config);
  const auto again = ebb::app::parse_config(printed, "printed");
  REQUIRE(again);
  REQUIRE(ebb::app::config_text(*again) == printed);
  REQUIRE(again->tiers.size() == config->tiers.size() && again->tokens.size() == config->tokens.size());
  return 0;
}
