#ifndef TENSORFLOW_CORE_KERNELS_MATMUL_OP_IMPL_H_
#define TENSORFLOW_CORE_KERNELS_MATMUL_OP_IMPL_H_

#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"
#include "tensorflow/core/kernels/matmul_functor.h"

namespace tensorflow {

template <typename Device, typename T, bool USE_CUBLAS>
class MatMulOp : public OpKernel {
 public:
  explicit MatMulOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("transpose_a", &transpose_a_));
    OP_REQUIRES_OK(context, context->GetAttr("transpose_b", &transpose_b_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& a = context->input(0);
    const Tensor& b = context->input(1);
    OP_REQUIRES(context, a.dims() == 2 && b.dims() == 2,
                errors::InvalidArgument("In[0] and In[1] are not matrices: ", a.shape().DebugString(), ", ",
                                        b.shape().DebugString()));
    const int64_t rows = a.dim_size(transpose_a_ ? 1 : 0);
    const int64_t inner = a.dim_size(transpose_a_ ? 0 : 1);
    const int64_t columns = b.dim_size(transpose_b_ ? 0 : 1);
    OP_REQUIRES(context, b.dim_size(transpose_b_ ? 1 : 0) == inner,
                errors::InvalidArgument("Matrix size-incompatible: In[0]: ", a.shape().DebugString(),
                                        ", In[1]: ", b.shape().DebugString()));
    Tensor* out;
    OP_REQUIRES_OK(context, context->allocate_output(0, {rows, columns}, DataTypeToEnum<T>::v(), &out));
    functor::MatMulFunctor<Device, T>()(Device(), View(a, transpose_a_), View(b, transpose_b_), rows, inner, columns,
                                        out->flat<T>().data());
  }

 private:
  static MatrixView<T> View(const Tensor& matrix, bool transposed) {
    const int64_t stride = matrix.dim_size(1);
    const T* data = matrix.flat<T>().data();
    return transposed ? MatrixView<T>{data, 1, stride} : MatrixView<T>{data, stride, 1};
  }

  bool transpose_a_;
  bool transpose_b_;
};

#define REGISTER_MATMUL_CPU(T)                                                      \
  REGISTER_KERNEL_BUILDER(Name("MatMul").Device(DEVICE_CPU).TypeConstraint<T>("T"), \
                          MatMulOp<CPUDevice, T, false /* cublas */>);

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_MATMUL_OP_IMPL_H_
