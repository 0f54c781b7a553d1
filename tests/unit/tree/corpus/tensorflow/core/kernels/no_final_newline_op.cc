#include "tensorflow/core/framework/op_kernel.h"
#define LAST(T) REGISTER_KERNEL_BUILDER(Name("CorpusLast").Device(DEVICE_CPU).TypeConstraint<T>("T"), LastOp<T>)
LAST(float);
#ifdef LAST
LAST(double)
#endif