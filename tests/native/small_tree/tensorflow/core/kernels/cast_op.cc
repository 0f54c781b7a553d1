#include "tensorflow/core/kernels/cast_op.h"

#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

class CpuCastOp : public OpKernel {
 public:
  explicit CpuCastOp(OpKernelConstruction* context) : OpKernel(context) {
    DataType source;
    OP_REQUIRES_OK(context, context->GetAttr("SrcT", &source));
    OP_REQUIRES_OK(context, context->GetAttr("DstT", &destination_));
    if (source == DT_UINT8) cast_ = GetCpuCastFromUint8(destination_);
    if (source == DT_INT32) cast_ = GetCpuCastFromInt32(destination_);
    if (source == DT_FLOAT) cast_ = GetCpuCastFromFloat(destination_);
    OP_REQUIRES(context, cast_ != nullptr,
                errors::Unimplemented("Cast ", DataTypeString(source), " to ", DataTypeString(destination_),
                                      " is not supported"));
  }

  void Compute(OpKernelContext* context) override {
    Tensor* output;
    OP_REQUIRES_OK(context, context->allocate_output(0, context->input(0).shape(), destination_, &output));
    cast_(context->input(0), output);
  }

 private:
  DataType destination_;
  CastFunctorType cast_ = nullptr;
};

REGISTER_KERNEL_BUILDER(Name("Cast").Device(DEVICE_CPU), CpuCastOp);

}  // namespace tensorflow
