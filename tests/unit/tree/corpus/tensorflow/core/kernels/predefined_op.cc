#include "tensorflow/core/framework/op_kernel.h"

// Every registration takes a number from __COUNTER__ as well.
#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#define NEXT CAT(Counted, __COUNTER__)
REGISTER_KERNEL_BUILDER(Name("CorpusCounter").Device(DEVICE_CPU).Label("1"), NEXT);
REGISTER_KERNEL_BUILDER(Name("CorpusCounter").Device(DEVICE_CPU).Label("2"), NEXT);
REGISTER_KERNEL_BUILDER(Name("CorpusCounter").Device(DEVICE_CPU).Label("3"), Pair<__COUNTER__, __COUNTER__>);

REGISTER_KERNEL_BUILDER(Name("CorpusLine").Device(DEVICE_CPU), CAT(Line, __LINE__));
#define REGISTER_WITH_PLACE(op)                                    \
  static const char* CAT(where_, __LINE__) = __FILE__ ":" "here";  \
  REGISTER_KERNEL_BUILDER(Name(op).Device(DEVICE_CPU), Placed<__LINE__, sizeof(__FILE__)>);
#define sizeof(x) size
REGISTER_WITH_PLACE("CorpusPlaced")
#undef sizeof
REGISTER_KERNEL_BUILDER(Name("CorpusIncludeLevel").Device(DEVICE_CPU), Level<__INCLUDE_LEVEL__>);
