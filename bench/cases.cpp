#include "bench/decode_cases.hpp"
#include "bench/engine_cases.hpp"
#include "bench/journal_cases.hpp"
#include "bench/kept_cases.hpp"
#include "bench/matching_cases.hpp"
#include "bench/registry.hpp"
#include "bench/sign_cases.hpp"
#include "bench/wire_cases.hpp"

namespace ebb::bench {

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  add_decode_cases(cases);
  add_engine_cases(cases);
  add_kept_cases(cases);
  add_journal_cases(cases);
  add_matching_cases(cases);
  add_sign_cases(cases);
  add_wire_cases(cases);
  return cases;
}

}  // namespace ebb::bench
