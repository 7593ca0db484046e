// ebb-crashtest: kills `ebb run` again and again while it trades on `ebb exchange`, and judges what is left of its books.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "crashtest/plan.hpp"
#include "crashtest/session.hpp"

namespace {

using namespace ebb;
using namespace ebb::crashtest;

constexpr int kDone = 0, kFailed = 1, kBadUsage = 2;

constexpr std::string_view kHelp =
    R"(ebb-crashtest: kills a trader with SIGKILL and judges what its restarts make of it.

  --runs N         kills (default 20)
  --seed S         of the exchanges and of the moments (default 1)
  --lives N        kills of one data directory before its orderly end (default 10)
  --durability D   [journal] durability of the trader: process or power (default process)
  --only POINT     kills at this crash point alone
  --points         lists the crash points
  --keep           leaves the folders of the sessions
  --json           the result as one JSON document

It starts `ebb exchange` and `ebb run --venue live` on TLS over loopback; both programs are looked for beside this one.
Exit 1 when an order or a trade was lost or doubled, or something else must not have been.

Example:
  ebb-crashtest --runs 200 --json
)";

struct Options {
  std::uint32_t runs = 20;
  std::uint64_t seed = 1;
  std::uint32_t lives = 10;
  std::string durability = "process";
  std::string only;
  bool keep = false;
  bool json = false;
  bool list = false;
  bool help = false;
};

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const bool has_value = i + 1 < argc;
    if (name == "--json") {
      options.json = true;
    } else if (name == "--keep") {
      options.keep = true;
    } else if (name == "--points") {
      options.list = true;
    } else if (name == "--help" || name == "-h") {
      options.help = true;
    } else if (name == "--runs" && has_value) {
      if (!read_number(argv[++i], options.runs)) return false;
    } else if (name == "--seed" && has_value) {
      if (!read_number(argv[++i], options.seed)) return false;
    } else if (name == "--lives" && has_value) {
      if (!read_number(argv[++i], options.lives) || options.lives == 0) return false;
    } else if (name == "--durability" && has_value) {
      options.durability = argv[++i];
      if (options.durability != "process" && options.durability != "power") return false;
    } else if (name == "--only" && has_value) {
      options.only = argv[++i];
    } else {
      return false;
    }
  }
  return true;
}

std::filesystem::path folder_of_programs() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    static_cast<unsigned char>(c) < 0x20 ? out += fmt::format("\\u{:04x}", c) : out += c;
  }
  return out + "\"";
}

double percentile_of(std::vector<Duration> spans, double share) {
  if (spans.empty()) return 0.0;
  std::sort(spans.begin(), spans.end());
  const auto last = static_cast<double>(spans.size() - 1);
  return to_seconds(spans[static_cast<std::size_t>(last * share)]);
}

std::string json_of(const Figures& figures, double wall_seconds) {
  std::string violations;
  for (const std::string& text : figures.verdict.violations)
    violations += (violations.empty() ? "" : ",") + in_quotes(text);
  return fmt::format(
      R"({{"runs":{},"orders":{},"fills":{},"restarts":{},"resume_seconds":{{"p50":{:.3f},"max":{:.3f}}},"lost":{},"doubled":{},)"
      R"("points_not_reached":{},"violations":[{}],"wall_seconds":{:.1f}}})",
      figures.runs, figures.orders, figures.fills, figures.restarts, percentile_of(figures.resumed, 0.5),
      percentile_of(figures.resumed, 1.0), figures.verdict.lost, figures.verdict.doubled, figures.unreached, violations,
      wall_seconds);
}

std::string text_of(const Figures& figures, double wall_seconds) {
  std::string text = fmt::format(
      "{} kills, {} restarts, {} orders, {} fills in {:.0f} s\ntrading goes on after {:.2f} s (median), {:.2f} s at "
      "most\n"
      "{} lost, {} doubled, {} violations, {} crash points not reached\n",
      figures.runs, figures.restarts, figures.orders, figures.fills, wall_seconds, percentile_of(figures.resumed, 0.5),
      percentile_of(figures.resumed, 1.0), figures.verdict.lost, figures.verdict.doubled,
      figures.verdict.violations.size(), figures.unreached);
  for (const std::string& violation : figures.verdict.violations) text += "  " + violation + "\n";
  return text;
}

Figures run_session(const Options& options, std::uint64_t number, const std::vector<Kill>& kills,
                    const std::filesystem::path& folder) {
  const std::filesystem::path programs = folder_of_programs();
  auto session = Session::start({.program = programs / "ebb",
                                 .crashable = programs / "ebb-crashable",
                                 .folder = folder / fmt::format("session-{}", number),
                                 .seed = options.seed * 1'000 + number,
                                 .durability = options.durability});
  Figures figures;
  if (!session) {
    figures.verdict.violations.push_back(session.error().message);
    return figures;
  }
  bool good = true;
  for (const Kill& kill : kills) {
    if (!good) break;
    good = (*session)->run(kill);
    std::fputs(
        fmt::format("ebb-crashtest: session {}: killed at {}{}\n", number, to_text(kill), good ? "" : ": BAD").c_str(),
        stderr);
  }
  if (good) (*session)->finish();
  return (*session)->figures();
}

Figures run_all(const Options& options, const std::filesystem::path& folder) {
  Random random(options.seed);
  auto sessions =
      plan_kills({.runs = options.runs, .lives = options.lives, .power = options.durability == "power"}, random);
  Figures all;
  std::uint64_t number = 0;
  for (std::vector<Kill>& kills : sessions) {
    for (Kill& kill : kills) {
      if (!options.only.empty())
        kill = {.point = options.only, .pass = static_cast<std::uint32_t>(random.between(1, 3))};
    }
    all.add(run_session(options, number++, kills, folder));
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) return std::fwrite(kHelp.data(), 1, kHelp.size(), stderr), kBadUsage;
  if (options.help) return std::fwrite(kHelp.data(), 1, kHelp.size(), stdout), kDone;
  if (options.list) {
    for (const CrashPoint& point : crash_points()) std::puts(point.name);
    return kDone;
  }
  const Timestamp started = wall_now();
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("ebb-crash-{}", getpid());
  const Figures figures = run_all(options, folder);
  const double wall = to_seconds(wall_now() - started);
  const std::string result = options.json ? json_of(figures, wall) + "\n" : text_of(figures, wall);
  std::fwrite(result.data(), 1, result.size(), stdout);
  const bool good = figures.verdict.violations.empty() && figures.verdict.lost + figures.verdict.doubled == 0;
  std::error_code ignored;
  if (good && !options.keep) std::filesystem::remove_all(folder, ignored);
  if (!good) std::fputs(fmt::format("ebb-crashtest: the folders are kept in {}\n", folder.string()).c_str(), stderr);
  return good ? kDone : kFailed;
}
