// A fault script is refused with its line, or every fault of it begins once, ends at most once, in order of time, and nothing is on
// after the last end.
#include <cstdint>
#include <string_view>

#include "exchange/venue_faults.hpp"
#include "require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ebb;
  using namespace ebb::exchange;
  const auto script = parse_faults({reinterpret_cast<const char*>(data), size}, "faults.txt");
  if (!script) {
    REQUIRE(script.error().code == "faults.invalid");
    REQUIRE(script.error().message.find("faults.txt") != std::string::npos);
    return 0;
  }
  for (const FaultLine& line : script->lines) {
    REQUIRE(line.at.raw() >= 0 && (!line.length || line.length->raw() >= 0));
    REQUIRE(line.settings.share >= 0.0 && line.settings.share <= 1.0);
    REQUIRE(line.settings.wait.raw() >= 0 && line.settings.jitter.raw() >= 0);
  }
  constexpr Timestamp kBase{1'790'000'000'000'000'000};
  FaultPlan plan(1);
  plan.add(*script, kBase);
  std::size_t begun = 0, ended = 0;
  for (Timestamp next = plan.next_time(); next < kNever; next = plan.next_time()) {
    REQUIRE(next >= kBase);
    const auto edge = plan.take(next);
    REQUIRE(edge);
    (edge->begins ? begun : ended) += 1;
    REQUIRE(begun <= script->lines.size() && ended <= begun);
    for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
      if (const FaultSettings* on = plan.active(static_cast<FaultKind>(kind))) (void)plan.draw(on->jitter);
    }
    REQUIRE(!plan.take(Timestamp(next.ns() - 1)));
  }
  REQUIRE(begun == script->lines.size());
  return 0;
}
