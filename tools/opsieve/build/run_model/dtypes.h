// TensorFlow's dtypes, and what each is in a .npy file.

#ifndef OPSIEVE_RUN_MODEL_DTYPES_H_
#define OPSIEVE_RUN_MODEL_DTYPES_H_

#include <string>

#include "tensorflow/core/framework/tensor.h"

namespace run_model {

enum class Kind { kFloat, kBfloat16, kSigned, kUnsigned, kBool, kComplex, kString, kBits };

// `npy` is the type in a .npy file: bfloat16 and 8-bit floats, which numpy does not have, are kept as integers of their
// size, and quantised numbers as the integers that they are.
struct Dtype {
  int number;  // of tensorflow::DataType; not every release has every name
  const char* name;
  const char* npy;
  Kind kind;
  int size;  // of an element, in bytes; 0 for a string

  tensorflow::DataType type() const { return static_cast<tensorflow::DataType>(number); }
  bool AsBits() const { return kind == Kind::kBfloat16 || kind == Kind::kBits; }
};

// nullptr for one whose values are no data (DT_RESOURCE, DT_VARIANT) or that is unknown.
const Dtype* FindDtype(int number);

// The first dtype that a .npy file's type stands for, nullptr for none.
const Dtype* DtypeOfNpy(const std::string& npy);

// "DT_FLOAT"; "dtype 99" for an unknown one.
std::string DtypeName(int number);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_DTYPES_H_
