#pragma once
#include "tensorflow/core/kernels/registering_header.h"
REGISTER_KERNEL_BUILDER(Name("CorpusOnce").Device(DEVICE_CPU), OnceOp);
