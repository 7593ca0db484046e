// A checkpoint that was damaged is refused. One whose checksum fits, whatever it says, is refused too, or makes an engine that
// can be saved and loaded again without a difference. (It need not make sense: who can forge the checksum can forge a price.)
//
// The input is damage (edits.hpp) to the checkpoint of an engine that trades; its first byte says whether the checksum is put
// right afterwards.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/checksum.hpp"
#include "edits.hpp"
#include "engine/checkpoint.hpp"
#include "engine/testing/rig.hpp"
#include "require.hpp"

namespace {

using namespace ebb;
using engine::testing::TestLevel;

struct NoSink : engine::CommandSink {
  void on_command(const model::Command&, Timestamp) override {}
};

/// Two markets, one with a position and a SELL, one with a BUY.
std::string make_checkpoint() {
  engine::EngineConfig config;
  config.forced_tier = "demo";
  config.check_hashes = false;
  engine::testing::Rig rig(config);
  for (int i = 0; i < 2; ++i) rig.add_market(engine::testing::test_market(i));
  rig.answer_by_itself(milliseconds(20));
  const auto quote = [&](std::uint32_t token, int bid) {
    const model::TokenIndex index(token);
    rig.change(index, rig.only_level(index, TestLevel{model::Side::buy, Price(bid), shares_of(100)}));
    rig.change(index, rig.only_level(index, TestLevel{model::Side::sell, Price(bid + 100), shares_of(100)}));
    rig.send_book(index);
  };
  for (const int bid : {5000, 4600}) {
    quote(0, bid);
    quote(2, bid);
    rig.run_for(seconds(5));
  }
  REQUIRE(!rig.orders().empty());
  const auto intent = rig.orders()[0].intent;
  const std::size_t trade = rig.make_trade(0, intent.price, intent.size);
  rig.tell_trade(trade, model::TradeStatus::mined);
  rig.end_order(0, "MATCHED", intent.size);
  rig.run_for(seconds(5));
  std::string bytes;
  engine::save_checkpoint(rig.engine(), bytes);
  return bytes;
}

std::string saved(const engine::Engine& engine) {
  std::string bytes;
  engine::save_checkpoint(engine, bytes);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string original = make_checkpoint();
  if (size == 0) return 0;
  Edits edits({reinterpret_cast<const char*>(data) + 1, size - 1});
  std::string bytes = original;
  while (!edits.done()) edits.apply(bytes);
  const bool mended = data[0] % 4 != 0 && bytes.size() > 8;
  if (mended) {
    const std::uint64_t sum = checksum64(std::string_view(bytes).substr(0, bytes.size() - 8));
    std::memcpy(bytes.data() + bytes.size() - 8, &sum, sizeof sum);
  }
  NoSink sink;
  const auto engine = engine::load_checkpoint(bytes, sink);
  if (!engine) {
    REQUIRE(engine.error().code == "checkpoint.damaged" || engine.error().code == "checkpoint.version");
    REQUIRE(bytes != original);
    return 0;
  }
  if (!mended) REQUIRE(bytes == original);
  const std::string first = saved(**engine);
  const auto again = engine::load_checkpoint(first, sink);
  REQUIRE(again);
  REQUIRE(saved(**again) == first);
  if (!mended) (*engine)->advance((*engine)->now() + seconds(3));
  return 0;
}
