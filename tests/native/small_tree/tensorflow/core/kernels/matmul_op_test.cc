// No part of any library.
#include "tensorflow/core/kernels/matmul_op_impl.h"

namespace tensorflow {

REGISTER_KERNEL_BUILDER(Name("MatMul").Device(DEVICE_CPU).Label("test").TypeConstraint<float>("T"),
                        MatMulOp<CPUDevice, float, true>);

}  // namespace tensorflow
