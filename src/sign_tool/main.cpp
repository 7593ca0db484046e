#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>

#include "sign_tool/line_signer.hpp"

namespace {

constexpr int kDone = 0, kFailed = 1, kBadUsage = 2, kRefused = 3;

constexpr std::string_view kHelp = R"(ebb-sign: signs orders as ebb does, for conformance checks. Test keys only.

Reads one order a line from stdin and answers one line each on stdout. Fields of an order:
  private_key chain_id market_version ("v1" or "v2") neg_risk signature_type maker signer token_id side price
  size (shares) or usdc (budget of a FAK or FOK BUY) tick_size order_type protected salt timestamp (ms)
  expiration (s, GTD only) metadata builder
An answer is {"digest", "signature", "maker_amount", "taker_amount", "body"} or {"error": {"code", "message"}}.
It refuses to run (exit 3) while EBB_PRIVATE_KEY or POLY_KEY is set.

Example:
  ebb-sign < orders.ndjson > signed.ndjson
)";

const char* environment(const char* name) { return std::getenv(name); }

bool write_line(std::string text) {
  text += '\n';
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    const bool help = std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "-h";
    std::fwrite(kHelp.data(), 1, kHelp.size(), help ? stdout : stderr);
    return help ? kDone : kBadUsage;
  }
  if (const auto name = ebb::sign_tool::live_key_variable(environment)) {
    std::fprintf(
        stderr,
        "ebb-sign: refused: %.*s is set. This tool is for test keys only and does not run where a live key is in "
        "the environment.\n     Run it as: env -u EBB_PRIVATE_KEY -u POLY_KEY ebb-sign\n",
        static_cast<int>(name->size()), name->data());
    return kRefused;
  }
  std::ios::sync_with_stdio(false);
  ebb::sign_tool::LineSigner signer;
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (!write_line(signer.answer(line))) {
      std::fprintf(stderr, "ebb-sign: the answer could not be written: %s\n", std::strerror(errno));
      return kFailed;
    }
  }
  return kDone;
}
