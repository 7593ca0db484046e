// The inside of a JSON string in one pass, for recordings whose lines are mostly one escaped string.
#pragma once

#include <emmintrin.h>

#include <bit>
#include <cstdint>

namespace ebb::store {

/// Copies the string that starts at `in` (behind its opening quote) to `out` without its escapes. Returns where `in` is
/// its closing quote and sets `out` to the end of the copy; nullptr at the end of the input, and for \u escapes and
/// anything unusual, which are left to the JSON parser. Both buffers need 16 bytes of room behind their ends.
[[nodiscard]] inline const char* unescape(const char* in, const char* end, char*& out) {
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  while (in < end) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), block);
    const auto stops = static_cast<std::uint32_t>(
        _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash))));
    if (stops == 0) {
      in += 16;
      out += 16;
      continue;
    }
    const int plain = std::countr_zero(stops);
    in += plain;
    out += plain;
    if (in >= end) return nullptr;
    if (*in == '"') return in;
    switch (in[1]) {
      case '"':
      case '\\':
      case '/': *out++ = in[1]; break;
      case 'n': *out++ = '\n'; break;
      case 't': *out++ = '\t'; break;
      case 'r': *out++ = '\r'; break;
      default: return nullptr;
    }
    in += 2;
  }
  return nullptr;
}

}  // namespace ebb::store
