#include "tensorflow/core/kernels/cwise_ops_common.h"

namespace tensorflow {

REGISTER3(BinaryOp, CPU, "Add", functor::add, uint8, int64_t, tstring);
REGISTER2(BinaryOp, CPU, "AddV2", functor::add, uint8, int64_t);

}  // namespace tensorflow
