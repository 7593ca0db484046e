// An HTTP request and its answer as plain values. `polymarket` and `session` write requests and read answers, `exchange`
// does the reverse, `net` moves them over sockets: none of them needs to know another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace ebb {

enum class HttpMethod : std::uint8_t { get, post, del };

/// As it stands in the request line and under L2 signatures: "GET", "POST", "DELETE".
[[nodiscard]] constexpr std::string_view to_text(HttpMethod method) {
  switch (method) {
    case HttpMethod::get: return "GET";
    case HttpMethod::post: return "POST";
    case HttpMethod::del: return "DELETE";
  }
  return "GET";
}

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  HttpMethod method = HttpMethod::get;
  std::string target = "/";  ///< path with the query string, percent-encoded
  std::vector<HttpHeader> headers;
  std::string body;
  /// An order that could not leave by then must not leave at all (decision TTL). Unset = no such moment.
  Timestamp leave_by;

  /// The target without its query string: what L2 signatures cover (protocol 4.2).
  [[nodiscard]] std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  /// What follows the question mark; empty if nothing does.
  [[nodiscard]] std::string_view query() const {
    const auto mark = target.find('?');
    return mark == std::string::npos ? std::string_view{} : std::string_view(target).substr(mark + 1);
  }
};

struct HttpResponse {
  int status = 200;
  std::vector<HttpHeader> headers;
  std::string body;
};

/// The value of the first header of that name, whatever the case of its letters; empty if there is none.
[[nodiscard]] std::string_view find_header(const std::vector<HttpHeader>& headers, std::string_view name);

/// The decoded value of a query parameter; empty if it is missing. `+` is a blank, %XX an octet.
[[nodiscard]] std::string query_value(std::string_view query, std::string_view name);
/// Every value of a parameter that may be repeated, in order.
[[nodiscard]] std::vector<std::string> query_values(std::string_view query, std::string_view name);

}  // namespace ebb
