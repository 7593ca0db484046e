#include "app/wallet.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace ebb::app {
namespace {

const std::string kKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";  // public test key

Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  };
}

class WalletTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "ebb-wallet-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& text, mode_t mode = 0600) {
    const std::string path = (folder_ / "key").string();
    std::ofstream(path) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  static std::string code(const Expected<Wallet>& wallet) { return wallet ? "" : wallet.error().code; }
  std::filesystem::path folder_;
};

TEST_F(WalletTest, ComesFromTheEnvironmentUnderEitherName) {
  const auto ours = Wallet::load({}, environment({{"EBB_PRIVATE_KEY", kKey}}));
  const auto theirs = Wallet::load({}, environment({{"POLY_KEY", kKey.substr(2)}, {"POLY_SIGNATURE", "0"}}));
  ASSERT_TRUE(ours);
  ASSERT_TRUE(theirs);
  EXPECT_EQ(crypto::checksum_text(ours->setup().maker), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  EXPECT_EQ(ours->setup().maker, theirs->setup().maker);
  EXPECT_FALSE(ours->credentials());
}

TEST_F(WalletTest, ComesFromAFileThatOnlyItsOwnerReads) {
  const std::string path =
      write("# test\nEBB_PRIVATE_KEY=" + kKey + "\nEBB_API_KEY=k\nEBB_API_SECRET=c2VjcmV0\nEBB_API_PASSPHRASE=p\n");
  const auto wallet = Wallet::load({.key_file = path}, environment({}));
  ASSERT_TRUE(wallet) << wallet.error().message;
  ASSERT_TRUE(wallet->credentials());
  EXPECT_EQ(wallet->credentials()->passphrase, "p");
  EXPECT_TRUE(Wallet::load({.key_file = write(kKey + "\n")}, environment({})));
  for (const mode_t mode : {0640, 0604, 0660, 0644}) {
    const auto refused = Wallet::load({.key_file = write(kKey, mode)}, environment({}));
    EXPECT_EQ(code(refused), "wallet.key_file") << mode;
    EXPECT_NE(refused.error().hint.find("chmod 600"), std::string::npos);
  }
  EXPECT_EQ(code(Wallet::load({.key_file = (folder_ / "none").string()}, environment({}))), "wallet.key_file");
}

TEST_F(WalletTest, NamesWhatIsWrongAndNeverTheSecret) {
  EXPECT_EQ(code(Wallet::load({}, environment({}))), "wallet.no_key");
  const std::string almost = kKey.substr(0, 60);
  const auto bad = Wallet::load({}, environment({{"EBB_PRIVATE_KEY", almost}}));
  EXPECT_EQ(code(bad), "wallet.bad_key");
  EXPECT_EQ((bad.error().message + bad.error().hint).find(almost.substr(2, 12)), std::string::npos);
  EXPECT_EQ(code(Wallet::load({}, environment({{"EBB_PRIVATE_KEY", kKey}, {"EBB_SIGNATURE_TYPE", "4"}}))),
            "wallet.signature_type");
  EXPECT_EQ(code(Wallet::load({}, environment({{"EBB_PRIVATE_KEY", kKey}, {"EBB_API_KEY", "k"}}))), "wallet.api_key");
}

TEST_F(WalletTest, RefusesAWalletTypeThatDoesNotFit) {
  const auto none = Wallet::load({}, environment({{"EBB_PRIVATE_KEY", kKey}, {"EBB_SIGNATURE_TYPE", "1"}}));
  EXPECT_FALSE(none) << "a proxy wallet needs its funder";
  const std::string funder = "0x00000000000000000000000000000000000000aa";
  EXPECT_TRUE(
      Wallet::load({}, environment({{"EBB_PRIVATE_KEY", kKey}, {"EBB_SIGNATURE_TYPE", "2"}, {"EBB_FUNDER", funder}})));
  EXPECT_FALSE(
      Wallet::load({}, environment({{"EBB_PRIVATE_KEY", kKey}, {"EBB_SIGNATURE_TYPE", "0"}, {"EBB_FUNDER", funder}})));
}

}  // namespace
}  // namespace ebb::app
