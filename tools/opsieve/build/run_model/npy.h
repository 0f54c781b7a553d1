// numpy's .npy files (numpy/lib/format.py): versions 1 to 3, little-endian, C order.

#ifndef OPSIEVE_RUN_MODEL_NPY_H_
#define OPSIEVE_RUN_MODEL_NPY_H_

#include <cstdint>
#include <string>
#include <vector>

namespace run_model {

// `type` is numpy's: "<f4", "|b1". Strings have the type "|S" and are in `strings`, in UTF-8 where the file has
// Unicode; numbers are in `bytes`.
struct Array {
  std::string type;
  std::vector<std::int64_t> shape;
  std::string bytes;
  std::vector<std::string> strings;
};

// The number of elements, -1 where it is negative, or more than 2^40.
std::int64_t ElementCount(const std::vector<std::int64_t>& shape);

// Ends the program with status 2, naming `path`, where `content` is no such file.
Array ParseNpy(const std::string& path, const std::string& content);

// The content of a file. numpy ends a string of bytes before its last zero bytes: see LosesZeros.
std::string NpyContent(const Array& array);

bool LosesZeros(const Array& array);

// The bytes that the strings of an array take in a file, where all are as long as the longest.
std::uint64_t StringBytes(const Array& array);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_NPY_H_
