#include "tensorflow/core/framework/op_kernel.h"

REGISTER_KERNEL_BUILDER(
    Name(
        "CorpusMultiLine"
    )   // a comment, with a ) and a "
        .Device(DEVICE_CPU)
        /* another ( one
           on two lines */
        .TypeConstraint<
            float
        >("T"),
    MultiLineOp<
        float,
        /* unused= */ true
    >
);
#define AFTER_CALL 1
#if AFTER_CALL
REGISTER_KERNEL_BUILDER(Name("CorpusAfterCall").Device(DEVICE_CPU), AfterCallOp)
#endif

// The name and its parenthesis on different lines, and a macro whose call starts in one that ended.
REGISTER_KERNEL_BUILDER

    (Name("CorpusApart").Device(DEVICE_CPU), ApartOp);
#define HEAD REGISTER_KERNEL_BUILDER
#define OPEN_TAIL(x) HEAD(x,
HEAD (Name("CorpusHead").Device(DEVICE_CPU),
      HeadOp);
OPEN_TAIL(Name("CorpusTail").Device(DEVICE_CPU))
    TailOp);

// Spliced lines: inside a name, a string and a comment.
REGISTER_KER\
NEL_BUILDER(Name("Corpus\
Spliced").Device(DEVICE_\
CPU), Spli\
cedOp);
// This comment goes on \
REGISTER_KERNEL_BUILDER(Name("CorpusInComment").Device(DEVICE_CPU), NeverOp);
#define SPLICED(T) \
  REGISTER_KERNEL_BUILDER(Name("CorpusSplicedMacro").Device(DEVICE_CPU) /* in \
a comment */ .TypeConstraint<T>("T"), SplicedMacroOp<T>);
SPLICED(
    float)
    SPLICED(double)
