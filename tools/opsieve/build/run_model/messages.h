// What the program says on standard error, and how it ends.

#ifndef OPSIEVE_RUN_MODEL_MESSAGES_H_
#define OPSIEVE_RUN_MODEL_MESSAGES_H_

#include <string>
#include <vector>

namespace run_model {

// A line that is no error: what was assumed, what could not be written.
void Note(const std::string& text);

// The library cannot run this model, or running it failed: exit status 1.
[[noreturn]] void CannotRun(const std::string& text);

// The command line, a file of inputs or the model's file is wrong: exit status 2.
[[noreturn]] void WrongInput(const std::string& text);

// "a, b, c", at most a few dozen of them.
std::string Joined(const std::vector<std::string>& names);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_MESSAGES_H_
