#include "tensorflow/core/framework/op_kernel.h"

#define REGISTER_POOL(KIND, T)                                                        \
  REGISTER_KERNEL_BUILDER(                                                            \
      Name("Corpus" #KIND "Pool").Device(DEVICE_CPU).TypeConstraint<T>("T"),          \
      KIND##Pool##ing##Op<T>);
REGISTER_POOL(Max, float)
REGISTER_POOL(Avg, double)

// Stringified as written, or after expansion.
#define KIND_NAME Fractional
#define AS_WRITTEN(x) #x
#define EXPANDED(x) AS_WRITTEN(x)
REGISTER_KERNEL_BUILDER(Name("Corpus" AS_WRITTEN(KIND_NAME)).Device(DEVICE_CPU), StringOp<1>);
REGISTER_KERNEL_BUILDER(Name("Corpus" EXPANDED(KIND_NAME)).Device(DEVICE_CPU), StringOp<2>);
REGISTER_KERNEL_BUILDER(Name("Corpus" AS_WRITTEN(  a   b ) AS_WRITTEN("q\n")).Device(DEVICE_CPU),
                        StringOp<  3  >);

// A pasted name is rescanned; an argument beside ## is not expanded first.
#define GLUE(a, b) a##b
#define XGLUE(a, b) GLUE(a, b)
#define FractionalOp ExpandedFractionalOp
REGISTER_KERNEL_BUILDER(Name("CorpusGlue").Device(DEVICE_CPU), GLUE(KIND_NAME, Op));
REGISTER_KERNEL_BUILDER(Name("CorpusGlue").Device(DEVICE_CPU).Label("x"), XGLUE(KIND_NAME, Op));
REGISTER_KERNEL_BUILDER(Name("CorpusGlue").Device(DEVICE_CPU).Label("n"), Numbered<GLUE(1, 2)>);
REGISTER_KERNEL_BUILDER(Name("CorpusGlue").Device(DEVICE_CPU).Label("e"), GLUE(, Empty)Op<GLUE(, )>);
REGISTER_KERNEL_BUILDER(Name("CorpusGlue").Device(DEVICE_CPU).Label("m"), GLUE(GLUE, )(a, b));
