#include "simulation/mutants.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "base/mutant.hpp"

namespace ebb::simulation {
namespace {

struct Entry {
  Mutant mutant;
  std::string_view name;
  std::string_view breaks;
  std::string_view rule;
};
constexpr Entry kMutants[] = {
#define EBB_MUTANT_ENTRY(name, breaks, rule) {Mutant::name, #name, breaks, rule},
    EBB_MUTANT_LIST(EBB_MUTANT_ENTRY)
#undef EBB_MUTANT_ENTRY
};

Expected<Mutant> find_mutant(std::string_view name) {
  const auto it = std::ranges::find(kMutants, name, &Entry::name);
  if (it != std::end(kMutants)) return it->mutant;
  return fail("mutant.unknown", fmt::format("there is no mutant {}: see --list-mutants", name));
}

}  // namespace

std::string mutant_catalogue() {
  std::string out;
  for (const Entry& entry : kMutants) out += fmt::format("{:<26}{:<28}{}\n", entry.name, entry.rule, entry.breaks);
  return out;
}

#ifdef EBB_MUTANTS
Expected<void> select_mutant(std::string_view name, char**) {
  TRY(mutant, find_mutant(name));
  selected_mutant = mutant;
  return {};
}
#else
Expected<void> select_mutant(std::string_view name, char** argv) {
  TRY_VOID(find_mutant(name));
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string other = (self.parent_path() / "ebb-simulate-mutants").string();
  if (!error) execv(other.c_str(), argv);
  return fail("mutant.not_built",
              fmt::format("no defects are compiled in, and there is no {}: build it with ./test", other));
}
#endif

}  // namespace ebb::simulation
