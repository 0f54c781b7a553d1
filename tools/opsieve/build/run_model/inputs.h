// What a model is fed with: the user's files, or a fixed pattern.

#ifndef OPSIEVE_RUN_MODEL_INPUTS_H_
#define OPSIEVE_RUN_MODEL_INPUTS_H_

#include <string>
#include <utility>
#include <vector>

#include "interface.h"
#include "tensorflow/core/framework/tensor.h"

namespace run_model {

// The tensor of a file for an input: .npy, or "@FILE" with one string a line. Ends the program with status 2 where its
// type or shape is not the input's.
tensorflow::Tensor ReadInput(const Endpoint& input, const std::string& file);

// A tensor for an input that nobody gave: unknown dimensions are 1, an unknown rank is a scalar. Ends the program with
// status 2 where there are no values of its type, or too many.
tensorflow::Tensor FillInput(const Endpoint& input);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_INPUTS_H_
