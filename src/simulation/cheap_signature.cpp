#include "simulation/cheap_signature.hpp"

#include "model/ids.hpp"

namespace ebb::simulation {
namespace {

/// 65 bytes in hex, as a real one: the digest, again, and 27.
void append(const model::OrderId& digest, std::string& out) {
  const std::string text = model::to_text(digest);
  out += text;
  out.append(text, 2);
  out += "1b";
}

}  // namespace

void CheapSignatures::sign(polymarket::ExchangeContract, const polymarket::OrderFields&, const model::OrderId& digest,
                           std::string& out) const {
  append(digest, out);
}

bool check_cheap_signature(const polymarket::OrderDigester& digester, polymarket::ExchangeContract contract,
                           const polymarket::OrderFields& order, std::string_view signature, const crypto::Address&) {
  std::string expected;
  append(digester.digest(contract, order), expected);
  return expected == signature;
}

}  // namespace ebb::simulation
