#include "dtypes.h"

namespace run_model {
namespace {

// The numbers are those of tensorflow/core/framework/types.proto, which never change.
constexpr Dtype kDtypes[] = {
    {1, "DT_FLOAT", "<f4", Kind::kFloat, 4},
    {2, "DT_DOUBLE", "<f8", Kind::kFloat, 8},
    {3, "DT_INT32", "<i4", Kind::kSigned, 4},
    {4, "DT_UINT8", "|u1", Kind::kUnsigned, 1},
    {5, "DT_INT16", "<i2", Kind::kSigned, 2},
    {6, "DT_INT8", "|i1", Kind::kSigned, 1},
    {7, "DT_STRING", "|S", Kind::kString, 0},
    {8, "DT_COMPLEX64", "<c8", Kind::kComplex, 8},
    {9, "DT_INT64", "<i8", Kind::kSigned, 8},
    {10, "DT_BOOL", "|b1", Kind::kBool, 1},
    {17, "DT_UINT16", "<u2", Kind::kUnsigned, 2},
    {18, "DT_COMPLEX128", "<c16", Kind::kComplex, 16},
    {19, "DT_HALF", "<f2", Kind::kFloat, 2},
    {22, "DT_UINT32", "<u4", Kind::kUnsigned, 4},
    {23, "DT_UINT64", "<u8", Kind::kUnsigned, 8},
    {11, "DT_QINT8", "|i1", Kind::kSigned, 1},
    {12, "DT_QUINT8", "|u1", Kind::kUnsigned, 1},
    {13, "DT_QINT32", "<i4", Kind::kSigned, 4},
    {14, "DT_BFLOAT16", "<u2", Kind::kBfloat16, 2},
    {15, "DT_QINT16", "<i2", Kind::kSigned, 2},
    {16, "DT_QUINT16", "<u2", Kind::kUnsigned, 2},
    {24, "DT_FLOAT8_E5M2", "|u1", Kind::kBits, 1},
    {25, "DT_FLOAT8_E4M3FN", "|u1", Kind::kBits, 1},
    {26, "DT_FLOAT8_E4M3FNUZ", "|u1", Kind::kBits, 1},
    {27, "DT_FLOAT8_E4M3B11FNUZ", "|u1", Kind::kBits, 1},
    {28, "DT_FLOAT8_E5M2FNUZ", "|u1", Kind::kBits, 1},
    {29, "DT_INT4", "|i1", Kind::kSigned, 1},
    {30, "DT_UINT4", "|u1", Kind::kUnsigned, 1},
    {31, "DT_INT2", "|i1", Kind::kSigned, 1},
    {32, "DT_UINT2", "|u1", Kind::kUnsigned, 1},
};

}  // namespace

const Dtype* FindDtype(int number) {
  for (const Dtype& dtype : kDtypes) {
    if (dtype.number == number) return &dtype;
  }
  return nullptr;
}

const Dtype* DtypeOfNpy(const std::string& npy) {
  for (const Dtype& dtype : kDtypes) {
    if (npy == dtype.npy) return &dtype;
  }
  return nullptr;
}

std::string DtypeName(int number) {
  const Dtype* dtype = FindDtype(number);
  if (dtype != nullptr) return dtype->name;
  if (number == 20) return "DT_RESOURCE";
  if (number == 21) return "DT_VARIANT";
  return "dtype " + std::to_string(number);
}

}  // namespace run_model
