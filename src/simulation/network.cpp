#include "simulation/network.hpp"

#include <algorithm>
#include <utility>

namespace ebb::simulation {

Duration Network::latency(Duration least, bool lagging) {
  const Duration most = lagging ? lag_ : Duration(0);
  const Duration mean = lagging ? config_.jitter + lag_jitter_ : config_.jitter;
  // A flat draw with a rare long tail: the shape does not matter, that it varies does.
  std::int64_t drawn = random_.between(0, 2 * mean.raw());
  if (random_.below(256) == 0) drawn *= 8;
  return least + most + Duration(drawn);
}

void Network::set_lag(Duration lag, Duration jitter, Channels channels) {
  lag_ = lag;
  lag_jitter_ = jitter;
  lag_channels_ = channels;
}

Network::Link* Network::find(LinkId link) {
  const auto it = links_.find(link);
  return it == links_.end() ? nullptr : &it->second;
}

Timestamp Network::inwards(Timestamp now, Link& link) {
  link.last_in = std::max(link.last_in, now + latency(config_.stream_latency, lags(link.kind)));
  return link.last_in;
}

Timestamp Network::outwards(Timestamp now, Link& link) {
  link.last_out = std::max(link.last_out, now + latency(config_.stream_latency, lags(link.kind)));
  return link.last_out;
}

void Network::add(Timestamp at, What what, std::uint64_t name, std::shared_ptr<const std::string> text) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(packets_.size());
    packets_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  packets_[slot] = {what, name, std::move(text)};
  heap_.push_back({at, order_++, slot});
  std::push_heap(heap_.begin(), heap_.end(), Later{});
}

void Network::run(Timestamp now) {
  while (!heap_.empty() && heap_.front().at <= now) {
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    const Due due = heap_.back();
    heap_.pop_back();
    Packet packet = std::move(packets_[due.slot]);
    free_.push_back(due.slot);
    deliver(due.at, packet);
  }
}

// ---- the trader's side ----

LinkId Network::connect(Timestamp now, LinkKind kind) {
  const LinkId id = next_name_++;
  Link& link = links_[id];
  link.kind = kind;
  if (is_down(kind)) {
    add(inwards(now, link) + milliseconds(20), What::closed_in, id);
  } else {
    add(outwards(now, link), What::connect, id);
  }
  return id;
}

void Network::send(Timestamp now, LinkId name, std::string text) {
  Link* link = find(name);
  if (link == nullptr || !link->at_trader) return;
  add(outwards(now, *link), What::text_out, name, std::make_shared<const std::string>(std::move(text)));
}

void Network::close(Timestamp now, LinkId name) {
  Link* link = find(name);
  if (link == nullptr) return;
  link->at_trader = false;
  add(outwards(now, *link), What::close_out, name);
}

void Network::request(Timestamp now, RequestName name, HttpRequest request, Duration timeout) {
  const std::uint64_t token = next_name_++;
  Request& entry = requests_[token];
  entry.name = name;
  entry.request = std::move(request);
  if (down_.rest) {
    entry.sent = entry.arrives = false;
    answer(now + milliseconds(30), token, fail("net.not_sent", "no connection"));
    return;
  }
  add(now + latency(config_.rest_latency, lag_channels_.rest), What::request_out, token);
  add(now + timeout, What::request_timeout, token);
}

void Network::answer(Timestamp at, std::uint64_t token, Expected<HttpResponse> response) {
  const auto it = requests_.find(token);
  if (it == requests_.end()) return;
  if (it->second.answered) {
    if (it->second.abandoned) requests_.erase(it);
    return;
  }
  it->second.answered = true;
  it->second.response = std::move(response);
  add(at, What::answer_in, token);
}

void Network::vanish(Timestamp now) {
  trader_ = nullptr;
  for (auto& [name, link] : links_) {
    if (link.at_trader) close(now, name);
  }
  for (auto& [token, request] : requests_) request.abandoned = true;
}

// ---- faults ----

