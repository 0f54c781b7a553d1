#include "tensorflow/core/kernels/function_ops.h"

#include "tensorflow/core/framework/function.h"

namespace tensorflow {

static constexpr const char* const kArgOp = FunctionLibraryDefinition::kArgOp;
static constexpr const char* const kRetOp = FunctionLibraryDefinition::kRetOp;

ArgOp::ArgOp(OpKernelConstruction* context) : OpKernel(context) {
  OP_REQUIRES_OK(context, context->GetAttr("index", &index_));
}

void ArgOp::Compute(OpKernelContext* context) {
  const auto* args = context->params().args;
  OP_REQUIRES(context, args != nullptr && index_ < static_cast<int>(args->size()),
              errors::Internal("no argument ", index_));
  context->set_output(0, (*args)[index_]);
}

RetvalOp::RetvalOp(OpKernelConstruction* context) : OpKernel(context) {
  OP_REQUIRES_OK(context, context->GetAttr("index", &index_));
}

void RetvalOp::Compute(OpKernelContext* context) {
  auto* retvals = context->params().retvals;
  OP_REQUIRES(context, retvals != nullptr && index_ < static_cast<int>(retvals->size()),
              errors::Internal("no place for return value ", index_));
  (*retvals)[index_] = context->input(0);
}

REGISTER_SYSTEM_KERNEL_BUILDER(Name(kArgOp).Device(DEVICE_CPU), ArgOp);
REGISTER_SYSTEM_KERNEL_BUILDER(Name(kRetOp).Device(DEVICE_CPU), RetvalOp);

}  // namespace tensorflow
