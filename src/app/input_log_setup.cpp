#include "app/input_log_setup.hpp"

#include <chrono>

#include "app/version.hpp"

namespace ebb::app {

Expected<std::unique_ptr<store::InputLogWriter>> open_input_log(const std::optional<std::filesystem::path>& directory,
                                                                const InputLogSettings& settings,
                                                                store::WhenFull when_full) {
  if (!directory || !settings.enabled) return nullptr;
  store::InputLogConfig config;
  config.directory = *directory / "input";
  config.segment_bytes = std::uint64_t{settings.segment_mb} << 20;
  config.segments = settings.segments;
  config.when_full = when_full;
  return store::InputLogWriter::open(std::move(config));
}

runner::RunIdentity run_identity(const std::string& command) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {command, std::string(build_info().version), std::string(build_info().commit),
          Timestamp(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count())};
}

}  // namespace ebb::app
