#include "net/http_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>
#include <iterator>
#include <optional>

namespace ebb::net {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kLargestHeader = 64U << 10U;

bool same_name(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

bool is_token(std::string_view name) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

/// No control characters: none can end the header early.
bool is_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return (c >= ' ' || c == '\t' || c < 0) && c != '\x7f'; });
}

template <class Fields>
std::vector<HttpHeader> copy_headers(const Fields& fields) {
  std::vector<HttpHeader> headers;
  headers.reserve(static_cast<std::size_t>(std::distance(fields.begin(), fields.end())));
  for (const auto& field : fields) headers.push_back({std::string(field.name_string()), std::string(field.value())});
  return headers;
}

/// A chunked body ends with "0 CR LF CR LF": of what is shorter nothing can be decided. Beast 1.81 asserts that it never sees
/// less.
constexpr std::size_t kShortestEnd = 5;

/// Feeds what `in` holds; consumes what the parser took.
template <class Parser>
boost::system::error_code feed(Parser& parser, InputBuffer& in) {
  boost::system::error_code error;
  while (!in.empty() && !parser.is_done()) {
    if (in.size() < kShortestEnd && parser.is_header_done() && parser.chunked()) return {};
    const std::size_t taken = parser.put(boost::asio::const_buffer(in.data(), in.size()), error);
    in.consume(taken);
    if (error == http::error::need_more) return {};
    if (error || taken == 0) break;
  }
  return error;
}

}  // namespace

std::string_view status_text(int status) {
  const auto known = http::int_to_status(static_cast<unsigned>(status));
  if (known == http::status::unknown) return {};
  const auto text = http::obsolete_reason(known);
  return {text.data(), text.size()};
}

bool has_token(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const auto comma = value.find(',');
    std::string_view item = value.substr(0, comma);
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (same_name(item, token)) return true;
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
  return false;
}

Expected<std::string> request_text(const HttpRequest& request, const Url& url, std::string_view user_agent) {
  const bool good_target = request.target.starts_with('/') &&
                           std::ranges::all_of(request.target, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!good_target) return fail("net.malformed", "the request's target is no escaped path");
  std::string out;
  out.reserve(512 + request.target.size() + request.body.size());
  fmt::format_to(std::back_inserter(out), "{} {} HTTP/1.1\r\nHost: {}\r\n", to_text(request.method), request.target,
                 url.authority(true));
  for (const HttpHeader& header : request.headers) {
    if (!is_token(header.name) || !is_value(header.value)) {
      return fail("net.malformed", "a header of the request holds characters that are not allowed there");
    }
    if (same_name(header.name, "Host") || same_name(header.name, "Content-Length")) continue;
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (find_header(request.headers, "User-Agent").empty() && !user_agent.empty()) {
    out.append("User-Agent: ").append(user_agent).append("\r\n");
  }
  if (find_header(request.headers, "Accept").empty()) out.append("Accept: */*\r\n");
  if (!request.body.empty() || request.method == HttpMethod::post) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", request.body.size());
  }
  out.append("\r\n").append(request.body);
  return out;
}

std::string response_text(const HttpResponse& response, bool close) {
  std::string out;
  out.reserve(256 + response.body.size());
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status, status_text(response.status));
  for (const HttpHeader& header : response.headers) {
    const bool ours = same_name(header.name, "Content-Length") || same_name(header.name, "Connection") ||
                      same_name(header.name, "Transfer-Encoding");
    if (ours || !is_token(header.name) || !is_value(header.value)) continue;
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  const bool bodiless = response.status == 204 || response.status == 304 || response.status / 100 == 1;
  if (!bodiless) fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
  out.append(close ? "Connection: close\r\n\r\n" : "\r\n");
  if (!bodiless) out.append(response.body);
  return out;
}

// ---- answers

struct ResponseReader::Impl {
  std::size_t largest_body;
  std::optional<http::response_parser<http::string_body>> parser;
  Error error;

  HttpProgress fail(const boost::system::error_code& reason) {
    if (reason == http::error::body_limit || reason == http::error::buffer_overflow) {
      error = {"net.too_big", fmt::format("the answer is longer than {} bytes", largest_body), ""};
    } else if (reason == http::error::header_limit) {
      error = {"net.too_big", fmt::format("the answer's headers are longer than {} bytes", kLargestHeader), ""};
    } else {
      error = {"net.malformed", fmt::format("the answer is not HTTP/1.1: {}", reason.message()), ""};
    }
    return HttpProgress::failed;
  }
};

