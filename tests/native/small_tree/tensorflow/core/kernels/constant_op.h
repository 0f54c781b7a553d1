#ifndef TENSORFLOW_CORE_KERNELS_CONSTANT_OP_H_
#define TENSORFLOW_CORE_KERNELS_CONSTANT_OP_H_

#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

class ConstantOp : public OpKernel {
 public:
  explicit ConstantOp(OpKernelConstruction* context);
  void Compute(OpKernelContext* context) override;

 private:
  Tensor tensor_;
};

class PlaceholderOp : public OpKernel {
 public:
  explicit PlaceholderOp(OpKernelConstruction* context);
  void Compute(OpKernelContext* context) override;

 private:
  DataType dtype_;
  TensorShapeProto expected_shape_;
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_CONSTANT_OP_H_
