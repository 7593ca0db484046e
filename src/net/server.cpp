#include "net/server.hpp"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <utility>

#include "net/server_core.hpp"

namespace ebb::net {
namespace {

using boost::system::error_code;

constexpr Duration kAcceptPause = milliseconds(100);

class ServerHandle final : public Server {
 public:
  explicit ServerHandle(std::shared_ptr<ServerCore> core) : core_(std::move(core)) {}
  ~ServerHandle() override { core_->shut(); }
  ServerHandle(const ServerHandle&) = delete;
  ServerHandle& operator=(const ServerHandle&) = delete;

  [[nodiscard]] std::uint16_t port() const override { return core_->port(); }
  void respond(RequestId id, HttpResponse response) override {
    if (const auto connection = core_->take_request(id)) connection->respond(response);
  }
  void drop_request(RequestId id) override {
    if (const auto connection = core_->take_request(id)) connection->drop();
  }
  void send(SocketId socket, std::shared_ptr<const std::string> text) override {
    if (const auto connection = core_->find_socket(socket)) connection->send(std::move(text));
  }
  void close(SocketId socket, bool abruptly) override {
    if (const auto connection = core_->find_socket(socket)) connection->close_socket(abruptly);
  }

 private:
  std::shared_ptr<ServerCore> core_;
};

/// Whether the peer is this machine: a loopback address, or the very address that it connected to.
bool from_this_machine(const boost::asio::ip::tcp::socket& socket) {
  error_code ignored;
  const auto remote = socket.remote_endpoint(ignored).address();
  if (ignored) return false;
  if (remote.is_loopback() || remote == socket.local_endpoint(ignored).address()) return true;
  return remote.is_v6() && remote.to_v6().is_v4_mapped() &&
         boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, remote.to_v6()).is_loopback();
}

}  // namespace

Expected<std::unique_ptr<Server>> Server::listen(Loop& loop, const ServerConfig& config, ServerHandler& handler) {
  auto core = std::make_shared<ServerCore>(loop, config, handler);
  TRY_VOID(core->listen());
  return std::make_unique<ServerHandle>(std::move(core));
}

ServerCore::ServerCore(Loop& loop, ServerConfig config, ServerHandler& handler)
    : loop_(loop),
      config_(std::move(config)),
      handler_(handler),
      acceptor_(loop.impl().io),
      accept_again_(loop, [this] { accept(); }) {}

Expected<void> ServerCore::listen() {
  if (config_.tls) {
    auto context = make_server_context(*config_.tls);
    if (!context) return std::unexpected(std::move(context).error());
    tls_ = std::move(*context);
  }
  const std::string where = fmt::format("{}:{}", config_.address, config_.port);
  error_code error;
  const auto address = boost::asio::ip::make_address(config_.address, error);
  if (error) {
    return fail("net.listen", fmt::format("'{}' is no numeric address to listen on", config_.address),
                "write 127.0.0.1, ::1, or the address of a network interface");
  }
  const Tcp::endpoint endpoint(address, config_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error == boost::asio::error::address_in_use) {
    return fail("net.address_in_use", fmt::format("{} is in use by another program", where),
                "choose another port, or end the program that listens there (ss -ltnp shows it)");
  }
  if (error) {
    return fail("net.listen", fmt::format("cannot listen on {}: {}", where, error.message()),
                "use an address of this machine and a port above 1023");
  }
  port_ = acceptor_.local_endpoint(error).port();
  accept();
  return {};
}

void ServerCore::accept() {
  if (gone_) return;
  acceptor_.async_accept([self = shared_from_this()](const error_code& error, Tcp::socket socket) {
    if (self->gone_) return;
    // Out of descriptors or memory: some connection has to end first.
    if (error) return self->accept_again_.arm(self->loop_.now() + kAcceptPause);
    self->on_accept(std::move(socket));
    self->accept();
  });
}

void ServerCore::on_accept(Tcp::socket socket) {
  const std::uint64_t id = ++last_id_;
  const bool loopback = from_this_machine(socket);
  auto connection = std::make_shared<ServerConnection>(shared_from_this(), id, loopback);
  connections_.emplace(id, connection);
  connection->start(std::move(socket), tls_.get());
}

void ServerCore::shut() {
  gone_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  accept_again_.arm(kNever);
  requests_.clear();
  to_write_.clear();
  for (const auto& [id, connection] : std::exchange(connections_, {})) connection->drop();
}

RequestId ServerCore::add_request(const ConnectionPtr& connection) {
  const RequestId id(++last_id_);
  requests_.emplace(id.value(), connection);
  return id;
}

ServerCore::ConnectionPtr ServerCore::take_request(RequestId id) {
  const auto found = requests_.find(id.value());
  if (found == requests_.end()) return nullptr;
  auto connection = std::move(found->second);
  requests_.erase(found);
  return connection;
}

ServerCore::ConnectionPtr ServerCore::find_socket(SocketId id) const {
  const auto found = connections_.find(id.value());
  return found != connections_.end() && found->second->is_socket() ? found->second : nullptr;
}

void ServerCore::remove(const ServerConnection& connection) {
  requests_.erase(connection.request().value());
  connections_.erase(connection.id());
}

void ServerCore::write_soon(const ConnectionPtr& connection) {
  if (to_write_.empty()) loop_.post([self = shared_from_this()] { self->write_all(); });
  to_write_.push_back(connection);
}

void ServerCore::write_all() {
  writing_.swap(to_write_);
  for (const ConnectionPtr& connection : writing_) {
    connection->clear_write_soon();
    connection->write_queue();
  }
  writing_.clear();
}

}  // namespace ebb::net
