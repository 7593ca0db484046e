#include <fmt/format.h>

#include <utility>

#include "net/server_core.hpp"

namespace ebb::net {
namespace {

/// So much is put together into one write.
constexpr std::size_t kBatchSize = 64U << 10U;
/// A batch that one huge text has grown beyond this gives its memory back.
constexpr std::size_t kLargestIdleBatch = 1U << 20U;
constexpr std::size_t kFrameOverhead = 10;

HttpResponse plain_answer(int status) {
  return {status, {{"Content-Type", "text/plain"}}, fmt::format("{} {}\n", status, status_text(status))};
}

}  // namespace

ServerConnection::ServerConnection(std::shared_ptr<ServerCore> core, std::uint64_t id, bool loopback)
    : core_(std::move(core)),
      id_(id),
      loopback_(loopback),
      requests_(core_->config().largest_body),
      frames_(FrameSide::server, core_->config().largest_body),
      idle_(core_->loop(), [this] {
        const auto keep = shared_from_this();
        drop();
      }) {}

void ServerConnection::start(boost::asio::ip::tcp::socket socket, SSL_CTX* tls) {
  wait_for_client();
  stream_ = Stream::adopt(core_->loop(), std::move(socket), tls, *this);
}

void ServerConnection::wait_for_client() { idle_.arm(core_->loop().now() + core_->config().idle_timeout); }

void ServerConnection::drop() {
  if (phase_ == Phase::gone) return;
  phase_ = Phase::gone;
  idle_.arm(kNever);
  stream_->close();
  core_->remove(*this);
}

void ServerConnection::on_ready(Timestamp) {}

void ServerConnection::on_bytes(Timestamp received) {
  const auto keep = shared_from_this();
  switch (phase_) {
    case Phase::reading: return read_requests(received);
    case Phase::socket: return read_frames(received);
    case Phase::answering:
      // More requests wait for this answer; nobody sends that much of them.
      if (stream_->input().size() > core_->config().largest_body + kBatchSize) drop();
      return;
    case Phase::gone: return;
  }
}

void ServerConnection::on_drained(Timestamp) {
  if (phase_ == Phase::socket) write_queue();
}

void ServerConnection::on_ended(Timestamp now, const Error&) {
  const auto keep = shared_from_this();
  const bool was_socket = phase_ == Phase::socket;
  drop();
  if (was_socket && !core_->gone()) core_->handler().on_socket_closed(now, SocketId(id_));
}

// ---- HTTP

void ServerConnection::read_requests(Timestamp received) {
  wait_for_client();
  reading_requests_ = true;
  while (phase_ == Phase::reading && !stream_->input().empty()) {
    const HttpProgress progress = requests_.read(stream_->input());
    if (progress == HttpProgress::failed) {
      refuse(requests_.refusal());
    } else if (progress == HttpProgress::done) {
      take_request(received);
    } else {
      if (requests_.take_expect_continue()) stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
      break;
    }
  }
  reading_requests_ = false;
  if (phase_ == Phase::socket) read_frames(received);
}

void ServerConnection::take_request(Timestamp received) {
  keep_alive_ = requests_.keep_alive();
  const bool upgrades = requests_.upgrade();
  HttpRequest request = requests_.take();
  requests_.reset();
  phase_ = Phase::answering;
  idle_.arm(kNever);
  if (upgrades && has_token(find_header(request.headers, "Upgrade"), "websocket")) return upgrade(received, request);
  request_ = core_->add_request(shared_from_this());
  core_->handler().on_request(received, request_, std::move(request), loopback_);
}

void ServerConnection::respond(const HttpResponse& response) {
  if (phase_ != Phase::answering) return;
  request_ = RequestId::none();
  const bool close = !keep_alive_;
  const bool alive = stream_->write(response_text(response, close));
  if (close || !alive) {
    phase_ = Phase::gone;
    core_->remove(*this);
    return stream_->finish();
  }
  phase_ = Phase::reading;
  wait_for_client();
  if (reading_requests_ || stream_->input().empty()) return;
  core_->loop().post([self = shared_from_this()] {
    if (self->phase_ == Phase::reading) self->read_requests(self->core_->loop().now());
  });
}

void ServerConnection::refuse(int status) {
  phase_ = Phase::answering;
  keep_alive_ = false;
  idle_.arm(kNever);
  respond(plain_answer(status));
}

void ServerConnection::upgrade(Timestamp received, const HttpRequest& request) {
  const std::string_view key = find_header(request.headers, "Sec-WebSocket-Key");
  const bool good = request.method == HttpMethod::get && key.size() == 24 &&
                    find_header(request.headers, "Sec-WebSocket-Version") == "13";
  if (!good) return refuse(400);
  const bool wanted = core_->handler().on_upgrade(received, request.target);
  if (phase_ != Phase::answering) return;  // the handler ended the server
  if (!wanted) return respond(plain_answer(404));
  phase_ = Phase::socket;
  stream_->write(
      fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: {}\r\n\r\n",
                  handshake_accept(key)));
  core_->handler().on_socket_open(received, SocketId(id_), request.target);
}

