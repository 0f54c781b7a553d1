#ifndef TENSORFLOW_CORE_KERNELS_RESHAPE_OP_H_
#define TENSORFLOW_CORE_KERNELS_RESHAPE_OP_H_

#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

class ReshapeOp : public OpKernel {
 public:
  explicit ReshapeOp(OpKernelConstruction* context) : OpKernel(context) {}

  void Compute(OpKernelContext* context) override {
    const Tensor& input = context->input(0);
    const Tensor& sizes = context->input(1);
    TensorShape shape;
    int64_t known = 1;
    int unknown = -1;
    for (int64_t i = 0; i < sizes.NumElements(); ++i) {
      const int64_t size = sizes.dtype() == DT_INT32 ? sizes.vec<int32>()(i) : sizes.vec<int64_t>()(i);
      OP_REQUIRES(context, size >= -1 && (size != -1 || unknown == -1),
                  errors::InvalidArgument("Only one input size may be -1, and none less"));
      if (size == -1) unknown = static_cast<int>(i);
      OP_REQUIRES_OK(context, shape.AddDimWithStatus(size == -1 ? 1 : size));
      known = shape.num_elements();
    }
    if (unknown >= 0 && known > 0) shape.set_dim(unknown, input.NumElements() / known);
    Tensor output;
    OP_REQUIRES(context, output.CopyFrom(input, shape),
                errors::InvalidArgument("Input to reshape is a tensor with ", input.NumElements(),
                                        " values, but the requested shape has ", shape.num_elements()));
    context->set_output(0, output);
  }
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_RESHAPE_OP_H_
