#include "net/websocket_frame.hpp"

#include <gmock/gmock.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace ebb::net {
namespace {

using Result = FrameReader::Result;

void add(InputBuffer& in, std::string_view bytes) {
  std::ranges::copy(bytes, in.room(bytes.size()).begin());
  in.commit(bytes.size());
}

/// All messages of `bytes`, fed in pieces of `step`; null if the reader complained.
std::optional<std::vector<std::pair<Opcode, std::string>>> read_all(FrameSide side, std::string_view bytes,
                                                                    std::size_t step) {
  InputBuffer in;
  FrameReader reader(side, 1U << 20U);
  std::vector<std::pair<Opcode, std::string>> messages;
  WebSocketMessage message;
  while (!bytes.empty()) {
    add(in, bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    Result result = Result::more;
    while ((result = reader.next(in, message)) == Result::message) {
      messages.emplace_back(message.opcode, std::string(message.payload));
    }
    if (result != Result::more) return std::nullopt;
  }
  return in.empty() ? std::optional(messages) : std::nullopt;
}

Result first_result(FrameSide side, std::string_view bytes, std::size_t largest = 100) {
  InputBuffer in;
  FrameReader reader(side, largest);
  add(in, bytes);
  WebSocketMessage message;
  return reader.next(in, message);
}

RC_GTEST_PROP(WebSocketFrame, WhatIsWrittenIsReadHoweverItIsCut, ()) {
  const bool masked = *rc::gen::arbitrary<bool>();
  const auto lengths = *rc::gen::container<std::vector<std::size_t>>(
      rc::gen::element<std::size_t>(0, 1, 7, 8, 9, 125, 126, 127, 1000, 65'535, 65'536, 70'000));
  const auto step = *rc::gen::element<std::size_t>(1, 2, 3, 1000, 1U << 22U);
  std::string bytes;
  std::vector<std::pair<Opcode, std::string>> sent;
  for (const std::size_t length : lengths) {
    std::string payload;
    for (std::size_t i = 0; i < length; ++i) payload += static_cast<char>(i * 31 + length);
    const Opcode opcode = length < 126 && length % 3 == 0 ? Opcode::ping : Opcode::text;
    append_frame(bytes, opcode, payload, masked ? std::optional(random_mask()) : std::nullopt);
    sent.emplace_back(opcode, payload);
  }
  const auto read = read_all(masked ? FrameSide::server : FrameSide::client, bytes, step);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == sent);
}

RC_GTEST_PROP(WebSocketFrame, AnythingElseNeverReadsBeyondItsBytes, (const std::string& bytes)) {
  (void)read_all(FrameSide::client, bytes, 5);
  (void)read_all(FrameSide::server, bytes, 5);
}

// The examples of RFC 6455, section 5.7.
TEST(WebSocketFrame, ReadsTheExamplesOfTheStandard) {
  const auto text = std::vector<std::pair<Opcode, std::string>>{{Opcode::text, "Hello"}};
  EXPECT_EQ(read_all(FrameSide::client, "\x81\x05Hello", 100), text);
  EXPECT_EQ(read_all(FrameSide::server, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 100), text);
  EXPECT_EQ(read_all(FrameSide::client, std::string_view("\x01\x03Hel\x80\x02lo", 9), 1), text);
  const auto ping = std::vector<std::pair<Opcode, std::string>>{{Opcode::ping, "Hello"}};
  EXPECT_EQ(read_all(FrameSide::client, "\x89\x05Hello", 100), ping);
}

TEST(WebSocketFrame, ControlFramesMayStandBetweenFragments) {
  const auto read = read_all(FrameSide::client,
                             std::string_view("\x01\x01"
                                              "a"
                                              "\x89\x00"
                                              "\x00\x01"
                                              "b"
                                              "\x80\x01"
                                              "c",
                                              11),
                             1);
  ASSERT_TRUE(read);
  EXPECT_THAT(*read, testing::ElementsAre(testing::Pair(Opcode::ping, ""), testing::Pair(Opcode::text, "abc")));
}

TEST(WebSocketFrame, RefusesWhatTheStandardForbids) {
  for (const std::string_view bytes :
       {std::string_view("\xC1\x00", 2), std::string_view("\x83\x00", 2), std::string_view("\x8B\x00", 2),
        std::string_view("\x09\x00", 2), std::string_view("\x89\x7E", 2), std::string_view("\x80\x00", 2),
        std::string_view("\x81\x80", 2), std::string_view("\x01\x00\x81\x00", 4)}) {
    EXPECT_EQ(first_result(FrameSide::client, bytes), Result::violation) << testing::PrintToString(bytes);
  }
  EXPECT_EQ(first_result(FrameSide::server, std::string_view("\x81\x00", 2)), Result::violation) << "no mask";
}

TEST(WebSocketFrame, RefusesWhatIsTooBigBeforeItHasCome) {
  EXPECT_EQ(first_result(FrameSide::client, "\x81\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), Result::too_big);
  EXPECT_EQ(first_result(FrameSide::client, std::string_view("\x81\x65", 2)), Result::too_big);
  EXPECT_EQ(first_result(FrameSide::client, std::string_view("\x81\x64", 2)), Result::more);
  std::string fragments = "\x01\x33" + std::string(51, 'a') + "\x80\x32" + std::string(50, 'a');
  EXPECT_EQ(first_result(FrameSide::client, fragments), Result::too_big);
}

TEST(WebSocketFrame, AfterALongMessageAnotherMayCome) {
  std::string bytes =
      "\x01\x33" + std::string(51, 'a') + "\x80\x31" + std::string(49, 'a') + "\x81\x64" + std::string(100, 'b');
  InputBuffer in;
  FrameReader reader(FrameSide::client, 100);
  add(in, bytes);
  WebSocketMessage message;
  ASSERT_EQ(reader.next(in, message), Result::message);
  EXPECT_EQ(message.payload.size(), 100U);
  ASSERT_EQ(reader.next(in, message), Result::message);
  EXPECT_EQ(message.payload, std::string(100, 'b'));
}

TEST(WebSocketFrame, CloseReasonsAreMadePrintable) {
  EXPECT_EQ(close_text(close_payload(1001, "bye\n\x01now")), "1001 bye now");
  EXPECT_EQ(close_text(""), "without a code");
  EXPECT_EQ(printable(std::string(300, 'x')).size(), 200U);
  EXPECT_EQ(printable("\r\n <html>\t\t<b>"), "<html> <b>");
}

}  // namespace
}  // namespace ebb::net
