// `ebb-sign`: one order as a line of JSON in, its digest, signature, amounts and request body as a line of JSON out. The
// contract is the command line's document, "ebb-sign"; what it leaves open is in this folder's README.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/order_signing.hpp"

namespace ebb::sign_tool {

/// What is answered for an order that can be signed.
struct SignedOrder {
  std::string digest;  ///< the order's id
  std::string signature;  ///< hex: 65 bytes, or 317 for type 3
  std::int64_t maker_amount = 0;
  std::int64_t taker_amount = 0;
  std::string body;  ///< of POST /order, to the byte; its owner is empty
};

/// Signs line after line with the very code that trades. Keeps the last key, so that many lines with one key are fast.
class LineSigner {
 public:
  /// The answer to one line, without a newline: the result, or {"error": {code, message}}. Never fails, and never repeats
  /// the private key.
  [[nodiscard]] std::string answer(std::string_view line);
  [[nodiscard]] Expected<SignedOrder> sign(std::string_view line);

 private:
  [[nodiscard]] Expected<const polymarket::OrderSigner*> signer_for(std::string_view private_key,
                                                                    std::uint64_t chain_id);

  polymarket::JsonTree tree_;
  std::string key_text_;
  std::uint64_t chain_id_ = 0;
  std::unique_ptr<polymarket::OrderSigner> signer_;
};

/// Name of the environment variable that holds a live private key, if one does. This tool takes keys from its input and
/// must not run where a key with money is at hand. `lookup` is getenv.
[[nodiscard]] std::optional<std::string_view> live_key_variable(const char* (*lookup)(const char*));

}  // namespace ebb::sign_tool
