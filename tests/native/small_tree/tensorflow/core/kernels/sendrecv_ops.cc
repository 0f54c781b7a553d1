#include "tensorflow/core/kernels/sendrecv_ops.h"

namespace tensorflow {

void SendOp::Compute(OpKernelContext* context) {
  context->CtxFailure(errors::Unimplemented("There is one device: ", name()));
}

void RecvOp::Compute(OpKernelContext* context) {
  context->CtxFailure(errors::Unimplemented("There is one device: ", name()));
}

REGISTER_KERNEL_BUILDER(Name("_Send").Device(DEVICE_CPU), SendOp);
REGISTER_KERNEL_BUILDER(Name("_Send").Device(DEVICE_DEFAULT), SendOp);
REGISTER_KERNEL_BUILDER(Name("_Recv").Device(DEVICE_CPU), RecvOp);
REGISTER_KERNEL_BUILDER(Name("_Recv").Device(DEVICE_DEFAULT), RecvOp);

}  // namespace tensorflow
