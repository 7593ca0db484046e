// Exit codes of the program (docs: README, "Exit codes").
#pragma once

namespace ebb::app {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;    ///< the work failed or ended in part, or an invariant was violated
inline constexpr int kExitBadUsage = 2;  ///< bad usage or configuration, unreadable input, not a capture
inline constexpr int kExitRefused = 3;   ///< refused for safety
inline constexpr int kExitStopped = 130; ///< stopped by SIGINT or SIGTERM

}  // namespace ebb::app
