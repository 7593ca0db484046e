// A list of tokens is refused with the line's number, or it is a list of decimal numbers, each once, that reads back the same.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "app/tokens_file.hpp"
#include "require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto ids = ebb::app::parse_tokens({reinterpret_cast<const char*>(data), size}, "tokens.txt");
  if (!ids) {
    REQUIRE(ids.error().code == "tokens.invalid" || ids.error().code == "tokens.empty");
    return 0;
  }
  REQUIRE(!ids->empty() && std::set(ids->begin(), ids->end()).size() == ids->size());
  std::string again;
  for (const std::string& id : *ids) {
    REQUIRE(!id.empty() && id.size() <= 78 && id.find_first_not_of("0123456789") == std::string::npos);
    again += id + "\n";
  }
  REQUIRE(ebb::app::parse_tokens(again, "again").value() == *ids);
  return 0;
}
