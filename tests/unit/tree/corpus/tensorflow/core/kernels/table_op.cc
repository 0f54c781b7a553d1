// A table of rows, read twice.
#include "tensorflow/core/framework/op_kernel.h"
#include "op_tables.h"

#define KERNEL_ROW(name, functor_name, tail)                                                    \
  REGISTER_KERNEL_BUILDER(Name("Corpus" #name #tail).Device(DEVICE_CPU).TypeConstraint<bool>("T"), \
                          Comparison##name##tail<functor::functor_name<bool>>);
CORPUS_TABLE(KERNEL_ROW)
#undef KERNEL_ROW
#define KERNEL_ROW(name, functor_name, tail) DECLARE_##name
#define DECLARE_Equal REGISTER_KERNEL_BUILDER(Name("CorpusRow").Device(DEVICE_CPU), RowOp);
#define DECLARE_Less
CORPUS_TABLE(KERNEL_ROW)
