#include "tensorflow/core/kernels/cwise_ops_common.h"

namespace tensorflow {

REGISTER4(BinaryOp, CPU, "Mul", functor::mul, float, double, int32, int64_t);
REGISTER(BinaryOp, CPU, "Mul", functor::mul, uint8);

}  // namespace tensorflow
