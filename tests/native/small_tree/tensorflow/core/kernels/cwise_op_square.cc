#include "tensorflow/core/kernels/cwise_ops_common.h"

namespace tensorflow {

REGISTER4(UnaryOp, CPU, "Square", functor::square, float, double, int32, int64_t);

}  // namespace tensorflow
