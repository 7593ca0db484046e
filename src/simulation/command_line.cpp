#include "simulation/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/decimal.hpp"
#include "simulation/mutants.hpp"
#include "simulation/shrink.hpp"
#include "simulation/world.hpp"

namespace ebb::simulation {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kUsage =
    "usage: ebb-simulate --seeds N [--from S] [--days D] [--jobs J] [--script FILE] [--json] [--shrink]\n"
    "                    [--explain | --trace]\n"
    "       ebb-simulate --print-script SEED      what goes wrong in a seed\n"
    "       ebb-simulate --list-faults\n"
    "       ebb-simulate --list-mutants           deliberate defects, for --mutant NAME\n"
    "Example: ebb-simulate --seeds 200 --json\n"
    "Exit codes: 0 no violation, 1 a rule was broken, 2 bad usage\n";
constexpr std::size_t kShown = 20;  // violations of one seed
constexpr std::size_t kShrunk = 5;  // seeds

struct Options {
  std::uint64_t seeds = 0;
  std::uint64_t from = 1;
  double days = 0.0;
  std::string days_text;
  unsigned jobs = 1;
  std::string script;
  std::string mutant;
  bool json = false;
  bool digests = false;
  bool shrink = false;
  Telling telling = Telling::verdict;
};

struct Total {
  std::uint64_t seeds = 0;
  double simulated_seconds = 0.0;
  double core_seconds = 0.0;
  TraderCounts counts;
  std::uint64_t restarts = 0;
  std::uint64_t checks = 0;
  std::map<std::string, std::uint64_t> faults;
  std::vector<SeedResult> broken;
};

/// What this thread has used of a core: the machine may be busy with other things.
double core_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out;
}

std::string repro_of(const SeedResult& result, const Options& options) {
  std::string text = fmt::format("ebb-simulate --seeds 1 --from {}", result.seed);
  if (!options.days_text.empty()) text += fmt::format(" --days {}", options.days_text);
  if (!options.script.empty()) text += fmt::format(" --script {}", options.script);
  if (!options.mutant.empty()) text += fmt::format(" --mutant {}", options.mutant);
  return text;
}

std::string violation_json(const SeedResult& result, const checker::Violation& v, const Options& options) {
  return fmt::format(R"({{"seed":{},"rule":"{}","at":{:.3f},"token_id":"{}","detail":"{}","repro":"{}"}})", result.seed,
                     v.rule, static_cast<double>(v.time - kBeginning.ns()) / 1e9, v.token_id, escaped(v.detail),
                     escaped(repro_of(result, options)));
}

std::string total_json(const Total& total, const Options& options, double wall) {
  std::string faults;
  for (const auto& [name, count] : total.faults) {
    if (!faults.empty()) faults += ',';
    faults += fmt::format("\"{}\":{}", name, count);
  }
  std::string violations;
  for (const SeedResult& result : total.broken) {
    for (std::size_t i = 0; i < std::min(result.violations.size(), kShown); ++i) {
      if (!violations.empty()) violations += ',';
      violations += violation_json(result, result.violations[i], options);
    }
  }
  const double per_core = total.core_seconds > 0 ? static_cast<double>(total.counts.events()) / total.core_seconds : 0;
  return fmt::format(
      R"({{"command":"simulate","seeds":{},"from":{},"simulated_days":{:.4f},"events":{},"events_by_kind":{{"market":{},"private":{},"timer":{}}},"wall_seconds":{:.3f},"jobs":{},"events_per_second":{:.0f},"orders":{},"fills":{},"restarts":{},"checks":{},"faults":{{{}}},"violations":[{}],"ok":{}}})",
      total.seeds, options.from, total.simulated_seconds / 86'400.0, total.counts.events(), total.counts.market_events,
      total.counts.private_events, total.counts.timer_evaluations, wall, options.jobs, per_core, total.counts.orders,
      total.counts.fills, total.restarts, total.checks, faults, violations, total.broken.empty() ? "true" : "false");
}

