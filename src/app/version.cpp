#include "app/version.hpp"

#include <fmt/format.h>

#include "app_commit.hpp"

namespace ebb::app {

namespace {
#if defined(__clang__)
constexpr std::string_view kCompiler = "clang++ " __clang_version__;
#else
constexpr std::string_view kCompiler = "g++ " __VERSION__;
#endif
constexpr BuildInfo kBuildInfo{EBB_VERSION, EBB_COMMIT, kCompiler, EBB_PRESET};
}  // namespace

const BuildInfo& build_info() { return kBuildInfo; }

std::string version_line() {
  return fmt::format("ebb {} (commit {}, {}, preset {})", kBuildInfo.version, kBuildInfo.commit, kBuildInfo.compiler,
                     kBuildInfo.preset.empty() ? "none" : kBuildInfo.preset);
}

}  // namespace ebb::app
