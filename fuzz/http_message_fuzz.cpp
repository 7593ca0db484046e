// Bytes of an HTTP connection, as a server and as a client read them. What is read does not depend on how the bytes were cut
// into reads, bodies stay within their limit, and a request that was read can be written and read again.
//
// The first byte of the input is the size of the reads.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_codec.hpp"
#include "require.hpp"

namespace {

using ebb::net::HttpProgress;

constexpr std::size_t kLargestBody = 2048;

/// What was understood. When and with which status the rest is refused may depend on how it was cut.
using Messages = std::vector<std::string>;

std::string text_of(const std::vector<ebb::HttpHeader>& headers) {
  std::string out;
  for (const auto& header : headers) out += header.name + "=" + header.value + "\n";
  return out;
}

void put(ebb::net::InputBuffer& buffer, std::string_view bytes) {
  std::memcpy(buffer.room(bytes.size()).data(), bytes.data(), bytes.size());
  buffer.commit(bytes.size());
}

/// What was read can be written, and says the same when it is read again.
void write_and_read(const ebb::HttpRequest& request) {
  const auto written = ebb::net::request_text(request, ebb::net::Url{}, "fuzz");
  const bool good_target = request.target.starts_with('/') &&
                           std::ranges::all_of(request.target, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!good_target) {
    REQUIRE(!written);
    return;
  }
  if (!written) return;  // a header of the peer's that we would not write
  if (!ebb::find_header(request.headers, "Transfer-Encoding").empty())
    return;  // read as a whole, written with a length
  ebb::net::InputBuffer in;
  put(in, *written);
  ebb::net::RequestReader reader(1 << 20);
  REQUIRE(reader.read(in) == HttpProgress::done && in.empty());
  const ebb::HttpRequest again = reader.take();
  REQUIRE(again.method == request.method && again.target == request.target);
  if (!request.body.empty() || request.method == ebb::HttpMethod::post) REQUIRE(again.body == request.body);
}

Messages read_requests(std::string_view bytes, std::size_t step) {
  Messages out;
  ebb::net::InputBuffer in;
  ebb::net::RequestReader reader(kLargestBody);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    put(in, bytes.substr(at, step));
    while (!in.empty()) {
      const HttpProgress progress = reader.read(in);
      (void)reader.take_expect_continue();
      if (progress == HttpProgress::failed) {
        const int refusal = reader.refusal();
        REQUIRE(refusal == 400 || refusal == 405 || refusal == 413 || refusal == 431);
        return out;
      }
      if (progress == HttpProgress::more) break;
      (void)reader.upgrade();
      (void)reader.keep_alive();
      const ebb::HttpRequest request = reader.take();
      REQUIRE(request.body.size() <= kLargestBody);
      write_and_read(request);
      out.push_back(std::string(to_text(request.method)) + " " + request.target + "\n" + text_of(request.headers) +
                    request.body);
      reader.reset();
    }
  }
  return out;
}

Messages read_responses(std::string_view bytes, std::size_t step) {
  Messages out;
  ebb::net::InputBuffer in;
  ebb::net::ResponseReader reader(kLargestBody);
  const auto keep = [&] {
    const ebb::HttpResponse response = reader.take();
    REQUIRE(response.body.size() <= kLargestBody);
    out.push_back(std::to_string(response.status) + "\n" + text_of(response.headers) + response.body);
    reader.reset();
  };
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    put(in, bytes.substr(at, step));
    while (!in.empty()) {
      const HttpProgress progress = reader.read(in);
      if (progress == HttpProgress::failed) {
        REQUIRE(reader.error().code.starts_with("net."));
        return out;
      }
      if (progress == HttpProgress::more) break;
      keep();
    }
  }
  if (reader.end(true) == HttpProgress::done)
    keep();
  else
    REQUIRE(reader.error().code.starts_with("net."));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  REQUIRE(read_requests(bytes, step) == read_requests(bytes, bytes.size() + 1));
  REQUIRE(read_responses(bytes, step) == read_responses(bytes, bytes.size() + 1));
  return 0;
}
