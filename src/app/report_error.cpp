#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/commands.hpp"
#include "app/json.hpp"

namespace ebb::app {

namespace {
bool lost = false;  // a result, or a part of one
}

void print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if ((!written || std::fflush(stdout) != 0) && errno != EPIPE) {
    if (!lost) fmt::print(stderr, "ebb: the result could not be written: {}\n", std::strerror(errno));
    lost = true;
  }
}

bool output_lost() { return lost; }

int report_errors(const std::string& command, const CommonOptions& common, const std::vector<Error>& errors,
                  int exit_code) {
  for (const Error& error : errors) {
    fmt::print(stderr, "ebb: {}\n", error.message);
    if (!error.hint.empty()) fmt::print(stderr, "     {}\n", error.hint);
  }
  if (common.json) {
    JsonWriter json;
    json.begin_object();
    write_head(json, command, 0.0, errors);
    json.end_object();
    print(json.text() + "\n");
  }
  return exit_code;
}

int report_error(const std::string& command, const CommonOptions& common, const Error& error, int exit_code) {
  return report_errors(command, common, {error}, exit_code);
}

}  // namespace ebb::app
