// Two ops and their kernels, registered as TensorFlow's own are, for test_header_honoured.py.

#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace opsieve_test {

using tensorflow::DEVICE_CPU;
using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;

struct CPUDevice;

REGISTER_OP("OpsieveTwice")
    .Input("x: T")
    .Output("y: T")
    .Attr("T: type")
    .SetShapeFn(tensorflow::shape_inference::UnchangedShape);

REGISTER_OP("OpsieveNegative")
    .Input("x: T")
    .Output("y: T")
    .Attr("T: type")
    .SetShapeFn(tensorflow::shape_inference::UnchangedShape);

REGISTER_OP("OpsieveTwiceAgain")
    .Input("x: T")
    .Output("y: T")
    .Attr("T: type")
    .SetShapeFn(tensorflow::shape_inference::UnchangedShape);

template <int factor, typename Device, typename T>
class MultiplyOp : public OpKernel {
 public:
  explicit MultiplyOp(OpKernelConstruction* context) : OpKernel(context) {}

  void Compute(OpKernelContext* context) override {
    const Tensor& x = context->input(0);
    Tensor* y = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &y));
    auto from = x.flat<T>();
    auto to = y->flat<T>();
    for (int64_t i = 0; i < from.size(); ++i) to(i) = static_cast<T>(from(i) * static_cast<T>(factor));
  }
};

#define REGISTER_TWICE(T)                                                                \
  REGISTER_KERNEL_BUILDER(Name("OpsieveTwice").Device(DEVICE_CPU).TypeConstraint<T>("T"), \
                          MultiplyOp<2, CPUDevice, T>);
TF_CALL_float(REGISTER_TWICE);
TF_CALL_double(REGISTER_TWICE);
TF_CALL_half(REGISTER_TWICE);

#define REGISTER_NEGATIVE(T)                                                                \
  REGISTER_KERNEL_BUILDER(Name("OpsieveNegative").Device(DEVICE_CPU).TypeConstraint<T>("T"), \
                          MultiplyOp<-1, CPUDevice, T>);
TF_CALL_float(REGISTER_NEGATIVE);
TF_CALL_double(REGISTER_NEGATIVE);

// An op of its own over a class that another op registers too.
#define REGISTER_TWICE_AGAIN(T)                                                               \
  REGISTER_KERNEL_BUILDER(Name("OpsieveTwiceAgain").Device(DEVICE_CPU).TypeConstraint<T>("T"), \
                          MultiplyOp<2, CPUDevice, T>);
TF_CALL_float(REGISTER_TWICE_AGAIN);

}  // namespace opsieve_test
