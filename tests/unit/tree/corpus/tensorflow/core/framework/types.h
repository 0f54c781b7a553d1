#ifndef TENSORFLOW_CORE_FRAMEWORK_TYPES_H_
#define TENSORFLOW_CORE_FRAMEWORK_TYPES_H_

#include <complex>
#include <cstdint>
#include <string>

namespace tensorflow {

// Only declared here; types.cc has the values.
extern const char* const DEVICE_DEFAULT;
extern const char* const DEVICE_CPU;
extern const char* const DEVICE_GPU;

// What the attr language calls numbertype, quantizedtype and realnumbertype.
#if !defined(IS_MOBILE_PLATFORM) || defined(SUPPORT_SELECTIVE_REGISTRATION)
constexpr DataTypeSet kRealNumberTypes = ToSet(DT_FLOAT) | ToSet(DT_DOUBLE) | ToSet(DT_INT32) | ToSet(DT_INT64);
const DataTypeSet kNumberTypes =
    ToSet(DT_FLOAT) | ToSet(DT_DOUBLE) | ToSet(DT_INT32) | ToSet(DT_INT64) | ToSet(DT_QINT8);
#else
constexpr DataTypeSet kRealNumberTypes = ToSet(DT_FLOAT) | ToSet(DT_INT32);
const DataTypeSet kNumberTypes = ToSet(DT_FLOAT) | ToSet(DT_INT32) | ToSet(DT_QINT8);
#endif
constexpr DataTypeSet kQuantizedTypes = ToSet(DT_QINT8) | ToSet(DT_QUINT8);

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_TYPES_H_
