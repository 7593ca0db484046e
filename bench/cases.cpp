#include "bench/registry.hpp"

#if __has_include("bench/decode_cases.hpp")
#include "bench/decode_cases.hpp"
#define EBB_DECODE_CASES 1
#endif
#if __has_include("bench/matching_cases.hpp")
#include "bench/matching_cases.hpp"
#define EBB_MATCHING_CASES 1
#endif
#if __has_include("bench/engine_cases.hpp")
#include "bench/engine_cases.hpp"
#define EBB_ENGINE_CASES 1
#endif

namespace ebb::bench {

std::vector<Case> all_cases() {
  std::vector<Case> cases;
#ifdef EBB_DECODE_CASES
  add_decode_cases(cases);
#endif
#ifdef EBB_ENGINE_CASES
  add_engine_cases(cases);
#endif
#ifdef EBB_MATCHING_CASES
  add_matching_cases(cases);
#endif
  return cases;
}

}  // namespace ebb::bench
