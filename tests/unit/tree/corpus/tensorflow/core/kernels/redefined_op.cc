#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"

// The same macro name, three meanings; what counts is the one in force where it is called.
#define REGISTER_ONE(T) \
  REGISTER_KERNEL_BUILDER(Name("CorpusFirst").Device(DEVICE_CPU).TypeConstraint<T>("T"), FirstOp<T>);
TF_CALL_int32(REGISTER_ONE)
#undef REGISTER_ONE
#define LATER(T) REGISTER_ONE(T)
#define REGISTER_ONE(T) \
  REGISTER_KERNEL_BUILDER(Name("CorpusSecond").Device(DEVICE_CPU).TypeConstraint<T>("T"), SecondOp<T>);
LATER(float)
TF_CALL_int32(REGISTER_ONE)
#undef REGISTER_ONE
#undef NEVER_DEFINED
#define REGISTER_ONE(T)
LATER(double)
#undef REGISTER_ONE
REGISTER_ONE(half)
