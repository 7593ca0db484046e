// Benchmarks of what leaves the program: from an intent to the bytes of a signed, authenticated request.
#pragma once

#include <vector>

#include "bench/registry.hpp"

namespace ebb::bench {

/// sign/order: intent -> amounts, digest, signature, body, HMAC, bytes of the HTTP request, beside the bare recoverable
/// signature of libsecp256k1 over as many different digests.
void add_sign_cases(std::vector<Case>& cases);

}  // namespace ebb::bench
