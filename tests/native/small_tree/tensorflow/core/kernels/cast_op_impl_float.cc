#include "tensorflow/core/kernels/cast_op_impl.h"

namespace tensorflow {

CastFunctorType GetCpuCastFromFloat(DataType dst_dtype) { return CastFrom<float>(dst_dtype); }

}  // namespace tensorflow
