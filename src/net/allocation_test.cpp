// A warm WebSocket client reads without the heap: this program counts the allocations of its thread.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "net/test_support.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EBB_SANITIZER_OWNS_NEW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define EBB_SANITIZER_OWNS_NEW 1
#endif
#endif

#ifndef EBB_SANITIZER_OWNS_NEW
namespace {
thread_local std::size_t allocations = 0;

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, std::max(rounded, alignment))) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
// Not inline: GCC would take free() for a mismatch of the operators.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
#endif

namespace ebb::net {
namespace {

TEST(Allocation, AWarmClientReadsTextsWithoutTheHeap) {
#ifdef EBB_SANITIZER_OWNS_NEW
  GTEST_SKIP() << "the sanitizer owns operator new";
#else
  ::operator delete(::operator new(1));
  ASSERT_GT(allocations, 0U) << "the counter counts";
  struct Counter : WebSocketHandler {
    void on_open(Timestamp) override { open = true; }
    void on_text(Timestamp, std::string_view text) override { bytes += text.size(); }
    void on_closed(Timestamp, const Error& error) override { ADD_FAILURE() << error.message; }
    bool open = false;
    std::size_t bytes = 0;
  };
  const Trust trust;
  Loop loop;
  RecordingServer at_server;
  ServerConfig config;
  config.tls = trust.identity();
  const auto server = Server::listen(loop, config, at_server).value();
  Counter counter;
  WebSocketClient client(loop, trust.client(), counter);
  client.connect(local_url(true, server->port()));
  ASSERT_TRUE(run_until(loop, [&] { return counter.open && at_server.opened.size() == 1; }));
  const auto text = std::make_shared<const std::string>(600, 'x');
  const auto stream_texts = [&](int count) {
    const std::size_t before = counter.bytes;
    for (int i = 0; i < count; ++i) server->send(at_server.opened[0].first, text);
    return run_until(loop, [&] { return counter.bytes == before + 600U * static_cast<std::size_t>(count); });
  };
  ASSERT_TRUE(stream_texts(2000));
  // What the server queues is its own; the client, reading 2000 texts, adds nothing to what it takes to queue them.
  allocations = 0;
  ASSERT_TRUE(stream_texts(2000));
  EXPECT_LT(allocations, 200U);
#endif
}

}  // namespace
}  // namespace ebb::net
