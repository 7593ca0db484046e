#include "net/endpoint.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace ebb::net {
namespace {

struct Scheme {
  std::string_view name;
  bool tls;
  bool websocket;
};
constexpr Scheme kSchemes[] = {
    {"https", true, false}, {"http", false, false}, {"wss", true, true}, {"ws", false, true}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_name_or_ipv4(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0 || value > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

std::unexpected<Error> not_an_address(std::string_view text, std::string_view why) {
  return fail("net.url", fmt::format("'{}' is not an address: {}", text, why),
              "write scheme://host[:port][/path], with https or wss as the scheme");
}

/// Splits host[:port]; IPv6 stands in brackets.
struct Authority {
  std::string_view host;
  std::optional<std::string_view> port;
  bool bracketed = false;
};
std::optional<Authority> split_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
    if (rest.empty()) return Authority{text.substr(1, close - 1), std::nullopt, true};
    return Authority{text.substr(1, close - 1), rest.substr(1), true};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return Authority{text, std::nullopt, false};
  return Authority{text.substr(0, colon), text.substr(colon + 1), false};
}

}  // namespace

bool is_loopback_host(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string Url::origin() const { return fmt::format("{}://{}", tls ? "https" : "http", authority(false)); }

std::string Url::authority(bool short_form) const {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string name = v6 ? '[' + host + ']' : host;
  return short_form && port == (tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

Expected<Url> parse_url(std::string_view text) {
  const auto mark = text.find("://");
  if (mark == std::string_view::npos) return not_an_address(text, "it names no scheme");
  std::string name(text.substr(0, mark));
  std::ranges::transform(name, name.begin(), lower);
  const auto* scheme = std::ranges::find(kSchemes, std::string_view(name), &Scheme::name);
  if (scheme == std::end(kSchemes)) return not_an_address(text, "its scheme is not http, https, ws or wss");

  const std::string_view rest = text.substr(mark + 3);
  const auto path = rest.find_first_of("/?#");
  const auto authority = split_authority(rest.substr(0, path));
  if (!authority) return not_an_address(text, "its host is malformed");
  Url url;
  url.tls = scheme->tls;
  url.port = scheme->tls ? 443 : 80;
  url.host = std::string(authority->host);
  std::ranges::transform(url.host, url.host.begin(), lower);
  if (authority->bracketed ? !is_ipv6(url.host) : !is_name_or_ipv4(url.host)) {
    return not_an_address(text, "its host is malformed");
  }
  if (authority->port) {
    const auto port = parse_port(*authority->port);
    if (!port) return not_an_address(text, "its port is not a number from 1 to 65535");
    url.port = *port;
  }
  if (path != std::string_view::npos) {
    url.target = std::string(rest.substr(path));
    if (url.target.front() != '/') url.target.insert(0, 1, '/');
  }
  if (std::ranges::any_of(url.target, [](char c) { return c <= ' ' || c >= '\x7f' || c == '#'; })) {
    return not_an_address(text, "its path holds blanks, a fragment or unescaped characters");
  }
  if (!url.tls && !is_loopback_host(url.host)) {
    return fail("net.plain_refused", fmt::format("'{}' is without TLS: only loopback hosts may be", text),
                scheme->websocket ? "use wss://" : "use https://");
  }
  return url;
}

}  // namespace ebb::net
