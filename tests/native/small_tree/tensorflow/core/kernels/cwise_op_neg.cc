#include "tensorflow/core/kernels/cwise_ops_common.h"

namespace tensorflow {

REGISTER4(UnaryOp, CPU, "Neg", functor::neg, float, double, int32, int64_t);

}  // namespace tensorflow
