// WebSocket frames (RFC 6455) in memory: no socket. For the sources of `net` only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/input_buffer.hpp"

namespace ebb::net {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };
using MaskKey = std::array<char, 4>;

/// Which end reads: a server wants masked frames, a client unmasked ones.
enum class FrameSide : std::uint8_t { client, server };

/// A whole message or a control frame. `payload` lives until the next call of the reader or the buffer's room().
struct WebSocketMessage {
  Opcode opcode = Opcode::text;
  std::string_view payload;
};

/// Takes messages from a buffer. One frame is handed over where it lies; fragments are put together. Binary messages come
/// like text. UTF-8 is not checked: who parses the text does.
class FrameReader {
 public:
  FrameReader(FrameSide side, std::size_t largest) : largest_(largest), masked_(side == FrameSide::server) {}

  enum class Result : std::uint8_t { more, message, too_big, violation };
  /// The next message. After `too_big` and `violation` (against the protocol) the connection must end.
  [[nodiscard]] Result next(InputBuffer& in, WebSocketMessage& message);
  void reset();

 private:
  [[nodiscard]] Result accept(Opcode opcode, bool final, std::string_view payload, WebSocketMessage& message);

  std::size_t largest_;
  bool masked_;
  bool fragmented_ = false;  ///< within a message of several frames
  bool handed_over_ = false;  ///< fragments_ was handed over and may be cleared
  std::string fragments_;
};

/// Appends one whole frame. `mask`: what a client must use.
void append_frame(std::string& out, Opcode opcode, std::string_view payload,
                  std::optional<MaskKey> mask = std::nullopt);
/// A mask that a peer cannot foresee.
[[nodiscard]] MaskKey random_mask();

/// Payload of a close frame.
[[nodiscard]] std::string close_payload(std::uint16_t code, std::string_view reason = {});
/// "1001 going away": code and printable reason of a close frame's payload.
[[nodiscard]] std::string close_text(std::string_view payload);

/// A new Sec-WebSocket-Key, and the Sec-WebSocket-Accept that answers one.
[[nodiscard]] std::string handshake_key();
[[nodiscard]] std::string handshake_accept(std::string_view key);
/// At most `longest` characters, others than printable ASCII replaced by blanks, runs of blanks by one.
[[nodiscard]] std::string printable(std::string_view text, std::size_t longest = 200);

}  // namespace ebb::net
