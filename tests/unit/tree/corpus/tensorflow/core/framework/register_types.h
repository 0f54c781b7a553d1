#ifndef TENSORFLOW_CORE_FRAMEWORK_REGISTER_TYPES_H_
#define TENSORFLOW_CORE_FRAMEWORK_REGISTER_TYPES_H_

#include "tensorflow/core/platform/types.h"

// Each TF_CALL_x(m) is m(x), or nothing where the target leaves x out.

#if !defined(IS_MOBILE_PLATFORM) || defined(SUPPORT_SELECTIVE_REGISTRATION)

#define TF_CALL_float(m) m(float)
#define TF_CALL_double(m) m(double)
#define TF_CALL_int32(m) m(::tensorflow::int32)
#define TF_CALL_int64(m) m(::int64_t)
#define TF_CALL_half(m) m(Eigen::half)
#define TF_CALL_bfloat16(m) m(::tensorflow::bfloat16)
#define TF_CALL_complex64(m) m(::tensorflow::complex64)
#define TF_CALL_tstring(m) m(::tensorflow::tstring)
#define TF_CALL_variant(m) m(::tensorflow::Variant)
#define TF_CALL_qint8(m) m(::tensorflow::qint8)

#elif defined(__ANDROID_TYPES_FULL__)

#define TF_CALL_float(m) m(float)
#define TF_CALL_double(m)
#define TF_CALL_int32(m) m(::tensorflow::int32)
#define TF_CALL_int64(m) m(::int64_t)
#define TF_CALL_half(m) m(Eigen::half)
#define TF_CALL_bfloat16(m)
#define TF_CALL_complex64(m)
#define TF_CALL_tstring(m) m(::tensorflow::tstring)
#define TF_CALL_variant(m) m(::tensorflow::Variant)
#define TF_CALL_qint8(m) m(::tensorflow::qint8)

#else

#define TF_CALL_float(m) m(float)
#define TF_CALL_double(m)
#define TF_CALL_int32(m) m(::tensorflow::int32)
#define TF_CALL_int64(m)
#define TF_CALL_half(m)
#define TF_CALL_bfloat16(m)
#define TF_CALL_complex64(m)
#define TF_CALL_tstring(m)
#define TF_CALL_variant(m) m(::tensorflow::Variant)
#define TF_CALL_qint8(m) m(::tensorflow::qint8)

#endif

#define TF_CALL_FLOAT_TYPES(m) \
  TF_CALL_half(m) TF_CALL_bfloat16(m) TF_CALL_float(m) TF_CALL_double(m)
#define TF_CALL_INTEGRAL_TYPES(m) TF_CALL_int64(m) TF_CALL_int32(m)
#define TF_CALL_REAL_NUMBER_TYPES(m) TF_CALL_INTEGRAL_TYPES(m) TF_CALL_FLOAT_TYPES(m)
#define TF_CALL_NUMBER_TYPES(m) TF_CALL_REAL_NUMBER_TYPES(m) TF_CALL_complex64(m)
#define TF_CALL_ALL_TYPES(m) TF_CALL_NUMBER_TYPES(m) TF_CALL_tstring(m) TF_CALL_variant(m)

#endif  // TENSORFLOW_CORE_FRAMEWORK_REGISTER_TYPES_H_
