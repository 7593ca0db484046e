#include "crypto/hash.hpp"

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <rapidcheck.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace ebb::crypto {
namespace {

// Both ways in which a library could allocate: OpenSSL asks malloc (its hooks can only be set before its first
// allocation, hence at start), Crypto++ asks operator new.
int allocations = 0;
void* counting_malloc(std::size_t size, const char*, int) {
  ++allocations;
  return std::malloc(size);
}
void* counting_realloc(void* old, std::size_t size, const char*, int) {
  ++allocations;
  return std::realloc(old, size);
}
void plain_free(void* memory, const char*, int) { std::free(memory); }
const bool hooks_set = CRYPTO_set_mem_functions(counting_malloc, counting_realloc, plain_free) == 1;

TEST(Sha1, KnownVectors) {
  EXPECT_EQ(to_hex(sha1({})), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(to_hex(sha1(bytes_of("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(sha1(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

TEST(Sha256, KnownVectors) {
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(bytes_of("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Keccak256, KnownVectors) {
  EXPECT_EQ(to_hex(keccak256({})), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(to_hex(keccak256(bytes_of("abc"))), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

TEST(Sha256, PiecesEqualTheWhole) {
  EXPECT_TRUE(rc::check("any split gives the one-shot digest", [](const std::vector<std::string>& pieces) {
    Sha256 stream;
    std::string whole;
    for (const std::string& piece : pieces) {
      stream.update(piece);
      whole += piece;
      RC_ASSERT(stream.peek() == sha256(bytes_of(whole)));
    }
    RC_ASSERT(stream.finish() == sha256(bytes_of(whole)));
  }));
}

TEST(Sha256, FinishStartsAnew) {
  Sha256 stream;
  stream.update("something else");
  (void)stream.finish();
  stream.update("abc");
  EXPECT_EQ(stream.finish(), sha256(bytes_of("abc")));
}

TEST(Sha1, PiecesEqualTheWhole) {
  Sha1 stream;
  stream.update("a");
  stream.update("bc");
  EXPECT_EQ(stream.finish(), sha1(bytes_of("abc")));
  stream.update("abc");
  EXPECT_EQ(stream.finish(), sha1(bytes_of("abc"))) << "finish starts anew";
}

TEST(Hash, NothingAllocates) {
  ASSERT_TRUE(hooks_set);
  const std::string text(5000, 'x');
  Sha256 stream;
  const int before = allocations;
  for (int i = 0; i < 100; ++i) {
    (void)sha1(bytes_of(text));
    (void)sha256(bytes_of(text));
    (void)keccak256(bytes_of(text));
    stream.update(text);
    (void)stream.finish();
  }
  EXPECT_EQ(allocations, before);
  OPENSSL_free(OPENSSL_malloc(1));
  ::operator delete(::operator new(1));
  EXPECT_EQ(allocations, before + 2) << "the hooks see nothing";
}

}  // namespace
}  // namespace ebb::crypto

void* operator new(std::size_t size) {
  ++ebb::crypto::allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
// Not inline: GCC would take free() for a mismatch of the operators.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
