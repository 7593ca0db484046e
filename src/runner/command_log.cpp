#include "runner/command_log.hpp"

namespace ebb::runner {

void CommandDigest::add(const model::Command& command, Timestamp now) {
  const std::string line = model::canonical_line(command, now);
  if (line.empty()) return;
  sha_.update(line);
  ++count_;
}

std::string CommandDigest::hex() const { return crypto::to_hex(sha_.peek()); }

}  // namespace ebb::runner
