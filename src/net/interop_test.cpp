// Our WebSockets against Beast's: an implementation that knows nothing of ours.
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <thread>

#include "net/test_support.hpp"

namespace ebb::net {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using BeastSocket = websocket::stream<asio::ip::tcp::socket>;

std::string read_text(BeastSocket& socket) {
  boost::beast::flat_buffer buffer;
  socket.read(buffer);
  return boost::beast::buffers_to_string(buffer.data());
}

TEST(Interop, BeastsClientTalksToOurServer) {
  Loop loop;
  RecordingServer handler;
  const auto server = Server::listen(loop, {}, handler).value();
  handler.on_text = [&](SocketId id, const std::string& text) {
    server->send(id, std::make_shared<const std::string>(text));
  };
  std::thread beast([port = server->port()] {
    asio::io_context io;
    BeastSocket socket(io);
    socket.next_layer().connect({asio::ip::address_v4::loopback(), port});
    socket.handshake("localhost", "/ws/market");
    for (const std::size_t size : {0UL, 5UL, 125UL, 126UL, 65'536UL, 1'000'000UL}) {
      const std::string text(size, 'x');
      socket.write(asio::buffer(text));
      EXPECT_EQ(read_text(socket), text);
    }
    socket.ping("p");
    socket.auto_fragment(true);
    socket.write_buffer_bytes(16);
    socket.write(asio::buffer(std::string("in many fragments, as a client may send it")));
    EXPECT_EQ(read_text(socket), "in many fragments, as a client may send it");
    socket.close(websocket::close_code::normal);
  });
  EXPECT_TRUE(run_until(loop, [&] { return handler.closed.size() == 1; }));
  beast.join();
  EXPECT_EQ(handler.opened.at(0).second, "/ws/market");
}

TEST(Interop, OurClientTalksToBeastsServer) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  std::string seen_by_beast;
  std::thread beast([&] {
    BeastSocket socket(acceptor.accept());
    socket.accept();
    seen_by_beast = read_text(socket);
    socket.auto_fragment(true);
    socket.write_buffer_bytes(16);
    socket.write(asio::buffer(std::string("a text in fragments of sixteen bytes")));
    socket.ping("are you there");
    socket.auto_fragment(false);
    socket.write(asio::buffer(std::string(100'000, 'y')));
    boost::beast::flat_buffer rest;
    boost::system::error_code error;
    socket.read(rest, error);  // answers our close frame
    EXPECT_EQ(error, websocket::error::closed);
  });
  Loop loop;
  const Trust trust;
  RecordingClient handler;
  WebSocketClient client(loop, trust.client(), handler);
  handler.greet = [&] { client.send("subscribe"); };
  client.connect(local_url(false, acceptor.local_endpoint().port()));
  EXPECT_TRUE(run_until(loop, [&] { return handler.texts.size() == 2 || !handler.errors.empty(); }));
  client.close();
  loop.run_for(milliseconds(10));
  beast.join();
  ASSERT_EQ(handler.texts.size(), 2U);
  EXPECT_EQ(handler.texts[0], "a text in fragments of sixteen bytes");
  EXPECT_EQ(handler.texts[1], std::string(100'000, 'y'));
  EXPECT_EQ(seen_by_beast, "subscribe");
}

}  // namespace
}  // namespace ebb::net
