#include "tensorflow/core/kernels/cwise_ops_common.h"

namespace tensorflow {

REGISTER3(BinaryOp, CPU, "Add", functor::add, float, double, int32);
REGISTER3(BinaryOp, CPU, "AddV2", functor::add, float, double, int32);

}  // namespace tensorflow
