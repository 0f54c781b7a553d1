#include "messages.h"

#include <cstdio>
#include <cstdlib>

namespace run_model {
namespace {

void Say(const std::string& text) { std::fprintf(stderr, "run_model: %s\n", text.c_str()); }

// Not exit(): TensorFlow's threads may still run, and must not see its globals destroyed.
[[noreturn]] void End(int status) {
  std::fflush(stdout);
  std::fflush(stderr);
  std::_Exit(status);
}

}  // namespace

void Note(const std::string& text) { Say(text); }

void CannotRun(const std::string& text) {
  Say(text);
  End(1);
}

void WrongInput(const std::string& text) {
  Say(text);
  End(2);
}

std::string Joined(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 40;
  std::string all;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) {
    if (i > 0) all += ", ";
    all += names[i];
  }
  if (names.size() > kShown) all += " and " + std::to_string(names.size() - kShown) + " more";
  return all;
}

}  // namespace run_model
