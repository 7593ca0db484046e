// What the configuration means for the engine.
#pragma once

#include <map>
#include <string>

#include "app/config.hpp"
#include "base/expected.hpp"
#include "engine/config.hpp"
#include "strategy/params.hpp"

namespace ebb::app {

/// The engine's part of `config`. `tier`: forced and enabled for every token (`--tier`); empty = the first that fits.
/// Seed, cash and maker address stay at their defaults. Error config.tier for a tier that there is not.
[[nodiscard]] Expected<engine::EngineConfig> make_engine_config(const Config& config, const std::string& tier);

/// Parameters of the tokens that have a section of their own: their tier's, with the section's values on top. The tier
/// is the forced one, else the section's, else the first enabled one. A token with `trade = false` gets parameters
/// that never give a signal.
class OwnParams {
 public:
  OwnParams(const Config& config, const std::string& tier);
  /// nullptr when the token has no section. Valid as long as this object.
  [[nodiscard]] const strategy::Params* find(const std::string& token_id) const;
  [[nodiscard]] const std::map<std::string, strategy::Params>& all() const { return params_; }

 private:
  std::map<std::string, strategy::Params> params_;
};

}  // namespace ebb::app
