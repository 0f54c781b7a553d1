#include "tensorflow/core/kernels/cast_op_impl.h"

namespace tensorflow {

CastFunctorType GetCpuCastFromUint8(DataType dst_dtype) { return CastFrom<uint8>(dst_dtype); }

}  // namespace tensorflow
