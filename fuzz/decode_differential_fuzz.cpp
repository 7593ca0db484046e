// Whatever the fast path accepts, the fallback decodes to the same; neither reads beyond the frame.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "polymarket/market_decoder.hpp"
#include "polymarket/test_frames.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using ebb::polymarket::MarketDecoder;
  static MarketDecoder decoder;
  static ebb::model::DecodedFrame fast, slow, both;
  const std::string_view frame(reinterpret_cast<const char*>(data), size);
  decoder.decode_fallback(frame, slow);
  decoder.decode(frame, both);
  if (!MarketDecoder::decode_fast(frame, fast)) return 0;
  std::string difference = ebb::polymarket::test::difference(fast, slow);
  if (difference.empty()) difference = ebb::polymarket::test::difference(fast, both);
  if (!difference.empty()) {
    std::fprintf(stderr, "the two decoders differ in %s\n", difference.c_str());
    std::abort();
  }
  return 0;
}
