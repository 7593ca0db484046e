#include "net/websocket_frame.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>

#include "base/check.hpp"

namespace ebb::net {
namespace {

constexpr std::size_t kLargestControl = 125;

std::uint64_t read_big_endian(const char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

void apply_mask(char* bytes, std::size_t size, MaskKey key) {
  std::uint64_t wide = 0;
  std::memcpy(&wide, key.data(), 4);
  std::memcpy(reinterpret_cast<char*>(&wide) + 4, key.data(), 4);
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t block = 0;
    std::memcpy(&block, bytes + i, 8);
    block ^= wide;
    std::memcpy(bytes + i, &block, 8);
  }
  for (; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] ^ key[i % 4]);
}

bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 8; }
bool is_known(Opcode opcode) {
  const auto code = static_cast<std::uint8_t>(opcode);
  return code <= 2 || (code >= 8 && code <= 10);
}

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string out(4 * ((size + 2) / 3) + 1, '\0');
  const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(size));
  out.resize(static_cast<std::size_t>(written));
  return out;
}

}  // namespace

void FrameReader::reset() {
  fragmented_ = false;
  handed_over_ = true;  // cleared by next(): a handler may still look at what it was given
}

FrameReader::Result FrameReader::next(InputBuffer& in, WebSocketMessage& message) {
  if (handed_over_) {
    handed_over_ = false;
    fragments_.clear();
  }
  while (true) {
    const std::string_view bytes = in.view();
    if (bytes.size() < 2) return Result::more;
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto second = static_cast<unsigned char>(bytes[1]);
    const auto opcode = static_cast<Opcode>(first & 0x0FU);
    const bool final = (first & 0x80U) != 0;
    const std::size_t short_size = second & 0x7FU;
    const std::size_t extra = short_size == 127 ? 8 : short_size == 126 ? 2 : 0;
    if ((first & 0x70U) != 0 || !is_known(opcode) || ((second & 0x80U) != 0) != masked_) return Result::violation;
    if (is_control(opcode) && (!final || short_size > kLargestControl)) return Result::violation;
    const std::size_t header = 2 + extra + (masked_ ? 4 : 0);
    if (bytes.size() < header) return Result::more;
    const std::uint64_t size = extra > 0 ? read_big_endian(bytes.data() + 2, extra) : short_size;
    if (size > largest_ || (!is_control(opcode) && size + fragments_.size() > largest_)) return Result::too_big;
    if (bytes.size() - header < size) return Result::more;

    char* payload = in.data() + header;
    if (masked_) {
      MaskKey key;
      std::memcpy(key.data(), payload - 4, 4);
      apply_mask(payload, size, key);
    }
    in.consume(header + size);
    const Result result = accept(opcode, final, {payload, size}, message);
    if (result != Result::more) return result;
  }
}

FrameReader::Result FrameReader::accept(Opcode opcode, bool final, std::string_view payload,
                                        WebSocketMessage& message) {
  if (is_control(opcode)) {
    message = {opcode, payload};
    return Result::message;
  }
  if ((opcode == Opcode::continuation) != fragmented_) return Result::violation;
  if (final && !fragmented_) {
    message = {Opcode::text, payload};
    return Result::message;
  }
  fragmented_ = !final;
  handed_over_ = final;
  fragments_.append(payload);
  if (!final) return Result::more;
  message = {Opcode::text, fragments_};
  return Result::message;
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload, std::optional<MaskKey> mask) {
  char header[14];
  std::size_t size = 2;
  header[0] = static_cast<char>(0x80U | static_cast<unsigned>(opcode));
  const std::size_t length = payload.size();
  if (length < 126) {
    header[1] = static_cast<char>(length);
  } else {
    const std::size_t bytes = length < 65'536 ? 2 : 8;
    header[1] = static_cast<char>(bytes == 2 ? 126 : 127);
    for (std::size_t i = 0; i < bytes; ++i) header[size++] = static_cast<char>(length >> (8 * (bytes - 1 - i)) & 0xFFU);
  }
  if (mask) {
    header[1] = static_cast<char>(static_cast<unsigned char>(header[1]) | 0x80U);
    std::memcpy(header + size, mask->data(), 4);
    size += 4;
  }
  out.append(header, size);
  out.append(payload);
  if (mask) apply_mask(out.data() + out.size() - length, length, *mask);
}

MaskKey random_mask() {
  MaskKey key{};
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) == 1);
  return key;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string out{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
  out.append(reason.substr(0, kLargestControl - 2));
  return out;
}

std::string close_text(std::string_view payload) {
  if (payload.size() < 2) return "without a code";
  std::string text = std::to_string(read_big_endian(payload.data(), 2));
  if (payload.size() > 2) text += ' ' + printable(payload.substr(2));
  return text;
}

std::string handshake_key() {
  unsigned char bytes[16];
  CHECK(RAND_bytes(bytes, sizeof bytes) == 1);
  return base64(bytes, sizeof bytes);
}

std::string handshake_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  CHECK(EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr) == 1);
  return base64(digest, size);
}

std::string printable(std::string_view text, std::size_t longest) {
  std::string out;
  for (const char c : text) {
    if (out.size() == longest) break;
    const bool visible = c > ' ' && c < '\x7f';
    if (visible) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

}  // namespace ebb::net
