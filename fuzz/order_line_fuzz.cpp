// Each line that ebb-sign reads is answered by one line of JSON: a signed order, or an error with a code. No answer repeats the
// private key, and the same line is answered the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "polymarket/json_tree.hpp"
#include "require.hpp"
#include "sign_tool/line_signer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ebb::sign_tool::LineSigner signer;
  static ebb::polymarket::JsonTree line_tree, answer_tree;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const std::string answer = signer.answer(line);
  REQUIRE(answer.find('\n') == std::string::npos);
  REQUIRE(answer_tree.parse(answer));
  const bool is_signed = answer_tree.find(0, "signature") != 0;
  REQUIRE(is_signed != (answer_tree.find(0, "error") != 0));
  if (line_tree.parse(line)) {
    const std::string_view key = plain_text(line_tree.member(0, "private_key"));
    if (key.size() >= 32) REQUIRE(answer.find(key) == std::string::npos);
  }
  REQUIRE(signer.answer(line) == answer);
  return 0;
}
