// Moments as people read them, always UTC.
#pragma once

#include <string>

#include "base/time.hpp"

namespace ebb::app {

/// "2026-04-14T08:00:00.123Z"; empty for "never".
[[nodiscard]] std::string iso_text(Timestamp time);
/// "08:00:00.1"; "-" for "never".
[[nodiscard]] std::string clock_text(Timestamp time);

}  // namespace ebb::app
