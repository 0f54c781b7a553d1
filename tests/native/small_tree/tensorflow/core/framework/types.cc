#include "tensorflow/core/framework/types.h"

#include "tensorflow/core/platform/protobuf.h"

namespace tensorflow {

const char* const DEVICE_DEFAULT = "DEFAULT";
const char* const DEVICE_CPU = "CPU";
const char* const DEVICE_GPU = "GPU";

namespace {

struct TypeName {
  DataType dtype;
  const char* name;
  int size;
};

constexpr TypeName kTypes[] = {
    {DT_FLOAT, "float", 4},     {DT_DOUBLE, "double", 8},       {DT_INT32, "int32", 4},
    {DT_UINT8, "uint8", 1},     {DT_INT16, "int16", 0},         {DT_INT8, "int8", 0},
    {DT_STRING, "string", 0},   {DT_COMPLEX64, "complex64", 0}, {DT_INT64, "int64", 8},
    {DT_BOOL, "bool", 1},       {DT_QINT8, "qint8", 0},         {DT_QUINT8, "quint8", 0},
    {DT_QINT32, "qint32", 0},   {DT_BFLOAT16, "bfloat16", 0},   {DT_QINT16, "qint16", 0},
    {DT_QUINT16, "quint16", 0}, {DT_UINT16, "uint16", 0},       {DT_COMPLEX128, "complex128", 0},
    {DT_HALF, "half", 0},       {DT_RESOURCE, "resource", 0},   {DT_VARIANT, "variant", 0},
    {DT_UINT32, "uint32", 0},   {DT_UINT64, "uint64", 0},
};

}  // namespace

std::string DataTypeString(DataType dtype) {
  for (const TypeName& type : kTypes) {
    if (type.dtype == dtype) return type.name;
  }
  return "unknown dtype enum (" + std::to_string(dtype) + ")";
}

bool DataTypeFromString(StringPiece text, DataType* dtype) {
  if (DataType_Parse(std::string(text), dtype)) return true;
  for (const TypeName& type : kTypes) {
    if (text == type.name) {
      *dtype = type.dtype;
      return true;
    }
  }
  return false;
}

int DataTypeSize(DataType dtype) {
  for (const TypeName& type : kTypes) {
    if (type.dtype == dtype) return type.size;
  }
  return 0;
}

}  // namespace tensorflow
