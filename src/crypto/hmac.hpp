// HMAC-SHA256 with a key that is used again and again, and the base64 that surrounds it (protocol 4.2).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "crypto/hash.hpp"

namespace ebb::crypto {

/// The state after the key is kept, so that each message costs its own blocks only (0.4 us for a short one). Movable, not
/// copyable; wiped when it dies.
class HmacSha256 {
 public:
  explicit HmacSha256(std::span<const std::uint8_t> key);
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  ~HmacSha256();
  /// Of the parts one after the other.
  [[nodiscard]] Digest32 sign(std::initializer_list<std::string_view> parts) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Overwrites a secret that is no longer needed; the compiler cannot drop it.
void wipe(std::span<std::uint8_t> secret);
void wipe(std::string& secret);

/// Equal in a time that does not depend on where they differ.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

/// base64url (`-` and `_`) with `=` padding: four characters for every three bytes begun. Returns the end.
char* write_base64url(char* out, std::span<const std::uint8_t> bytes);
/// The same as a text.
[[nodiscard]] std::string base64url(std::span<const std::uint8_t> bytes);
/// Reads base64 and base64url, padded or not. Fails with `bad_base64`; the message never contains the text.
[[nodiscard]] Expected<std::vector<std::uint8_t>> parse_base64(std::string_view text);

}  // namespace ebb::crypto
