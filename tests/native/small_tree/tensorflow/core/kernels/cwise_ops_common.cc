#include "tensorflow/core/kernels/cwise_ops_common.h"

namespace tensorflow {

BinaryOpShared::BinaryOpShared(OpKernelConstruction* context) : OpKernel(context) {}

BinaryOpShared::BinaryOpState::BinaryOpState(OpKernelContext* context) {
  const Tensor& in0 = context->input(0);
  const Tensor& in1 = context->input(1);
  OP_REQUIRES(
      context, in0.shape() == in1.shape() || in0.dims() == 0 || in1.dims() == 0,
      errors::InvalidArgument("Incompatible shapes: ", in0.shape().DebugString(), " vs. ", in1.shape().DebugString()));
  in0_step = in0.dims() == 0 ? 0 : 1;
  in1_step = in1.dims() == 0 ? 0 : 1;
  const TensorShape& shape = in0.dims() == 0 ? in1.shape() : in0.shape();
  OP_REQUIRES_OK(context, context->allocate_output(0, shape, in0.dtype(), &out));
}

}  // namespace tensorflow
