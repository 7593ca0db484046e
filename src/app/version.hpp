// What this build is: `ebb --version`, and the field `version` of every JSON result.
#pragma once

#include <string>
#include <string_view>

namespace ebb::app {

struct BuildInfo {
  std::string_view version;   ///< "0.1.0"
  std::string_view commit;    ///< short hash, "unknown" outside a git checkout
  std::string_view compiler;  ///< "g++ 12.2.0"
  std::string_view preset;    ///< "release"; empty when configured without a preset
};

[[nodiscard]] const BuildInfo& build_info();

/// One line for people: "ebb 0.1.0 (commit 1a2b3c, g++ 12.2.0, preset release)".
[[nodiscard]] std::string version_line();

}  // namespace ebb::app
