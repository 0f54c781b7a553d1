#include "tensorflow/core/kernels/relu_op.h"

#include "tensorflow/core/framework/register_types.h"

namespace tensorflow {

#define REGISTER_RELU_KERNELS(type)                                                                            \
  REGISTER_KERNEL_BUILDER(Name("Relu").Device(DEVICE_CPU).TypeConstraint<type>("T"), ReluOp<CPUDevice, type>); \
  REGISTER_KERNEL_BUILDER(Name("Relu6").Device(DEVICE_CPU).TypeConstraint<type>("T"), Relu6Op<CPUDevice, type>);

TF_CALL_REAL_NUMBER_TYPES(REGISTER_RELU_KERNELS);
#undef REGISTER_RELU_KERNELS

}  // namespace tensorflow
