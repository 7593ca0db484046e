#include "app/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ebb::app {
namespace {

using testing::HasSubstr;

Config accepted(std::string_view text) {
  auto config = parse_config(text, "ebb.toml");
  if (!config) {
    for (const Error& error : config.error()) ADD_FAILURE() << error.message;
    return {};
  }
  return *config;
}

/// The only error of `text`.
Error refused(std::string_view text) {
  const auto config = parse_config(text, "ebb.toml");
  if (config) {
    ADD_FAILURE() << "accepted: " << text;
    return {};
  }
  EXPECT_EQ(config.error().size(), 1u) << config.error().back().message;
  return config.error().front();
}

const strategy::TierRule& tier(const Config& config, std::string_view name) {
  for (const strategy::TierRule& rule : config.tiers) {
    if (rule.name == name) return rule;
  }
  ADD_FAILURE() << "no tier " << name;
  return config.tiers.front();
}

TEST(Config, PrintedDefaultsReadBackToTheSame) {
  const std::string printed = config_text(Config());
  EXPECT_EQ(config_text(accepted(printed)), printed);
  EXPECT_EQ(accepted(printed).tiers.size(), strategy::builtin_tiers().size());
}

TEST(Config, EverythingThatWasChangedReadsBackToTheSame) {
  const Config config = accepted(R"(
[venue]
clob_rest = "http://127.0.0.1:8080"
ca_file = "/tmp/with \"quotes\" and \\"
[risk]
per_order = 12.5
stop_on_daily_loss = false
[execution]
sell_after = "confirmed"
stop_policy = "keep_sells"
[tiers.mine]
base = "fast"
window = "1m30s"
drop_pct = 0.0001
[tiers.mine.match]
max_life = "unlimited"
[tokens.123]
tier = "mine"
order_size = 7.25
)");
  const std::string printed = config_text(config);
  EXPECT_EQ(config_text(accepted(printed)), printed);
  EXPECT_EQ(accepted(printed).limits.per_order, Usdc(12'500'000));
  EXPECT_EQ(find_override(accepted(printed), "123")->values.order_size, Shares(7'250'000));
}

TEST(Config, EmptyFileIsTheDefaults) { EXPECT_EQ(config_text(accepted("")), config_text(Config())); }

TEST(Config, FileWinsOverDefaultsAndKeepsTheRest) {
  const Config config =
      accepted("[tiers.default]\ndrop_pct = 4.5\nmax_buy_price = \"0.9\"\nsell_requote_min_interval_ms = 2500\n");
  const strategy::Params& params = tier(config, "default").params;
  EXPECT_EQ(params.drop, strategy::Ratio(45'000));
  EXPECT_EQ(params.max_buy_price, Price(9000));
  EXPECT_EQ(params.sell_requote_interval, milliseconds(2500));
  EXPECT_EQ(params.window, strategy::default_params().window);
}

TEST(Config, TokenSectionWinsOverItsTier) {
  const Config config = accepted("[tokens.\"777\"]\nprofit_pct = 2\nmarket_end_action = \"hold\"\nbuy_pull = false\n");
  const TokenOverride* token = find_override(config, "777");
  ASSERT_NE(token, nullptr);
  EXPECT_EQ(token->set.count(), 3u);
  strategy::Params base = strategy::fast_params();
  const strategy::Params merged = with_override(base, *token);
  EXPECT_EQ(merged.profit, strategy::Ratio(20'000));
  EXPECT_EQ(merged.market_end_action, strategy::MarketEndAction::hold);
  EXPECT_FALSE(merged.buy_pull);
  EXPECT_EQ(merged.drop, base.drop);
  EXPECT_EQ(merged.window, base.window);
  EXPECT_EQ(find_override(config, "778"), nullptr);
}

TEST(Config, OwnTiersComeFirstInTheOrderOfTheFile) {
  const Config config = accepted("[tiers.zebra]\n[tiers.ant]\nbase = \"predecessor\"\n");
  EXPECT_EQ(config.tiers[0].name, "zebra");
  EXPECT_EQ(config.tiers[1].name, "ant");
  EXPECT_EQ(config.tiers[1].params.window, strategy::predecessor_params().window);
  EXPECT_EQ(config.tiers.size(), strategy::builtin_tiers().size() + 2);
}

TEST(Config, TierOrderCanBeGiven) {
  const Config config = accepted("[tiers]\norder = [\"fast\", \"mine\"]\n[tiers.mine]\n");
  EXPECT_EQ(config.tiers[0].name, "fast");
  EXPECT_EQ(config.tiers[1].name, "mine");
}

TEST(Config, ForcedTierFitsEveryMarket) {
  Config config;
  ASSERT_TRUE(force_tier(config, "fast"));
  const strategy::TierRule* chosen = strategy::choose_tier(config.tiers, {Price(1), 500, 0.0, Duration(INT64_MAX)});
  ASSERT_NE(chosen, nullptr);
  EXPECT_EQ(chosen->name, "fast");
  EXPECT_THAT(force_tier(config, "slow").error().hint, HasSubstr("fast"));
}

TEST(ConfigErrors, UnknownKeyNamesPlaceAndNearest) {
  const Error error = refused("[tiers.default]\nwindow = \"30m\"\n  drop_pc = 3\n");
  EXPECT_EQ(error.code, "config.unknown_key");
  EXPECT_THAT(error.message, HasSubstr("ebb.toml:3:3: unknown key `drop_pc` in [tiers.default]"));
  EXPECT_THAT(error.hint, HasSubstr("`drop_pct`"));
}

TEST(ConfigErrors, UnknownSection) {
  const Error error = refused("\n[riks]\ntotal = 5\n");
  EXPECT_THAT(error.message, HasSubstr("ebb.toml:2:2: unknown key `riks`"));
  EXPECT_THAT(error.hint, HasSubstr("`risk`"));
}

TEST(ConfigErrors, UnknownKeyInATokenSection) {
  EXPECT_THAT(refused("[tokens.\"12\"]\norder_sise = 5\n").hint, HasSubstr("`order_size`"));
}

struct BadLine {
  const char* text;
  const char* code;
  const char* message;
};
class ConfigBadLines : public testing::TestWithParam<BadLine> {};

TEST_P(ConfigBadLines, AreRefusedWithTheirPlace) {
  const Error error = refused(GetParam().text);
  EXPECT_EQ(error.code, GetParam().code) << error.message;
  EXPECT_THAT(error.message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, ConfigBadLines,
    testing::Values(BadLine{"[venue]\nclob_rest = 5\n", "config.type", "2:13: `clob_rest` in [venue] must be"},
                    BadLine{"[venue]\nws_user = \"https://x\"\n", "config.value", "2:11"},
                    BadLine{"[venue]\ngamma = \"https://\"\n", "config.value", "is not an address"},
                    BadLine{"venue = 3\n", "config.type", "1:9: `venue` must be a section, not an integer"},
                    BadLine{"[risk]\ntotal = true\n", "config.type", "must be a decimal number, not true or false"},
                    BadLine{"[risk]\ntotal = -1\n", "config.value", "out of range"},
                    BadLine{"[risk]\ntotal = 0.1234567\n", "config.value", "too many decimals"},
                    BadLine{"[risk]\ntotal = nan\n", "config.value", "2:9"},
                    BadLine{"[risk]\nopen_orders = 1.5\n", "config.type", "must be an integer, not a number"},
                    BadLine{"[risk]\nopen_orders = -1\n", "config.value", "-1 is out of range"},
                    BadLine{"[risk]\nstop_on_daily_loss = 1\n", "config.type", "must be true or false"},
                    BadLine{"[feed]\nlink_stale_ms = \"30s\"\n", "config.type", "must be an integer, not a string"},
                    BadLine{"[feed]\nsoft_stale_after_ms = 40000\n", "config.value", "above `link_stale_ms`"},
                    BadLine{"[execution]\nsell_after = \"never\"\n", "config.value", "\"never\" is none of its values"},
                    BadLine{"[tiers.default]\nwindow = 30\n", "config.type", "must be a duration in quotes"},
                    BadLine{"[tiers.default]\nwindow = \"30 minutes\"\n", "config.value", "is not a duration"},
                    BadLine{"[tiers.default]\nwindow = \"100h\"\n", "config.value", "out of range"},
                    BadLine{"[tiers.default]\nmax_buy_price = 0.12345\n", "config.value", "too many decimals"},
                    BadLine{"[tiers.default]\nmax_buy_price = 1.5\n", "config.value", "out of range"},
                    BadLine{"[tiers.default]\nmin_buy_price = 0.96\n", "config.value",
                            "min_buy_price is above max_buy_price"},
                    BadLine{"[tiers.default]\nmatch = 1\n", "config.type", "must be a section"},
                    BadLine{"[tiers.default]\nbase = \"fast\"\n", "config.value", "a built-in tier has no base"},
                    BadLine{"[tiers.new]\nbase = \"old\"\n", "config.value", "there is no tier \"old\""},
                    BadLine{"[tiers]\norder = [\"nobody\"]\n", "config.tier", "there is no tier \"nobody\""},
                    BadLine{"[tiers]\norder = \"fast\"\n", "config.type", "must be an array"},
                    BadLine{"[tokens.abc]\n", "config.value", "is not a token id"},
                    BadLine{"[tokens.12]\ntier = \"nobody\"\n", "config.tier", "there is no tier"},
                    BadLine{"[risk\ntotal = 1\n", "config.syntax", "ebb.toml:1:"},
                    BadLine{"[risk]\ntotal = 1\ntotal = 2\n", "config.syntax", "ebb.toml:3:"}));

TEST(ConfigErrors, AllAreReportedAtOnce) {
  const auto config = parse_config("[risk]\ntotl = 1\nper_order = \"x\"\n[feed]\nlink_stale_ms = 1.5\n", "ebb.toml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().size(), 3u);
}

class ConfigFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "ebb-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  std::filesystem::path folder_;
};

TEST_F(ConfigFiles, KeyFileMustBePrivate) {
  const std::string key = write("key", "secret", 0640);
  const std::string config = write("ebb.toml", "[wallet]\nkey_file = \"" + key + "\"\n");
  const auto open = load_config(config);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error()[0].code, "config.key_file");
  EXPECT_THAT(open.error()[0].hint, HasSubstr("chmod 600"));
  EXPECT_THAT(open.error()[0].message, testing::Not(HasSubstr("secret")));
  chmod(key.c_str(), 0600);
  EXPECT_TRUE(load_config(config));
  std::filesystem::remove(key);
  EXPECT_FALSE(load_config(config));
}

TEST_F(ConfigFiles, MissingFileAndFolder) {
  EXPECT_EQ(load_config(folder_ / "nothing.toml").error()[0].code, "config.unreadable");
  EXPECT_EQ(load_config(folder_).error()[0].code, "config.unreadable");
  EXPECT_TRUE(load_config(""));
}

}  // namespace
}  // namespace ebb::app
