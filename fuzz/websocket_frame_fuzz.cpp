// Bytes of a WebSocket connection, as a server (masked) and as a client read them. Messages do not depend on how the bytes
// were cut into reads, stay within the limit, and can be written and read again, masked and unmasked.
//
// The first byte of the input: the size of the reads, and in its top bit whose side.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/websocket_frame.hpp"
#include "require.hpp"

namespace {

using ebb::net::FrameReader;
using ebb::net::FrameSide;
using ebb::net::Opcode;
using Result = FrameReader::Result;

constexpr std::size_t kLargest = 4096;

struct Outcome {
  std::vector<std::pair<Opcode, std::string>> messages;
  Result last = Result::more;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void put(ebb::net::InputBuffer& buffer, std::string_view bytes) {
  std::memcpy(buffer.room(bytes.size()).data(), bytes.data(), bytes.size());
  buffer.commit(bytes.size());
}

Outcome read(std::string_view bytes, std::size_t step, FrameSide side) {
  Outcome out;
  ebb::net::InputBuffer in;
  FrameReader reader(side, kLargest);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    put(in, bytes.substr(at, step));
    ebb::net::WebSocketMessage message;
    while ((out.last = reader.next(in, message)) == Result::message) {
      const bool control = static_cast<int>(message.opcode) >= 8;
      REQUIRE(message.payload.size() <= (control ? 125 : kLargest));
      out.messages.emplace_back(message.opcode, std::string(message.payload));
      if (message.opcode == Opcode::close) REQUIRE(ebb::net::close_text(message.payload).size() <= 256);
    }
    if (out.last != Result::more) return out;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const FrameSide side = (data[0] & 0x80U) != 0 ? FrameSide::client : FrameSide::server;
  const std::size_t step = 1 + (data[0] & 0x7FU) % 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = read(bytes, bytes.size() + 1, side);
  REQUIRE(read(bytes, step, side) == whole);
  for (const FrameSide again : {FrameSide::client, FrameSide::server}) {
    std::string written;
    for (const auto& [opcode, payload] : whole.messages) {
      const auto mask =
          again == FrameSide::server ? std::optional(ebb::net::MaskKey{'a', '\x80', '\0', '7'}) : std::nullopt;
      ebb::net::append_frame(written, opcode, payload, mask);
    }
    const Outcome copy = read(written, written.size() + 1, again);
    REQUIRE(copy.messages == whole.messages && copy.last == Result::more);
  }
  return 0;
}
