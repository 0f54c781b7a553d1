// Lists of types that call lists of types.
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"

namespace tensorflow {

#define REGISTER_CPU(T)                                                \
  REGISTER_KERNEL_BUILDER(                                             \
      Name("CorpusCast").Device(DEVICE_CPU).TypeConstraint<T>("T"),    \
      CastOp<CPUDevice, T>)
TF_CALL_ALL_TYPES(REGISTER_CPU);
TF_CALL_qint8(REGISTER_CPU);

#define REGISTER_PAIR(T, Index)                                        \
  REGISTER_KERNEL_BUILDER(Name("CorpusGather")                         \
                              .Device(DEVICE_CPU)                      \
                              .TypeConstraint<T>("Tparams")            \
                              .TypeConstraint<Index>("Tindices"),      \
                          GatherOp<CPUDevice, T, Index>)
#define REGISTER_BOTH(T)         \
  REGISTER_PAIR(T, int32);       \
  REGISTER_PAIR(T, int64_t);
TF_CALL_REAL_NUMBER_TYPES(REGISTER_BOTH)
#undef REGISTER_BOTH
#undef REGISTER_PAIR
#undef REGISTER_CPU

}  // namespace tensorflow