void print_broken(const SeedResult& result, const Options& options) {
  fmt::print(stderr, "seed {}: {} violations\n", result.seed, result.violation_count);
  for (std::size_t i = 0; i < std::min(result.violations.size(), kShown); ++i) {
    const checker::Violation& v = result.violations[i];
    fmt::print(stderr, "  {:.3f} s  {}  {}  {}\n", static_cast<double>(v.time - kBeginning.ns()) / 1e9, v.rule,
               v.token_id.substr(0, 12), v.detail);
  }
  fmt::print(stderr, "  repeat with: {}\n", repro_of(result, options));
}

Expected<std::string> read_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail("script.unreadable", fmt::format("{} cannot be read", path));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

SeedResult run_seed(std::uint64_t seed, const Options& options, const std::string& script_text) {
  const Scenario scenario = scenario_of(seed, options.days);
  const std::string text = options.script.empty() ? draw_script(scenario) : script_text;
  const auto script = parse_script(text, options.script.empty() ? "seed" : options.script);
  if (!script) {
    SeedResult result{.seed = seed};
    result.violation_count = 1;
    result.violations.push_back({"simulation.script", kBeginning.ns(), "", script.error().message});
    return result;
  }
  return run_world(scenario, *script, options.telling);
}

/// Prints a script of fewer lines, without which the rule that was broken first is not broken any more.
void print_shrunk(const SeedResult& broken, const Options& options, const std::string& script_text) {
  if (broken.violations.empty()) return;
  const std::string rule(broken.violations.front().rule);
  const Scenario scenario = scenario_of(broken.seed, options.days);
  const auto whole_script = parse_script(options.script.empty() ? draw_script(scenario) : script_text, "script");
  if (!whole_script) return;
  std::string head;
  std::vector<std::string> lines;
  for (const std::string& line : whole_script->lines) {
    if (fault_of(line).empty()) {
      head += line + "\n";
    } else {
      lines.push_back(line);
    }
  }
  const auto text_of = [&](const std::vector<std::string>& kept) {
    std::string text = head;
    for (const std::string& line : kept) text += line + "\n";
    return text;
  };
  const auto fails = [&](const std::vector<std::string>& kept) {
    const auto script = parse_script(text_of(kept), "script");
    if (!script) return false;
    const SeedResult result = run_world(scenario, *script, Telling::verdict);
    return std::any_of(result.violations.begin(), result.violations.end(),
                       [&](const checker::Violation& v) { return v.rule == rule; });
  };
  const std::size_t count = lines.size();
  const Shrunk shrunk = shrink(std::move(lines), fails);
  fmt::print(stderr, "seed {}: {} of {} faults break {} ({} runs), as a script:\n{}", broken.seed, shrunk.lines.size(),
             count, rule, shrunk.runs, text_of(shrunk.lines));
}

/// Seeds are independent: each thread takes the next one; results are put in order.
Total run_seeds(const Options& options, const std::string& script_text) {
  Total total;
  std::atomic<std::uint64_t> next{0};
  std::mutex mutex;
  const auto work = [&] {
    for (;;) {
      const std::uint64_t index = next.fetch_add(1);
      if (index >= options.seeds) return;
      const double begun = core_seconds();
      SeedResult result = run_seed(options.from + index, options, script_text);
      const double spent = core_seconds() - begun;
      const std::lock_guard lock(mutex);
      ++total.seeds;
      total.simulated_seconds += to_seconds(result.simulated);
      total.core_seconds += spent;
      total.counts += result.counts;
      total.restarts += result.restarts;
      total.checks += result.checks;
      for (const auto& [name, count] : result.faults) total.faults[name] += count;
      if (options.digests) fmt::print("{} {}\n", result.seed, result.digest);
      if (result.violation_count == 0) continue;
      print_broken(result, options);
      total.broken.push_back(std::move(result));
    }
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < options.jobs; ++i) others.emplace_back(work);
  work();
  for (std::thread& thread : others) thread.join();
  std::sort(total.broken.begin(), total.broken.end(),
            [](const SeedResult& a, const SeedResult& b) { return a.seed < b.seed; });
  return total;
}

