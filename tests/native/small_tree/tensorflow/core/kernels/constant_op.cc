#include "tensorflow/core/kernels/constant_op.h"

namespace tensorflow {

ConstantOp::ConstantOp(OpKernelConstruction* context) : OpKernel(context) {
  OP_REQUIRES_OK(context, context->GetAttr("value", &tensor_));
}

void ConstantOp::Compute(OpKernelContext* context) { context->set_output(0, tensor_); }

PlaceholderOp::PlaceholderOp(OpKernelConstruction* context) : OpKernel(context) {
  OP_REQUIRES_OK(context, context->GetAttr("dtype", &dtype_));
  OP_REQUIRES_OK(context, context->GetAttr("shape", &expected_shape_));
}

void PlaceholderOp::Compute(OpKernelContext* context) {
  OP_REQUIRES(context, false,
              errors::InvalidArgument("You must feed a value for placeholder tensor '", name(), "' with dtype ",
                                      DataTypeString(dtype_), " and shape ", ShapeDebugString(expected_shape_)));
}

REGISTER_KERNEL_BUILDER(Name("Const").Device(DEVICE_CPU), ConstantOp);
REGISTER_KERNEL_BUILDER(Name("Placeholder").Device(DEVICE_CPU), PlaceholderOp);

#if GOOGLE_CUDA
REGISTER_KERNEL_BUILDER(Name("Const").Device(DEVICE_GPU).TypeConstraint<float>("dtype"), ConstantOp);
#endif

}  // namespace tensorflow
