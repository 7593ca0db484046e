#include "session/reconnect.hpp"

#include <algorithm>

namespace ebb::session {

Duration Reconnect::after_loss(Duration open_for) {
  if (open_for >= config_.stable_after) tries_ = 0;
  const Duration full = std::min(config_.first * (std::int64_t{1} << std::min(tries_, 20U)), config_.cap);
  ++tries_;
  return Duration(random_.between(full.raw() / 2, full.raw()));
}

}  // namespace ebb::session
