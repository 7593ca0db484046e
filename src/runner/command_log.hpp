// The digest of a run's commands: SHA-256 over their canonical lines in order.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "crypto/hash.hpp"
#include "model/command.hpp"

namespace ebb::runner {

class CommandDigest {
 public:
  void add(const model::Command& command, Timestamp now);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Hex digest of everything so far.
  [[nodiscard]] std::string hex() const;

 private:
  crypto::Sha256 sha_;
  std::uint64_t count_ = 0;
};

}  // namespace ebb::runner