void print_total(const Total& total, double wall) {
  fmt::print("{} seeds, {:.2f} simulated days, {} engine events in {:.1f} s: {:.0f} events/s on one core\n",
             total.seeds, total.simulated_seconds / 86'400.0, total.counts.events(), wall,
             total.core_seconds > 0 ? static_cast<double>(total.counts.events()) / total.core_seconds : 0);
  fmt::print("{} orders, {} fills, {} restarts, {} checks\n", total.counts.orders, total.counts.fills, total.restarts,
             total.checks);
  for (const auto& [name, count] : total.faults) fmt::print("  {:<16} {}\n", name, count);
  fmt::print("{}\n", total.broken.empty() ? std::string("no violation")
                                          : fmt::format("{} seeds with violations", total.broken.size()));
}

std::optional<std::uint64_t> whole(std::string_view text) {
  const auto value = parse_scaled(text, 0);
  if (!value || text.find('.') != std::string_view::npos) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

int usage() {
  fmt::print(stderr, "{}", kUsage);
  return 2;
}

bool read_option(std::string_view name, const char* value, Options& options) {
  if (value == nullptr) return false;
  if (name == "--script") return options.script = value, true;
  if (name == "--days") {
    const auto days = parse_scaled(value, 6);
    options.days_text = value;
    options.days = days ? static_cast<double>(*days) / 1e6 : 0.0;
    return days && *days > 0;
  }
  const auto number = whole(value);
  if (!number) return false;
  if (name == "--seeds") return options.seeds = *number, true;
  if (name == "--from") return options.from = *number, true;
  if (name == "--jobs") return options.jobs = static_cast<unsigned>(*number), *number >= 1 && *number <= 256;
  return false;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help" || name == "-h") return fmt::print("{}", kUsage), 0;
    if (name == "--json") {
      options.json = true;
    } else if (name == "--digests") {
      options.digests = true;
    } else if (name == "--shrink") {
      options.shrink = true;
    } else if (name == "--explain") {
      options.telling = Telling::explain;
    } else if (name == "--trace") {
      options.telling = Telling::trace;
    } else if (name == "--list-faults") {
      return fmt::print("{}{}", exchange::fault_catalogue(), side_catalogue()), 0;
    } else if (name == "--list-mutants") {
      return fmt::print("{}", mutant_catalogue()), 0;
    } else if (name == "--mutant" && i + 1 < argc) {
      options.mutant = argv[++i];
    } else if (name == "--print-script" && i + 1 < argc && whole(argv[i + 1])) {
      return fmt::print("{}", draw_script(scenario_of(*whole(argv[i + 1]), options.days))), 0;
    } else if (!read_option(name, i + 1 < argc ? argv[i + 1] : nullptr, options)) {
      return usage();
    } else {
      ++i;
    }
  }
  if (options.seeds == 0) return usage();
  if (!options.mutant.empty()) {
    if (const auto selected = select_mutant(options.mutant, argv); !selected)
      return fmt::print(stderr, "ebb-simulate: {}\n", selected.error().message), 2;
  }
  std::string script_text;
  if (!options.script.empty()) {
    const auto text = read_file(options.script);
    const auto script = text ? parse_script(*text, options.script) : Expected<Script>(std::unexpected(text.error()));
    if (!script) return fmt::print(stderr, "ebb-simulate: {}\n", script.error().message), 2;
    script_text = *text;
  }
  const auto begun = Clock::now();
  const Total total = run_seeds(options, script_text);
  const double wall = std::chrono::duration<double>(Clock::now() - begun).count();
  if (options.shrink) {
    for (std::size_t i = 0; i < std::min(total.broken.size(), kShrunk); ++i)
      print_shrunk(total.broken[i], options, script_text);
  }
  if (options.json) {
    fmt::print("{}\n", total_json(total, options, wall));
  } else if (!options.digests) {
    print_total(total, wall);
  }
  return total.broken.empty() ? 0 : 1;
}

}  // namespace ebb::simulation
