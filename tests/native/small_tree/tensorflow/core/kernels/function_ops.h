#ifndef TENSORFLOW_CORE_KERNELS_FUNCTION_OPS_H_
#define TENSORFLOW_CORE_KERNELS_FUNCTION_OPS_H_

#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

class ArgOp : public OpKernel {
 public:
  explicit ArgOp(OpKernelConstruction* context);
  void Compute(OpKernelContext* context) override;

 private:
  int32 index_;
};

class RetvalOp : public OpKernel {
 public:
  explicit RetvalOp(OpKernelConstruction* context);
  void Compute(OpKernelContext* context) override;

 private:
  int32 index_;
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_FUNCTION_OPS_H_
