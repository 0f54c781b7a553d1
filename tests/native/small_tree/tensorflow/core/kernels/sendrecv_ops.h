#ifndef TENSORFLOW_CORE_KERNELS_SENDRECV_OPS_H_
#define TENSORFLOW_CORE_KERNELS_SENDRECV_OPS_H_

#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

// There is one device, so that nothing is ever sent.
class SendOp : public OpKernel {
 public:
  explicit SendOp(OpKernelConstruction* context) : OpKernel(context) {}
  void Compute(OpKernelContext* context) override;
};

class RecvOp : public OpKernel {
 public:
  explicit RecvOp(OpKernelConstruction* context) : OpKernel(context) {}
  void Compute(OpKernelContext* context) override;
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_SENDRECV_OPS_H_
