#ifndef TENSORFLOW_CORE_FRAMEWORK_REGISTER_TYPES_H_
#define TENSORFLOW_CORE_FRAMEWORK_REGISTER_TYPES_H_

// TF_CALL_float(m) and its like call a macro with a C++ type; TF_CALL_FLOAT_TYPES(m) with each type of a set. A mobile
// library that is not told which kernels to keep has few types, as its size matters.

#include "tensorflow/core/framework/types.h"
#include "tensorflow/core/platform/platform.h"

#if !defined(IS_MOBILE_PLATFORM) || defined(SUPPORT_SELECTIVE_REGISTRATION) || defined(__ANDROID_TYPES_FULL__)
#define TF_CALL_float(m) m(float)
#define TF_CALL_double(m) m(double)
#define TF_CALL_int32(m) m(::tensorflow::int32)
#define TF_CALL_uint8(m) m(::tensorflow::uint8)
#define TF_CALL_int64(m) m(::int64_t)
#define TF_CALL_bool(m) m(bool)
#define TF_CALL_tstring(m) m(::tensorflow::tstring)
#else
#define TF_CALL_float(m) m(float)
#define TF_CALL_double(m)
#define TF_CALL_int32(m) m(::tensorflow::int32)
#define TF_CALL_uint8(m)
#define TF_CALL_int64(m)
#define TF_CALL_bool(m) m(bool)
#define TF_CALL_tstring(m)
#endif

#define TF_CALL_FLOAT_TYPES(m) TF_CALL_float(m) TF_CALL_double(m)
#define TF_CALL_INTEGRAL_TYPES(m) TF_CALL_int64(m) TF_CALL_int32(m) TF_CALL_uint8(m)
#define TF_CALL_REAL_NUMBER_TYPES(m) TF_CALL_INTEGRAL_TYPES(m) TF_CALL_FLOAT_TYPES(m)
#define TF_CALL_NUMBER_TYPES(m) TF_CALL_REAL_NUMBER_TYPES(m)
#define TF_CALL_POD_TYPES(m) TF_CALL_NUMBER_TYPES(m) TF_CALL_bool(m)
#define TF_CALL_ALL_TYPES(m) TF_CALL_POD_TYPES(m) TF_CALL_tstring(m)

#endif  // TENSORFLOW_CORE_FRAMEWORK_REGISTER_TYPES_H_
