#ifndef TENSORFLOW_CORE_FRAMEWORK_TYPES_H_
#define TENSORFLOW_CORE_FRAMEWORK_TYPES_H_

#include <string>
#include <vector>

#include "tensorflow/core/framework/types.pb.h"
#include "tensorflow/core/platform/tstring.h"
#include "tensorflow/core/platform/types.h"

namespace tensorflow {

// The names of types of devices, as registrations give them.
extern const char* const DEVICE_DEFAULT;  // "DEFAULT"
extern const char* const DEVICE_CPU;      // "CPU"
extern const char* const DEVICE_GPU;      // "GPU"

typedef std::vector<DataType> DataTypeVector;

// "float" for DT_FLOAT.
std::string DataTypeString(DataType dtype);
// Understands "float" and "DT_FLOAT".
bool DataTypeFromString(StringPiece text, DataType* dtype);
// Bytes of an element; 0 where that is not fixed, or where this tree has no such tensors.
int DataTypeSize(DataType dtype);

template <class T>
struct DataTypeToEnum;

#define MATCH_TYPE_AND_ENUM(TYPE, ENUM)     \
  template <>                               \
  struct DataTypeToEnum<TYPE> {             \
    static DataType v() { return ENUM; }    \
    static constexpr DataType value = ENUM; \
  }

MATCH_TYPE_AND_ENUM(float, DT_FLOAT);
MATCH_TYPE_AND_ENUM(double, DT_DOUBLE);
MATCH_TYPE_AND_ENUM(int32_t, DT_INT32);
MATCH_TYPE_AND_ENUM(uint8_t, DT_UINT8);
MATCH_TYPE_AND_ENUM(int64_t, DT_INT64);
MATCH_TYPE_AND_ENUM(bool, DT_BOOL);
MATCH_TYPE_AND_ENUM(tstring, DT_STRING);

#undef MATCH_TYPE_AND_ENUM

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_TYPES_H_
