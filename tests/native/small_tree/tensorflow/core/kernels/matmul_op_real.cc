#include "tensorflow/core/kernels/matmul_op_impl.h"

namespace tensorflow {

TF_CALL_FLOAT_TYPES(REGISTER_MATMUL_CPU);
TF_CALL_int32(REGISTER_MATMUL_CPU);
TF_CALL_int64(REGISTER_MATMUL_CPU);

}  // namespace tensorflow
