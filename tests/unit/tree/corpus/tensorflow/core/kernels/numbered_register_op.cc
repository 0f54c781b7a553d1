#include "tensorflow/core/kernels/numbered_register.h"

namespace tensorflow {
REGISTER2(BinaryOp, CPU, "CorpusAdd", functor::add, float, double);
REGISTER3(UnaryOp, CPU, "CorpusNeg", functor::neg, int8, int16, int32);
REGISTER9(BinaryOp, CPU, "CorpusMul", functor::mul, float, Eigen::half, double, uint8, int32,
          bfloat16, int64_t, complex64, complex128);
#if GOOGLE_CUDA
REGISTER4(BinaryOp, GPU, "CorpusMul", functor::mul, float, Eigen::half, double, uint8);
#endif
REGISTER(BinaryOp, GPU, "CorpusMul", functor::mul, float)
}  // namespace tensorflow
