#include "tensorflow/core/framework/op_kernel.h"

#if 0
REGISTER_KERNEL_BUILDER(Name("CorpusDead").Device(DEVICE_CPU), DeadOp);
#endif
#ifdef INTEL_MKL
REGISTER_KERNEL_BUILDER(Name("_CorpusMkl").Device(DEVICE_CPU), MklOp);
#endif
#if GOOGLE_CUDA || TENSORFLOW_USE_ROCM
REGISTER_KERNEL_BUILDER(Name("CorpusDead").Device(DEVICE_GPU), DeadOp);
#endif  // GOOGLE_CUDA || TENSORFLOW_USE_ROCM
