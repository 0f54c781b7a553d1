// Outputs as text, one a line, and as JSON.

#ifndef OPSIEVE_RUN_MODEL_PRINTING_H_
#define OPSIEVE_RUN_MODEL_PRINTING_H_

#include <string>
#include <vector>

#include "dtypes.h"
#include "npy.h"

namespace run_model {

struct Output {
  std::string name;
  std::string dtype;
  Array array;
  const Dtype* type = nullptr;  // nullptr where the elements are no data
  std::string file;             // "" where none was written
};

// "scores DT_FLOAT [1, 10] 0.1 0.25 ..."
std::string AsText(const Output& output);

// {"outputs": [{"name": "scores", "dtype": "DT_FLOAT", "shape": [1, 10], "values": [0.1, 0.25]}]}: the first values.
// Numbers that JSON has not are strings.
std::string AsJson(const std::vector<Output>& outputs);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_PRINTING_H_