// ---- WebSocket

void ServerConnection::read_frames(Timestamp received) {
  WebSocketMessage message;
  while (phase_ == Phase::socket) {
    switch (frames_.next(stream_->input(), message)) {
      case FrameReader::Result::more: return;
      case FrameReader::Result::message: take_message(received, message); break;
      case FrameReader::Result::too_big: return end_socket(received, 1009);
      case FrameReader::Result::violation: return end_socket(received, 1002);
    }
  }
}

void ServerConnection::take_message(Timestamp received, const WebSocketMessage& message) {
  switch (message.opcode) {
    case Opcode::text: return core_->handler().on_socket_text(received, SocketId(id_), message.payload);
    case Opcode::ping: return write_control(Opcode::pong, message.payload);
    case Opcode::close: return end_socket(received, 1000);
    default: return;
  }
}

void ServerConnection::write_control(Opcode opcode, std::string_view payload) {
  std::string& batch = core_->batch();
  batch.clear();
  append_frame(batch, opcode, payload);
  stream_->write(batch);
}

void ServerConnection::end_socket(Timestamp now, std::uint16_t code) {
  write_control(Opcode::close, close_payload(code));
  phase_ = Phase::gone;
  core_->remove(*this);
  stream_->finish();
  core_->handler().on_socket_closed(now, SocketId(id_));
}

void ServerConnection::send(std::shared_ptr<const std::string> text) {
  queued_ += text->size() + kFrameOverhead;
  queue_.push_back(std::move(text));
  if (queued_ + stream_->unsent() > core_->config().largest_backlog) return close_socket(true);
  if (queued_ >= kBatchSize && stream_->unsent() == 0) write_queue();
  if (queue_.empty() || write_soon_) return;
  write_soon_ = true;
  core_->write_soon(shared_from_this());
}

// While the socket is busy texts stay in the queue, shared by all sockets they go to; when it has drained they leave
// together.
void ServerConnection::write_queue() {
  std::string& batch = core_->batch();
  while (phase_ == Phase::socket && !queue_.empty() && stream_->unsent() == 0) {
    batch.clear();
    while (!queue_.empty() && batch.size() < kBatchSize) {
      append_frame(batch, Opcode::text, *queue_.front());
      queued_ -= queue_.front()->size() + kFrameOverhead;
      queue_.pop_front();
    }
    if (!stream_->write(batch)) break;
  }
  if (batch.capacity() > kLargestIdleBatch) std::string().swap(batch);
}

void ServerConnection::close_socket(bool abruptly) {
  if (phase_ != Phase::socket) return;
  if (abruptly) {
    stream_->abort();
  } else {
    std::string rest;
    for (const auto& text : queue_) append_frame(rest, Opcode::text, *text);
    append_frame(rest, Opcode::close, close_payload(1000));
    stream_->write(rest);
    stream_->finish();
  }
  phase_ = Phase::gone;
  queue_.clear();
  core_->remove(*this);
  core_->loop().post([core = core_, id = SocketId(id_)] {
    if (!core->gone()) core->handler().on_socket_closed(core->loop().now(), id);
  });
}

}  // namespace ebb::net
