#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

REGISTER_SYSTEM_KERNEL_BUILDER(Name("_CorpusArg").Device(DEVICE_CPU), ArgOp);
REGISTER_SYSTEM_KERNEL_BUILDER(Name("_CorpusArg").Device(DEVICE_DEFAULT).HostMemory("output").TypeConstraint<tstring>("T"),
                               ArgOp);
REGISTER_KERNEL_BUILDER(Name("CorpusLabelled").Device(DEVICE_CPU).Label("fast"), LabelledOp<true>);
REGISTER_KERNEL_BUILDER(Name("CorpusLabelled").Device(DEVICE_CPU), LabelledOp<false>);
REGISTER_KERNEL_BUILDER(Name("CorpusRanked").Device(DEVICE_CPU).Priority(5), RankedOp<5>);
REGISTER_KERNEL_BUILDER(Name("CorpusRanked").Device(DEVICE_CPU).Priority(0), RankedOp<0>);
REGISTER_KERNEL_BUILDER(Name("CorpusHosted")
                            .Device(DEVICE_GPU)
                            .HostMemory("shape")
                            .HostMemory("output")
                            .TypeConstraint<float>("T"),
                        HostedOp<float>);
REGISTER_KERNEL_BUILDER(Name("CorpusHosted").Device("XPU"), HostedOp<void>);
REGISTER_KERNEL_BUILDER(Name("CorpusOrder").TypeConstraint<float>("T").Label("l").HostMemory("x").Device(DEVICE_CPU).Priority(2),
                        OrderOp);

}  // namespace tensorflow
