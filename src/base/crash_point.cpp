#ifdef EBB_CRASH_POINTS

#include "base/crash_point.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

namespace ebb {
namespace {

/// EBB_CRASH_AT, read once.
struct Plan {
  std::string name;
  std::atomic<long> left{0};  ///< passes until the end; 0 = never
  Plan() {
    const char* text = std::getenv("EBB_CRASH_AT");
    const char* colon = text == nullptr ? nullptr : std::strrchr(text, ':');
    if (colon == nullptr) return;
    name.assign(text, colon);
    left = std::strtol(colon + 1, nullptr, 10);
  }
};

}  // namespace

void crash_point(const char* name) noexcept {
  static Plan plan;
  if (plan.name != name) return;
  if (plan.left.fetch_sub(1) == 1) (void)std::raise(SIGKILL);
}

}  // namespace ebb

#endif
