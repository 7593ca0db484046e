#include "net/endpoint.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "net/test_support.hpp"

namespace ebb::net {
namespace {

TEST(ParseUrl, TakesAddressesApart) {
  const auto url = parse_url("WSS://Ws-Feed.Example.com/ws/market?x=1&y=%20");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "ws-feed.example.com");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "/ws/market?x=1&y=%20");
  EXPECT_EQ(url->origin(), "https://ws-feed.example.com:443");
  EXPECT_EQ(url->authority(true), "ws-feed.example.com");
}

TEST(ParseUrl, TakesPortsAndBareHosts) {
  EXPECT_EQ(parse_url("https://a.example:8443")->port, 8443);
  EXPECT_EQ(parse_url("https://a.example:8443")->target, "/");
  EXPECT_EQ(parse_url("https://a.example?x=1")->target, "/?x=1");
  EXPECT_EQ(parse_url("http://localhost")->port, 80);
}

TEST(ParseUrl, TakesIpv6InBrackets) {
  const auto url = parse_url("ws://[::1]:9000/x");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 9000);
  EXPECT_EQ(url->authority(true), "[::1]:9000");
}

TEST(ParseUrl, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "example.com", "ftp://a", "https://", "https://a b", "https://a:0", "https://a:65536",
                           "https://a:", "https://a:x", "https://user@a", "https://[::1", "https://[nonsense]",
                           "https://[::1]x", "https://::1", "https://a/b c", "https://a/b#c", "https://a/\r\nX: y"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, "net.url") << text;
  }
}

TEST(ParseUrl, AllowsPlainTextOnlyOnLoopback) {
  for (const char* text : {"http://127.0.0.1:1", "ws://127.1.2.3", "http://[::1]", "ws://LOCALHOST:1/"}) {
    EXPECT_TRUE(parse_url(text)) << text;
  }
  for (const char* text : {"http://example.com", "ws://10.0.0.1", "ws://[::2]", "http://127.0.0.1.example.com",
                           "http://localhost.example.com", "ws://0.0.0.0", "http://127.1", "http://2130706433"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, "net.plain_refused") << text;
    EXPECT_FALSE(url.error().hint.empty());
  }
}

TEST(TlsClientContext, NamesAFileThatHoldsNoAuthority) {
  const TemporaryFolder folder;
  const std::string path = folder.path("ca.pem");
  std::ofstream(path) << "not a certificate";
  for (const std::string& file : {path, folder.path("missing.pem")}) {
    const auto context = TlsClientContext::create(file);
    ASSERT_FALSE(context);
    EXPECT_EQ(context.error().code, "net.ca_file");
    EXPECT_THAT(context.error().message, testing::HasSubstr(file));
  }
  EXPECT_THAT(TlsClientContext::create(folder.path("missing.pem")).error().message,
              testing::HasSubstr("No such file or directory"));
}

TEST(ServerIdentity, IsReadableAndItsAuthorityLoads) {
  const TemporaryFolder folder;
  const auto identity = make_server_identity(folder.path("ca.pem"));
  ASSERT_TRUE(identity);
  EXPECT_THAT(identity->certificate, testing::StartsWith("-----BEGIN CERTIFICATE-----"));
  EXPECT_THAT(identity->key, testing::StartsWith("-----BEGIN PRIVATE KEY-----"));
  EXPECT_TRUE(TlsClientContext::create(folder.path("ca.pem")));
  EXPECT_EQ(make_server_identity(folder.path("missing/ca.pem")).error().code, "net.ca_file");
}

}  // namespace
}  // namespace ebb::net
