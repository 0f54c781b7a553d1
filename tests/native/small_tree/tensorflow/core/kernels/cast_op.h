#ifndef TENSORFLOW_CORE_KERNELS_CAST_OP_H_
#define TENSORFLOW_CORE_KERNELS_CAST_OP_H_

#include "tensorflow/core/framework/tensor.h"

namespace tensorflow {

typedef void (*CastFunctorType)(const Tensor& input, Tensor* output);

// The function that casts from one dtype to dst_dtype; null where there is none. Each has a file of its own.
CastFunctorType GetCpuCastFromUint8(DataType dst_dtype);
CastFunctorType GetCpuCastFromInt32(DataType dst_dtype);
CastFunctorType GetCpuCastFromFloat(DataType dst_dtype);

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_CAST_OP_H_
