#include "store/wallet_lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "store/journal_fixture.hpp"

namespace ebb::store {
namespace {

using testing::TemporaryDirectory;

constexpr const char* kWallet = "0xABCDEF0000000000000000000000000000000001";
constexpr const char* kSameWallet = "0xabcdef0000000000000000000000000000000001";

TEST(WalletLock, OneAtATimeAndTheHolderIsNamed) {
  const TemporaryDirectory directory;
  std::optional held(testing::value(lock_wallet(directory.path(), "live", kWallet)));
  const auto second = lock_wallet(directory.path(), "live", kSameWallet);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "run.wallet_locked");
  EXPECT_NE(second.error().message.find("process " + std::to_string(getpid())), std::string::npos)
      << second.error().message;
  EXPECT_FALSE(second.error().hint.empty());
  EXPECT_TRUE(lock_wallet(directory.path(), "paper", kWallet));
  held.reset();
  EXPECT_TRUE(lock_wallet(directory.path(), "live", kSameWallet));
}

TEST(WalletLock, AKilledHolderHoldsNothing) {
  const TemporaryDirectory directory;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = lock_wallet(directory.path(), "live", kWallet);
    (void)!write(ready[1], lock ? "y" : "n", 1);
    while (true) pause();
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  const auto refused = lock_wallet(directory.path(), "live", kWallet);
  EXPECT_FALSE(refused);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(lock_wallet(directory.path(), "live", kWallet));
  EXPECT_NE(refused.error().message.find(std::to_string(child)), std::string::npos) << refused.error().message;
}

TEST(WalletLock, WhatCannotBeLockedIsNamed) {
  const TemporaryDirectory directory;
  for (const char* wallet :
       {"", "0x12", "abcdef0000000000000000000000000000000001ab", "0xABCDEF000000000000000000000000000000000G",
        "../../../../../../../../../../tmp/somewhere"}) {
    EXPECT_EQ(lock_wallet(directory.path(), "live", wallet).error().code, "lock.invalid") << wallet;
  }
  std::ofstream(directory.path() / "wallets") << "a file where a directory should be";
  EXPECT_EQ(lock_wallet(directory.path(), "live", kWallet).error().code, "lock.unwritable");
}

}  // namespace
}  // namespace ebb::store
