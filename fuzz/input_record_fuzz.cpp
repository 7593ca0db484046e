// Events, calls and commands of an input log: any bytes are refused, or are a value that can be written, read again and told.
// An event that can be read can be given to an engine: outsiders have their say in events.
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/input_record.hpp"
#include "engine/testing/rig.hpp"
#include "require.hpp"

namespace {

using namespace ebb;

struct NoSink : engine::CommandSink {
  void on_command(const model::Command&, Timestamp) override {}
};

void read_an_event(std::string_view bytes, engine::Engine& engine, bool tell) {
  engine::ReadEvent event;
  if (!engine::read_event(bytes, engine, event)) return;
  std::string written, again;
  engine::write_event(written, event.body);
  engine::ReadEvent copy;
  REQUIRE(engine::read_event(written, engine, copy));
  engine::write_event(again, copy.body);
  REQUIRE(written == again);
  REQUIRE(!engine::input_text(event.body).empty());
  if (tell) engine.on_event({engine.now() + milliseconds(10), event.body});
}

void read_a_call(std::string_view bytes, const engine::Engine& engine) {
  const auto call = engine::read_call(bytes, engine);
  if (!call) return;
  std::string written, again;
  engine::write_call(written, *call);
  const auto copy = engine::read_call(written, engine);
  REQUIRE(copy);
  engine::write_call(again, *copy);
  REQUIRE(written == again);
  REQUIRE(!engine::input_text(*call).empty());
}

void read_a_command(std::string_view bytes) {
  const auto command = engine::read_command(bytes);
  if (!command) return;
  std::string written, again;
  engine::write_command(written, *command);
  const auto copy = engine::read_command(written);
  REQUIRE(copy);
  engine::write_command(again, *copy);
  REQUIRE(written == again);
  REQUIRE(!engine::command_text(*command, Timestamp(1)).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  NoSink sink;
  engine::EngineConfig config;
  engine::Engine engine(config, sink, engine::testing::kTapeStart);
  for (int i = 0; i < 2; ++i)
    REQUIRE(engine.add_market(engine::testing::test_market(i), engine::Follow::trade, engine.now()));
  const bool tell = (data[0] & 0x80U) != 0;
  switch (data[0] % 3) {
    case 0: read_an_event(bytes, engine, tell); break;
    case 1: read_a_call(bytes, engine); break;
    default: read_a_command(bytes); break;
  }
  return 0;
}
