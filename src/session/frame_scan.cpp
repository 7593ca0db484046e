#include "session/frame_scan.hpp"

#include "polymarket/ws_messages.hpp"

namespace ebb::session {
namespace {

/// How far the type of an event may stand behind the start of the frame, or before its end.
constexpr std::size_t kGlance = 256;

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool tells_new_market(std::string_view text) {
  constexpr std::string_view kType = "\"new_market\"";
  if (text.substr(0, kGlance).find(kType) != std::string_view::npos) return true;
  return text.size() > kGlance && text.substr(text.size() - kGlance).find(kType) != std::string_view::npos;
}

}  // namespace

FrameKind classify_frame(std::string_view text) {
  // Nearly every frame: the venue's books and changes begin with the market.
  if (text.starts_with("{\"market\":")) return FrameKind::data;
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  if (text.empty()) return FrameKind::other;
  if (text.front() == '[') {
    const std::size_t first = text.find_first_not_of(" \t\r\n", 1);
    return first != std::string_view::npos && text[first] == ']' ? FrameKind::empty : FrameKind::data;
  }
  if (text.front() == '{') return tells_new_market(text) ? FrameKind::global : FrameKind::data;
  if (text == polymarket::kPong) return FrameKind::pong;
  return text == polymarket::kPing ? FrameKind::ping : FrameKind::other;
}

}  // namespace ebb::session
