#include "tensorflow/core/kernels/cast_op_impl.h"

namespace tensorflow {

CastFunctorType GetCpuCastFromInt32(DataType dst_dtype) { return CastFrom<int32>(dst_dtype); }

}  // namespace tensorflow
