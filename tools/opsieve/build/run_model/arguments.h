// The command line.

#ifndef OPSIEVE_RUN_MODEL_ARGUMENTS_H_
#define OPSIEVE_RUN_MODEL_ARGUMENTS_H_

#include <string>
#include <utility>
#include <vector>

namespace run_model {

struct Arguments {
  std::string model;
  std::string signature;
  std::vector<std::string> tags = {"serve"};
  std::vector<std::pair<std::string, std::string>> feeds;  // name, file
  std::vector<std::string> fetches;
  std::string output;  // a folder; "" writes no files
  int runs = 1;
  int threads = 0;  // 0 leaves it to TensorFlow
  bool json = false;
  bool list = false;
};

// Ends the program with status 2 for a wrong command line, and with 0 after --help.
Arguments ParseArguments(int argc, char** argv);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_ARGUMENTS_H_
