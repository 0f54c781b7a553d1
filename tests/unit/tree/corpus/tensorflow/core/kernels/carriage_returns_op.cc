#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/kernels/carriage_returns.h"

#define REGISTER_CRLF(T)                                      \
  REGISTER_KERNEL_BUILDER(                                    \
      Name("CorpusCrlf").Device(DEVICE_CPU)                   \
          .TypeConstraint<T>("T"), CrlfOp<T>)
REGISTER_CRLF(float);
#if defined(CORPUS_CRLF)
REGISTER_CRLF(
    double);
#endif
const char* kText = R"(two
lines)";
// A comment that goes on \
REGISTER_CRLF(int8);
REGISTER_KERNEL_BUILDER(Name("Corpus\
Crlf").Device(DEVICE_CPU).Label(CORPUS_CRLF),
                        CrlfOp<  CORPUS_TYPE  >);