ResponseReader::ResponseReader(std::size_t largest_body) : impl_(std::make_unique<Impl>()) {
  impl_->largest_body = largest_body;
  reset();
}
ResponseReader::~ResponseReader() = default;

void ResponseReader::reset() {
  auto& parser = impl_->parser.emplace();
  parser.eager(true);
  parser.header_limit(kLargestHeader);
  parser.body_limit(impl_->largest_body);
}

HttpProgress ResponseReader::read(InputBuffer& in) {
  while (true) {
    if (const auto error = feed(*impl_->parser, in)) return impl_->fail(error);
    if (!impl_->parser->is_done()) return HttpProgress::more;
    const unsigned status = impl_->parser->get().result_int();
    if (status / 100 != 1 || status == 101) return HttpProgress::done;
    reset();
  }
}

HttpProgress ResponseReader::end(bool cleanly) {
  auto& parser = *impl_->parser;
  if (parser.is_done()) return HttpProgress::done;
  if (parser.is_header_done() && parser.need_eof() && cleanly) {
    boost::system::error_code error;
    parser.put_eof(error);
    return error ? impl_->fail(error) : HttpProgress::done;
  }
  impl_->error = {"net.closed",
                  parser.got_some()
                      ? fmt::format("the connection ended in the middle of an answer ({} bytes of its body "
                                    "had come)",
                                    parser.get().body().size())
                      : "the connection ended before an answer",
                  ""};
  return HttpProgress::failed;
}

const Error& ResponseReader::error() const { return impl_->error; }
bool ResponseReader::started() const { return impl_->parser->got_some(); }
bool ResponseReader::has_headers() const { return impl_->parser->is_header_done(); }
int ResponseReader::status() const { return static_cast<int>(impl_->parser->get().result_int()); }
std::size_t ResponseReader::body_size() const { return impl_->parser->get().body().size(); }
bool ResponseReader::keep_alive() const { return !impl_->parser->need_eof() && impl_->parser->get().keep_alive(); }

HttpResponse ResponseReader::take() {
  auto& message = impl_->parser->get();
  return {static_cast<int>(message.result_int()), copy_headers(message), std::move(message.body())};
}

// ---- requests

struct RequestReader::Impl {
  std::size_t largest_body;
  std::optional<http::request_parser<http::string_body>> parser;
  int refusal = 400;
  bool continue_asked = false;

  [[nodiscard]] std::optional<HttpMethod> method() {
    switch (parser->get().method()) {
      case http::verb::get: return HttpMethod::get;
      case http::verb::post: return HttpMethod::post;
      case http::verb::delete_: return HttpMethod::del;
      default: return std::nullopt;
    }
  }
};

RequestReader::RequestReader(std::size_t largest_body) : impl_(std::make_unique<Impl>()) {
  impl_->largest_body = largest_body;
  reset();
}
RequestReader::~RequestReader() = default;

void RequestReader::reset() {
  auto& parser = impl_->parser.emplace();
  parser.eager(true);
  parser.header_limit(kLargestHeader);
  parser.body_limit(impl_->largest_body);
  impl_->continue_asked = false;
}

HttpProgress RequestReader::read(InputBuffer& in) {
  if (const auto error = feed(*impl_->parser, in)) {
    impl_->refusal = error == http::error::body_limit || error == http::error::buffer_overflow ? 413
                     : error == http::error::header_limit                                      ? 431
                                                                                               : 400;
    return HttpProgress::failed;
  }
  if (impl_->parser->is_header_done() && !impl_->method()) {
    impl_->refusal = 405;
    return HttpProgress::failed;
  }
  return impl_->parser->is_done() ? HttpProgress::done : HttpProgress::more;
}

int RequestReader::refusal() const { return impl_->refusal; }
bool RequestReader::started() const { return impl_->parser->got_some(); }
bool RequestReader::upgrade() const { return impl_->parser->upgrade(); }
bool RequestReader::keep_alive() const { return impl_->parser->keep_alive(); }

bool RequestReader::take_expect_continue() {
  auto& parser = *impl_->parser;
  if (impl_->continue_asked || !parser.is_header_done() || parser.is_done()) return false;
  impl_->continue_asked = true;
  return boost::beast::iequals(parser.get()[http::field::expect], "100-continue");
}

HttpRequest RequestReader::take() {
  auto& message = impl_->parser->get();
  HttpRequest request;
  request.method = impl_->method().value_or(HttpMethod::get);
  request.target = std::string(message.target());
  request.headers = copy_headers(message);
  request.body = std::move(message.body());
  return request;
}

}  // namespace ebb::net