void Network::break_links(Timestamp now, Channels channels) {
  for (auto& [name, link] : links_) {
    if (!(link.kind == LinkKind::market ? channels.market : channels.user) || !link.at_trader) continue;
    // Neither side hears the other any more; each finds out by itself.
    if (link.at_venue) {
      link.at_venue = false;
      venue_->on_socket_closed(now, name);
    }
    link.last_in = now;  // what was on its way is lost
    link.at_trader = false;
    add(now + Duration(random_.between(0, 50'000'000)), What::closed_in, name);
  }
  if (!channels.rest) return;
  for (auto& [token, request] : requests_) {
    if (request.answered && request.sent) {  // an answer on its way is lost, too
      request.answered = false;
    }
    if (request.answered) continue;
    if (request.arrives && random_.below(2) == 0) request.arrives = false;
    answer(now + Duration(random_.between(0, 20'000'000)), token, fail("net.closed", "the connection broke"));
  }
}

// ---- arrivals ----

void Network::deliver(Timestamp now, Packet& packet) {
  Link* link = find(packet.name);
  switch (packet.what) {
    case What::connect: {
      if (link == nullptr || !link->at_trader) return;
      const std::string_view target = link->kind == LinkKind::market ? "/ws/market" : "/ws/user";
      if (is_down(link->kind) || !venue_->accepts_socket(now, target)) {
        add(inwards(now, *link), What::closed_in, packet.name);
        return;
      }
      link->at_venue = true;
      venue_->on_socket_open(now, packet.name, target);
      add(inwards(now, *link), What::opened, packet.name);
      return;
    }
    case What::opened:
      if (link != nullptr && link->at_trader && trader_ != nullptr) trader_->on_link_open(now, packet.name);
      return;
    case What::text_in:
      if (link != nullptr && link->at_trader && trader_ != nullptr)
        trader_->on_link_text(now, packet.name, packet.text);
      return;
    case What::closed_in:
      if (link == nullptr) return;
      links_.erase(packet.name);
      if (trader_ != nullptr) trader_->on_link_closed(now, packet.name);
      return;
    case What::text_out:
      if (link != nullptr && link->at_venue) venue_->on_socket_text(now, packet.name, *packet.text);
      return;
    case What::close_out:
      if (link == nullptr) return;
      if (link->at_venue) venue_->on_socket_closed(now, packet.name);
      links_.erase(packet.name);
      return;
    case What::request_out: {
      const auto it = requests_.find(packet.name);
      if (it == requests_.end()) return;
      if (!it->second.arrives) {
        if (it->second.abandoned) requests_.erase(it);
        return;
      }
      it->second.at_venue = true;
      const HttpRequest sent = it->second.request;  // the answer may come, and the entry go, meanwhile
      venue_->on_http(now, packet.name, sent, true);
      return;
    }
    case What::answer_in: {
      const auto it = requests_.find(packet.name);
      if (it == requests_.end() || !it->second.answered) return;
      Request& entry = it->second;
      const bool awaited = !std::exchange(entry.abandoned, true) && trader_ != nullptr;
      const RequestName name = entry.name;
      const Expected<HttpResponse> response = std::move(entry.response);
      // Who waited no longer cannot call back what has left.
      if (entry.at_venue || !entry.arrives) requests_.erase(it);
      if (awaited) trader_->on_answer(now, name, response);
      return;
    }
    case What::request_timeout: {
      const auto it = requests_.find(packet.name);
      if (it == requests_.end()) return;
      if (it->second.abandoned) {
        if (it->second.at_venue || !it->second.arrives) requests_.erase(it);
        return;
      }
      it->second.answered = false;  // an answer that is still on its way comes too late
      answer(now, packet.name, fail("net.timeout", "no answer in time"));
      return;
    }
  }
}

// ---- the venue's side ----

void Network::reply(exchange::ReplyToken token, HttpResponse response) {
  answer(venue_->now() + latency(config_.rest_latency, lag_channels_.rest), token, std::move(response));
}

void Network::drop(exchange::ReplyToken token) {
  answer(venue_->now() + latency(config_.rest_latency, lag_channels_.rest), token,
         fail("net.closed", "the server closed the connection"));
}

void Network::send(exchange::SocketRef socket, const std::shared_ptr<const std::string>& text) {
  Link* link = find(socket);
  if (link == nullptr || !link->at_trader) return;
  add(inwards(venue_->now(), *link), What::text_in, socket, text);
}

void Network::close(exchange::SocketRef socket, bool) {
  Link* link = find(socket);
  if (link == nullptr) return;
  link->at_venue = false;
  if (link->at_trader) add(inwards(venue_->now(), *link), What::closed_in, socket);
}

}  // namespace ebb::simulation
