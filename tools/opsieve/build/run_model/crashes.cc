#include "crashes.h"

#include <signal.h>
#include <unistd.h>


namespace run_model {
namespace {

constexpr char kMessage[] =
    "run_model: TensorFlow stopped the program: the model is damaged, or its inputs are not what it expects\n";

extern "C" void OnCrash(int) {
  // What may be called here is what signal-safety(7) lists.
  const auto written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  static_cast<void>(written);
  _exit(1);
}

}  // namespace

void ReportCrashes() {
  // Of its own, for when the thread's stack has overflowed. SIGSTKSZ is no constant in every C library.
  static char stack[64 << 10];
  stack_t alternative = {};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof stack;
  sigaltstack(&alternative, nullptr);
  struct sigaction action = {};
  action.sa_handler = OnCrash;
  action.sa_flags = SA_ONSTACK;
  constexpr int kSignals[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
  for (const int number : kSignals) sigaction(number, &action, nullptr);
}

}  // namespace run_model
