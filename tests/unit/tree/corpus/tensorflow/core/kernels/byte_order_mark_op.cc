#include "tensorflow/core/framework/op_kernel.h"
REGISTER_KERNEL_BUILDER(Name("CorpusMarked").Device(DEVICE_CPU), MarkedOp);
