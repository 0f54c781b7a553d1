#include "tensorflow/core/framework/op_kernel.h"

REGISTER_KERNEL_BUILDER(
    Name("CorpusSameLine").Device(DEVICE_CPU), SameLineOp<1>);  REGISTER_KERNEL_BUILDER(
    Name("CorpusSameLine").Device(DEVICE_CPU), SameLineOp<2>); REGISTER_KERNEL_BUILDER(
        Name("CorpusSameLine").Device(DEVICE_CPU), SameLineOp<3>);
