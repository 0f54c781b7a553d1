#include "tensorflow/core/framework/op_kernel.h"

#define LISTED(T) \
  REGISTER_KERNEL_BUILDER(Name("CorpusListed").Device(DEVICE_CPU).TypeConstraint<T>("T"), ListedOp<T>);
#include "tensorflow/core/kernels/listed_types.inc"

#define LISTED_ALL
#define LISTED(T) \
  REGISTER_KERNEL_BUILDER(Name("CorpusListedGrad").Device(DEVICE_CPU).TypeConstraint<T>("T"), ListedGradOp<T>);
#include "listed_types.inc"

// A name that is computed.
#define LIST_FILE "tensorflow/core/kernels/listed_types.inc"
#define LISTED(T) \
  REGISTER_KERNEL_BUILDER(Name("CorpusListedLate").Device(DEVICE_CPU).TypeConstraint<T>("T"), ListedLateOp<T>);
#include LIST_FILE
