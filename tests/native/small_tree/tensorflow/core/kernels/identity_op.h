#ifndef TENSORFLOW_CORE_KERNELS_IDENTITY_OP_H_
#define TENSORFLOW_CORE_KERNELS_IDENTITY_OP_H_

#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

// Also for IdentityN.
class IdentityOp : public OpKernel {
 public:
  explicit IdentityOp(OpKernelConstruction* context) : OpKernel(context) {}

  void Compute(OpKernelContext* context) override {
    for (int i = 0; i < context->num_outputs(); ++i) context->set_output(i, context->input(i));
  }
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_IDENTITY_OP_H_
